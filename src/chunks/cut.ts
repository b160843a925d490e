/** Lengths in characters below which a text is short, or fits at all: 3,600 figures of 16 digits, with commas. */
const SHORT = 512
const LONGEST = 65_536

const commasBefore = (text: string, end: string) =>
  `(length(substr(${text}, 1, ${end})) - length(replace(substr(${text}, 1, ${end}), ',', '')))`

/**
 * Returns SQL for the position of the comma after the first `count` values of a text: 0 before the first value, a later position than the
 * last character after the last value. It bisects the text, so it reads a dozen rows, and not a row for each value.
 */
const commaAfter = (text: string, count: string) => `case when ${count} = 0 then 0 else (with recursive bisect(position, step) as (
    select 0, case when length(${text}) < ${SHORT} then ${SHORT / 2} else ${LONGEST / 2} end
    union all select position + step * (${commasBefore(text, 'position + step')} < ${count}), step / 2 from bisect where step > 0)
  select position + 1 from bisect where step = 0) end`

/** Returns SQL for the values of a text of a chunk from one index up to but not including another. */
export const cutText = (text: string, from: string, to: string): string =>
  `substr(substr(${text}, 1, ${commaAfter(text, to)} - 1), ${commaAfter(text, from)} + 1)`
