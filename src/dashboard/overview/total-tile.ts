import type { Reads } from '../../client/operations.ts'
import { UNKNOWN } from '../values/numbers.ts'
import type { Bands } from '../values/bands.ts'
import type { Tile } from '../elements/stat-tile.ts'
import { sumKnown } from '../values/sum-known.ts'
import { texts } from '../texts/overview.ts'

type Row = Reads['/api/summary']['factories'][number]

/** Sums the last day of several factories. Goal and gap cover only readings that have a goal. */
const sumLastDays = (rows: Row[]) => {
  const withGoal = rows.filter(({ last_day }) => last_day.gap !== null)
  const [goal, gap] = [sumKnown(withGoal.map(({ last_day }) => last_day.goal)), sumKnown(withGoal.map(({ last_day }) => last_day.gap))]
  const attainment = goal === null || gap === null || goal === 0 ? null : (goal + gap) / goal
  return { actual: sumKnown(rows.map(({ last_day }) => last_day.actual)), goal, gap, attainment }
}

/**
 * Shows the sum of the last day of the factories that report. The day of a silent factory ended some time ago.
 * @param all number of all factories
 */
export const showLastDays = (tile: Tile, reporting: Row[], all: number, bands: Bands): void => {
  tile.setTitle(reporting.length === all ? texts.last24HoursOfEach : texts.last24HoursOfReporting(reporting.length))
  if (reporting.length > 0) tile.show(sumLastDays(reporting), bands)
  else tile.set(UNKNOWN, texts.noneReports, 'quiet')
}
