import { describeMissing, findUsualRate } from '../values/completeness.ts'
import { h } from '../elements/dom.ts'
import { formatNumber, formatPercent, formatRounded } from '../values/format.ts'
import { createTile } from '../elements/stat-tile.ts'
import { toIntervals } from '../chart/tables.ts'
import type { FactoryBase, Summary } from './load-factory.ts'

/** Describes the current shift: production that is due now, the target, and the production expected at the end of the shift. */
const describeShift = ({ actual, expected, target, forecast }: NonNullable<Summary['shift']>): string =>
  [
    `${formatNumber(actual)} of ${formatRounded(expected)} due`,
    forecast === null ? '' : `forecast ${formatRounded(forecast)}${target === null ? '' : ` of ${formatNumber(target)}`}`,
  ]
    .filter(Boolean)
    .join(', ')

/** Creates the tiles of a factory: its current shift, or without one its newest readings, then its last hour and its last day. */
export const createTiles = () => {
  const tiles = { first: createTile('This shift'), last_hour: createTile('Last hour'), last_day: createTile('Last day') }
  return {
    element: h('div', { className: 'tiles' }, ...Object.values(tiles).map((tile) => tile.element)),
    show({ summary }: FactoryBase) {
      const { shift } = summary
      const rate = findUsualRate(toIntervals(summary.hours))
      const missing = (seconds: number, { readings }: { readings: number }) => describeMissing({ readings, seconds }, rate)
      tiles.first.setTitle(shift ? `This shift: ${shift.name}` : 'Newest 500 readings')
      if (shift) {
        const share = shift.actual === null || !shift.expected ? null : shift.actual / shift.expected
        tiles.first.set(formatPercent(share), describeShift(shift), share !== null && share < 1 ? 'behind' : '')
      } else tiles.first.show(summary.window)
      tiles.last_hour.show(summary.last_hour, missing(3600, summary.last_hour))
      tiles.last_day.show(summary.last_day, missing(86_400, summary.last_day))
    },
  }
}
