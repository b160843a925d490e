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

/** Converts the content to columns of uPlot, with an empty point in each gap. Steps end with a copy of the last point. */
export const toColumns = ({ series, ongoing = false, stepsUntil, ghost = [] }: ChartContent): Columns => {
  const { time, sprocket_production_actual: actual, sprocket_production_goal: goal } = series
  const gaps = stepsUntil === undefined ? findGaps(time) : []
  const columns: Columns = [[], [], [], []]
  const add = (at: number, ...values: (number | null | undefined)[]) => {
    columns[0].push(at)
    for (const n of [0, 1, 2] as const) columns[(n + 1) as 1 | 2 | 3].push(values[n] ?? null)
  }
  time.forEach((at, n) => {
    const isSeparate = stepsUntil === undefined && ongoing && n > 0 && n === time.length - 1
    const gap = gaps[n] ?? (isSeparate ? (time[n - 1]! + at) / 2 : undefined)
    if (gap !== undefined) add(gap)
    add(at, actual[n], goal[n], ghost[n])
  })
  const last = time.length - 1
  if (stepsUntil !== undefined && last >= 0) add(stepsUntil, actual[last], goal[last], ghost[last])
  return columns
}

/** Returns the index of the step that contains a time: the last point that is not after it. */
export const findStep = (times: readonly number[], time: number): number =>
  Math.max(
    0,
    Math.min(
      times.length - 2,
      times.findLastIndex((each) => each <= time),
    ),
  )
