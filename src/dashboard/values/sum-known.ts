/** Adds up the known values; null if there are none. */
export const sumKnown = (values: readonly (number | null | undefined)[]): number | null => {
  const known = values.filter((value) => value != null)
  return known.length ? known.reduce((a, b) => a + b) : null
}
