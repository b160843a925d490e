import type { Point } from '../queries/points.ts'

/** Returns the mean of the points that have an actual value, or undefined without such points. */
const meanOf = (points: readonly Point[]): [x: number, y: number] | undefined => {
  const known = points.filter(({ actual }) => actual !== null)
  if (known.length === 0) return undefined
  const mean = (of: (point: Point) => number) => known.reduce((sum, point) => sum + of(point), 0) / known.length
  return [mean(({ time }) => time), mean(({ actual }) => actual!)]
}

/**
 * Downsamples a series with the algorithm "largest triangle three buckets" (Sveinn Steinarsson, Downsampling Time Series for
 * Visual Representation, 2013, section 4.2). It divides the series into equal parts. Of each part it selects the point that
 * makes the largest triangle with the point selected before and the mean of the next part. The first and the last point are
 * always selected. A part without an actual value yields its first point, so that a gap remains a gap; libraries do not
 * support gaps.
 * @param maxPoints at least 3
 */
export const downsample = (points: readonly Point[], maxPoints: number): Point[] => {
  if (points.length <= maxPoints) return [...points]
  const width = (points.length - 2) / (maxPoints - 2)
  const part = (n: number) => points.slice(Math.floor(n * width) + 1, Math.min(Math.floor((n + 1) * width) + 1, points.length))
  const selected = [points[0]!]
  for (let n = 0; n < maxPoints - 2; n++) {
    const { time: beforeX, actual: beforeY } = selected.at(-1)!
    const [afterX, afterY] = meanOf(part(n + 1)) ?? [beforeX, beforeY]
    // Next to a gap there is no triangle. Then the point furthest from the known side is selected.
    const [fromY, toY] = [beforeY ?? afterY ?? 0, afterY ?? 0]
    const candidates = part(n)
    let [best, largest] = [candidates[0]!, -1]
    for (const point of candidates) {
      const { time: x, actual: y } = point
      if (y === null) continue
      const area = Math.abs((beforeX - afterX) * (y - fromY) - (beforeX - x) * (toY - fromY))
      if (area > largest) [best, largest] = [point, area]
    }
    selected.push(best)
  }
  return [...selected, points.at(-1)!]
}
