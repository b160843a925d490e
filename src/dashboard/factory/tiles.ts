import { findBand, findBands } from '../values/bands.ts'
import { describeMissing, findUsualRate } from '../values/completeness.ts'
import { h } from '../elements/dom.ts'
import { formatAttainment, formatNumber, formatRounded } from '../values/numbers.ts'
import { createTile } from '../elements/stat-tile.ts'
import { toIntervals } from '../chart/tables.ts'
import type { FactoryBase } from './load-base.ts'
import type { Summary } from './load-factory.ts'
import { texts } from '../texts/factory.ts'

/** Describes the current shift: production that is due now, the target, and the production expected at the end of the shift. */
const describeShift = ({ actual, expected, target, forecast }: NonNullable<Summary['shift']>): string =>
  [
    texts.madeOfDue(formatNumber(actual), formatRounded(expected)),
    forecast === null
      ? ''
      : target === null
        ? texts.forecast(formatRounded(forecast))
        : texts.forecastOfTarget(formatRounded(forecast), formatNumber(target)),
  ]
    .filter(Boolean)
    .join(', ')

/** Creates the tiles of a factory: its current shift, or without one its newest readings, then its last hour and its last day. */
export const createTiles = () => {
  const tiles = { first: createTile(texts.thisShift), last_hour: createTile(texts.lastHour), last_day: createTile(texts.lastDay) }
  return {
    element: h('div', { className: 'tiles' }, ...Object.values(tiles).map((tile) => tile.element)),
    show({ summary }: FactoryBase) {
      const { shift } = summary
      const bands = findBands(undefined)
      const rate = findUsualRate(toIntervals(summary.hours))
      const missing = (seconds: number, { readings }: { readings: number }) => describeMissing({ readings, seconds }, rate)
      tiles.first.setTitle(shift ? texts.namedShift(shift.name) : texts.newestReadings)
      if (shift) {
        const share = shift.actual === null || !shift.expected ? null : shift.actual / shift.expected
        tiles.first.set(formatAttainment(share), describeShift(shift), findBand(share, bands))
      } else tiles.first.show(summary.window, bands)
      tiles.last_hour.show(summary.last_hour, bands, missing(3600, summary.last_hour))
      tiles.last_day.show(summary.last_day, bands, missing(86_400, summary.last_day))
    },
  }
}
