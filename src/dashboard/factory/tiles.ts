import { describeMissing, findUsualRate } from '../completeness.ts'
import { h } from '../dom.ts'
import { createTile } from '../stat-tile.ts'
import { toIntervals } from '../tables.ts'
import type { FactoryData } from './load-factory.ts'

/** Creates the tiles of a factory: the sums of its last hour, its last day and its newest readings, with their missing readings. */
export const createTiles = () => {
  const tiles = { last_hour: createTile('Last hour'), last_day: createTile('Last day'), window: createTile('Newest 500 readings') }
  return {
    element: h('div', { className: 'tiles' }, ...Object.values(tiles).map((tile) => tile.element)),
    show({ summary }: FactoryData) {
      const rate = findUsualRate(toIntervals(summary.hours))
      const missing = (seconds: number, { readings }: { readings: number }) => describeMissing({ readings, seconds }, rate)
      tiles.last_hour.show(summary.last_hour, missing(3600, summary.last_hour))
      tiles.last_day.show(summary.last_day, missing(86_400, summary.last_day))
      tiles.window.show(summary.window)
    },
  }
}
