/** Quartiles of a few measurements. */
export interface Spread {
  median: number
  low: number
  high: number
}

const quantile = (sorted: number[], share: number): number => {
  const place = share * (sorted.length - 1)
  const below = sorted[Math.floor(place)]!
  return below + (sorted[Math.ceil(place)]! - below) * (place - Math.floor(place))
}

/**
 * Returns the quartiles.
 * @throws if there are no values
 */
export const spreadOf = (values: number[]): Spread => {
  if (values.length === 0) throw new Error('nothing was measured')
  const sorted = values.toSorted((a, b) => a - b)
  return { median: quantile(sorted, 0.5), low: quantile(sorted, 0.25), high: quantile(sorted, 0.75) }
}
