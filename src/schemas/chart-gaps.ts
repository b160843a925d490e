import { median } from 'd3-array'

/** A step between two points that is longer than this many usual steps is a gap. */
const GAP_STEPS = 3
/** Number of steps before and after a step whose median is the usual step. It is local, because a gateway may change its interval. */
const GAP_WINDOW = 5

/**
 * Finds the gaps of a series: times without readings. A chart breaks its line there, because a line across a gap would suggest that
 * sprockets were made.
 * @param times in order, in any unit
 * @returns for each point, the time at which the gap before it begins; undefined without a gap
 */
export const findGaps = (times: readonly number[]): (number | undefined)[] => {
  const steps = times.slice(1).map((time, n) => time - times[n]!)
  return times.map((_, n) => {
    if (n === 0) return undefined
    const usual = median(steps.slice(Math.max(0, n - 1 - GAP_WINDOW), n + GAP_WINDOW))!
    return steps[n - 1]! > GAP_STEPS * usual ? times[n - 1]! + usual : undefined
  })
}
