import { sql } from 'drizzle-orm'
import type { SQL } from 'drizzle-orm'
import { FIELD_NAMES, OTHER_FIELDS, SUMMED_FIELDS } from '../schemas/reading-fields.ts'
import type { Figures } from '../schemas/reading-fields.ts'
import type { Resolution } from '../schemas/resolutions.ts'

/** A reading, or the sum of an hour or a day with its number of readings, and of readings with a goal. `time` is the start of a sum. */
export type Point = { time: number } & Figures & { readings?: number; goal_readings?: number }

/** The values of a point in addition to its time, in the order of rows and CSV. */
export type PointValue = Exclude<keyof Point, 'time'>
const SUM_VALUES: readonly PointValue[] = [...SUMMED_FIELDS, 'readings', 'goal_readings']
export const POINT_VALUES: Record<Resolution, readonly PointValue[]> = { raw: FIELD_NAMES, hour: SUM_VALUES, day: SUM_VALUES }

/** Returns the columns of a point in its table: the time first. */
export const pointColumns = (resolution: Resolution): SQL =>
  sql.raw([resolution === 'raw' ? 'time' : 'start', ...POINT_VALUES[resolution]].join(', '))

/**
 * Parses points that SQL has built as arrays of `pointColumns`. A page has up to 5,000 points, and objects would be twice as long.
 * A value that is not part of the chart is left out if it is unknown.
 */
export const parsePoints = (json: string, resolution: Resolution): Point[] => {
  const values = POINT_VALUES[resolution]
  const isOptional = values.map((name) => OTHER_FIELDS.some((field) => field === name))
  return (JSON.parse(json) as (number | null)[][]).map(([time, ...row]) => {
    const point: Record<string, number | null> = { time: time! }
    for (const [index, value] of row.entries()) if (value !== null || !isOptional[index]) point[values[index]!] = value
    return point as unknown as Point
  })
}
