import { formatTime } from '../values/format.ts'
import { formatGap, formatNumber, formatRounded } from '../values/numbers.ts'
import { texts } from '../texts/chart.ts'

/** The values of a point of the chart. */
export interface Point {
  time: number
  actual: number | null
  goal: number | null
  ghost: number | null
}

/** Returns the gap to the goal as it is shown. The goal of an hour may have a fraction. */
export const computePointGap = ({ actual, goal }: Point) => (actual === null || goal === null ? null : actual - Math.round(goal))

/** Describes a point in one sentence, for screen readers and the keyboard. */
export const describePoint = (point: Point, zone: string): string =>
  texts.describePoint(
    formatTime(point.time, zone),
    zone,
    formatNumber(point.actual),
    formatRounded(point.goal),
    formatGap(computePointGap(point)),
  )
