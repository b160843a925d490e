/** A replacement in a source text, by offsets. */
export interface Edit {
  start: number
  end: number
  text: string
}

/** Returns the source with the edit. */
export const applyEdit = (source: string, { start, end, text }: Edit): string => source.slice(0, start) + text + source.slice(end)

/** Returns the edit that removes a part of the source. */
export const remove = (start: number, end: number): Edit => ({ start, end, text: '' })

/** Returns the changed values of a number: its neighbours if it is small, else its double and its half. */
export const changeNumber = (value: number): number[] =>
  value > 2 ? [value * 2, Math.floor(value / 2)] : value > 0 ? [value + 1, value - 1] : [value + 1]

/** Returns a table in which each of two texts replaces the other. */
export const swapEach = (pairs: [string, string][]): Record<string, string> =>
  Object.fromEntries(
    pairs.flatMap(([a, b]) => [
      [a, b],
      [b, a],
    ]),
  )
