import { toRows } from '../chunks/parse.ts'
import type { Readings } from '../chunks/parse.ts'
import type { Sums } from '../chunks/sums.ts'
import { FIELD_NAMES, mapFields, pickFigures, SUMMED_FIELDS } from '../schemas/reading-fields.ts'
import type { Figures } from '../schemas/reading-fields.ts'
import type { Resolution } from '../schemas/resolutions.ts'

/** A reading, or the sum of an hour or a day with its number of readings, and of readings with a goal. `time` is the start of a sum. */
export type Point = { time: number } & Figures & { readings?: number; goal_readings?: number }

/** The values of a point in addition to its time, in the order of rows and CSV. */
export type PointValue = Exclude<keyof Point, 'time'>
const SUM_VALUES: readonly PointValue[] = [...SUMMED_FIELDS, 'readings', 'goal_readings']
export const POINT_VALUES: Record<Resolution, readonly PointValue[]> = { raw: FIELD_NAMES, hour: SUM_VALUES, day: SUM_VALUES }

/** Returns readings as points. A figure that is not part of the chart is left out if it is unknown. */
export const toPoints = (readings: Readings): Point[] =>
  toRows(readings).map(({ time, ...figures }) => ({ time, ...pickFigures((name) => figures[name]) }))

/** Returns the sums of an hour or a day as a point. */
export const toSumPoint = (time: number, sums: Sums): Point => ({
  time,
  ...mapFields(SUMMED_FIELDS, (name) => sums[name]),
  readings: sums.readings,
  goal_readings: sums.goal_readings,
})
