import { changeNumber, remove, swapEach } from './edit.ts'
import type { Edit } from './edit.ts'

/** Generates the edits of SQL in a template. They keep its syntax, and change its result for some data. */

const OPERATORS = swapEach([
  ['<', '<='],
  ['>', '>='],
  ['=', '<>'],
])

/** Replacements of a word, or of an operator that is not part of another one. */
const REPLACEMENTS: [pattern: RegExp, replace: (found: string) => string][] = [
  [/(?<![-<>=|])(<=|>=|<>|<|>|=)(?![<>=])/g, (operator) => OPERATORS[operator]!],
  [/\bmin(?=\()/g, () => 'max'],
  [/\bmax(?=\()/g, () => 'min'],
  [/\bnot exists(?= \()/g, () => 'exists'],
  [/(?<!\bnot )\bexists(?= \()/g, () => 'not exists'],
  [/\bis not null\b/g, () => 'is null'],
  [/\bis null\b/g, () => 'is not null'],
  [/\bleft join\b/g, () => 'join'],
  [/ (desc|distinct)\b/g, () => ''],
  [/ \+ 1\b/g, () => ''],
]

/** The words that end a condition, unless they are in parentheses. */
const CONDITION_END = /^ *(and|or|then|else|when|end|order by|group by|having|limit|returning|union)\b/

/** Returns the offset at which the expression from `start` ends: at one of the words, a comma or the parenthesis around it. */
const findEnd = (text: string, start: number, isEnd: (rest: string) => boolean): number => {
  let depth = 0
  for (let at = start; at < text.length; at++) {
    if (text[at] === '(') depth++
    if (text[at] === ')' && --depth < 0) return at
    if (depth === 0 && isEnd(text.slice(at))) return at
  }
  return text.length
}
const conditionEnd = (text: string, start: number) => findEnd(text, start, (rest) => CONDITION_END.test(rest))

/** Edits that remove a condition: one after `and` or `or`, and the first one of several. */
const removeConditions = (text: string): Edit[] => [
  ...[...text.matchAll(/(?<!\bbetween \S+)\s(and|or)\b/g)].map(({ index, 0: { length } }) =>
    remove(index, conditionEnd(text, index + length)),
  ),
  ...[...text.matchAll(/\b(where|on|when) /g)].flatMap(({ index, 0: { length } }) => {
    const end = conditionEnd(text, index + length)
    const next = /^ *(and|or) /.exec(text.slice(end))
    return next ? [remove(index + length, end + next[0].length)] : []
  }),
]

/** Edits that make the condition of a `case` true or false. */
const fixConditions = (text: string): Edit[] =>
  [...text.matchAll(/\bwhen /g)].flatMap(({ index }) => {
    const start = index + 'when '.length
    const end = findEnd(text, start, (rest) => /^ *then\b/.test(rest))
    return ['1', '0'].map((fixed) => ({ start, end, text: fixed }))
  })

/** Edits that remove the default of a `coalesce`. */
const removeDefaults = (text: string): Edit[] =>
  [...text.matchAll(/\bcoalesce\(/g)].map(({ index, 0: { length } }) => {
    const comma = findEnd(text, index + length, (rest) => rest.startsWith(','))
    return remove(
      comma,
      findEnd(text, comma, () => false),
    )
  })

/** Edits that remove an order or a limit. */
const removeOrders = (text: string): Edit[] =>
  [...text.matchAll(/\s(order by|limit)\b/g)].map(({ index, 0: { length } }) => remove(index, conditionEnd(text, index + length)))

/**
 * Returns the edits of the SQL from the offset `start` of a source.
 * @param text the SQL, in which spaces replace other characters of strings, and other text of the same length the values
 */
export const sqlEdits = (text: string, start: number): Edit[] =>
  [
    ...REPLACEMENTS.flatMap(([pattern, replace]) =>
      [...text.matchAll(pattern)].map(({ index, 0: found }) => ({ start: index, end: index + found.length, text: replace(found) })),
    ),
    ...[...text.matchAll(/(?<![\w.#]|select )\d+(?![\w.])/g)].flatMap(({ index, 0: found }) =>
      changeNumber(Number(found)).map((value) => ({ start: index, end: index + found.length, text: String(value) })),
    ),
    ...removeConditions(text),
    ...fixConditions(text),
    ...removeDefaults(text),
    ...removeOrders(text),
  ].map((edit) => ({ ...edit, start: edit.start + start, end: edit.end + start }))
