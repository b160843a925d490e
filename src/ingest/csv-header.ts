import { invalidContent } from '../errors.ts'
import { COLUMN_ALIASES, describeSumMember, ISO_TIME, isSumMember } from '../schemas/csv-columns.ts'
import { LIMITS } from '../schemas/limits.ts'
import { FIELD_NAMES } from '../schemas/reading-fields.ts'
import { takeExcerpt } from '../schemas/json-pointer.ts'

/** Returns the message for an unknown member or column. */
export const describeUnknown = (name: string, what: 'column' | 'field'): string =>
  isSumMember(name)
    ? describeSumMember(name, what)
    : what === 'column'
      ? `Unknown column ${takeExcerpt(name)}. Rename or delete it.`
      : 'Unknown field.'

/**
 * Returns the member for each column of a header. Empty names at the end are ignored.
 * @param required the columns that every CSV has. The fields of a reading are optional
 * @throws Problem `invalid-content` for a missing, unknown or duplicate column
 */
export const parseHeader = (header: string[], required: readonly string[], line: number): string[] => {
  const filled = header.findLastIndex((name) => name.trim() !== '') + 1
  // More than LIMITS.columns names always contain an unknown or duplicate one, so the rest of the header is not needed.
  const names = header
    .slice(0, Math.min(filled, LIMITS.columns))
    .map((name) => name.trim().toLowerCase())
    .map((name) => COLUMN_ALIASES[name] ?? name)
  const expected = filled > LIMITS.columns ? [] : required
  const known = new Set<string>([...required, ...FIELD_NAMES, ISO_TIME])
  const errorAt = (detail: string) => ({ pointer: `#line=${line}`, detail: `Line ${line}: ${detail}` })
  const fieldErrors = [
    ...expected.flatMap((name) => (names.includes(name) ? [] : [errorAt(`Missing column ${name}. Add it to the header.`)])),
    ...names.flatMap((name, at) => {
      if (name === '') return [errorAt(`Column ${at + 1} has no name. Name or delete it.`)]
      if (!known.has(name)) return [errorAt(describeUnknown(name, 'column'))]
      return names.indexOf(name) === at ? [] : [errorAt(`Duplicate column ${name}. Delete one of them.`)]
    }),
  ]
  if (fieldErrors.length) throw invalidContent(fieldErrors)
  return names
}
