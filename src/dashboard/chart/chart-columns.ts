import { findGaps } from '../../schemas/chart-gaps.ts'
import type { Interval, Series } from './series.ts'

/** The content of a chart. */
export interface ChartContent {
  series: Series
  zone: string
  /** The interval of the x axis; undefined if the axis covers the data. */
  over?: Interval | undefined
  /** True if the time of the last point has not ended. The point is separated from the line, because its low sum is no decrease. */
  ongoing?: boolean
  /** The end of the last sum. The points are then sums up to the next point, and are drawn as steps. */
  stepsUntil?: number | undefined
  /** The production of an earlier period at each point, drawn as a thin line. */
  ghost?: (number | null)[] | undefined
}

/** The columns of the chart: time, actual, goal, and the production of an earlier period. */
export type Columns = [number[], (number | null)[], (number | null)[], (number | null)[]]

/** The columns that uPlot draws, and the indexes of the points of the series. The other indexes are inserted: gaps and ends of steps. */
export interface DrawnColumns {
  columns: Columns
  points: number[]
}

/**
 * Converts the content to columns of uPlot, with an empty point in each gap. Steps end with a copy of their point: before an unknown
 * value, and at the end.
 */
export const toColumns = ({ series, ongoing = false, stepsUntil, ghost = [] }: ChartContent): DrawnColumns => {
  const { time, sprocket_production_actual: actual, sprocket_production_goal: goal } = series
  const isStepped = stepsUntil !== undefined
  const gaps = isStepped ? [] : findGaps(time)
  const columns: Columns = [[], [], [], []]
  const points: number[] = []
  const add = (at: number, ...values: (number | null | undefined)[]) => {
    columns[0].push(at)
    for (const n of [0, 1, 2] as const) columns[(n + 1) as 1 | 2 | 3].push(values[n] ?? null)
  }
  const addCopy = (n: number, at: number) => add(at, actual[n], goal[n], ghost[n])
  const last = time.length - 1
  time.forEach((at, n) => {
    const isSeparate = !isStepped && ongoing && n > 0 && n === last
    const gap = gaps[n] ?? (isSeparate ? (time[n - 1]! + at) / 2 : undefined)
    if (gap !== undefined) add(gap)
    const endsStep = isStepped && n > 0 && [actual, goal, ghost].some((values) => values[n] == null && values[n - 1] != null)
    if (endsStep) addCopy(n - 1, at)
    points.push(columns[0].length)
    addCopy(n, at)
  })
  if (isStepped && last >= 0) addCopy(last, stepsUntil)
  return { columns, points }
}

/** Returns the index of the step that contains a time: the last point that is not after it. */
export const findStep = ({ columns: [times], points }: DrawnColumns, time: number): number =>
  points.findLast((n) => times[n]! <= time) ?? points[0]!

/** Returns the index of the point that is nearest to a time. `closest` is the nearest index, which may be inserted between two points. */
export const findNearest = ({ columns: [times], points }: DrawnColumns, closest: number, time: number): number => {
  if (points.includes(closest)) return closest
  return time - times[closest - 1]! < times[closest + 1]! - time ? closest - 1 : closest + 1
}
