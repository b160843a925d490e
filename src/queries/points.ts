import { toRows } from '../chunks/parse.ts'
import type { Readings } from '../chunks/parse.ts'
import type { Sums } from '../chunks/sums.ts'
import { pickFigures } from '../schemas/reading-fields.ts'
import type { Figures, SummedField } from '../schemas/reading-fields.ts'

/** A reading, or the sum of an hour or a day with its number of readings, and of readings with a goal. `time` is the start of a sum. */
export type Point = { time: number } & Figures & { readings?: number; goal_readings?: number }

/** Returns readings as points. A figure that is not part of the chart is left out if it is unknown. */
export const toPoints = (readings: Readings): Point[] =>
  toRows(readings).map(({ time, ...figures }) => ({ time, ...pickFigures((name) => figures[name]) }))

/** Returns the sums of figures as responses show them. A field that is not summed has none. */
export const pickSums = (sums: Sums): Figures => pickFigures((name) => sums[name as SummedField])

/** Returns the sums of an hour or a day as a point. */
export const toSumPoint = (time: number, sums: Sums): Point => ({
  time,
  ...pickSums(sums),
  readings: sums.readings,
  goal_readings: sums.goal_readings,
})
