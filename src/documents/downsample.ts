/** A point of a chart: time, actual, goal, and for a sum how many readings it is of, and how many with a goal. */
export type Point = [time: number, actual: number | null, goal: number | null, readings?: number, goal_readings?: number]

/** The middle of the points that have an actual; undefined where none has. */
const middle = (points: readonly Point[]): [x: number, y: number] | undefined => {
  const known = points.filter(([, actual]) => actual !== null)
  if (known.length === 0) return undefined
  const mean = (of: (point: Point) => number) => known.reduce((sum, point) => sum + of(point), 0) / known.length
  return [mean(([time]) => time), mean(([, actual]) => actual!)]
}

/**
 * Largest triangle three buckets: of each of so many equal parts of a series the point that makes the largest triangle with
 * the point chosen before it and the middle of the part after it, first and last as they are. What is chosen is always a
 * point of the series. A part without any actual gives its first point, so that a gap stays one.
 * Sveinn Steinarsson, Downsampling Time Series for Visual Representation, 2013, section 4.2. Libraries take no gaps.
 * @param most at least 3
 */
export const downsample = (points: readonly Point[], most: number): Point[] => {
  if (points.length <= most) return [...points]
  const width = (points.length - 2) / (most - 2)
  const part = (n: number) => points.slice(Math.floor(n * width) + 1, Math.min(Math.floor((n + 1) * width) + 1, points.length))
  const chosen = [points[0]!]
  for (let n = 0; n < most - 2; n++) {
    const [beforeX, beforeY] = chosen.at(-1)!
    const [afterX, afterY] = middle(part(n + 1)) ?? [beforeX, beforeY]
    // Beside a gap there is no triangle; what stands out from the side that is known is chosen.
    const [fromY, toY] = [beforeY ?? afterY ?? 0, afterY ?? beforeY ?? 0]
    const candidates = part(n)
    let [best, largest] = [candidates[0]!, -1]
    for (const point of candidates) {
      const [x, y] = point
      if (y === null) continue
      const area = Math.abs((beforeX - afterX) * (y - fromY) - (beforeX - x) * (toY - fromY))
      if (area > largest) [best, largest] = [point, area]
    }
    chosen.push(best)
  }
  return [...chosen, points.at(-1)!]
}
