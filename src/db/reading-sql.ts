import { sql } from 'drizzle-orm'
import type { SQL } from 'drizzle-orm'
import { CHART_FIELDS, FIELD_NAMES, OTHER_FIELDS } from '../schemas/reading-fields.ts'
import type { FieldName } from '../schemas/reading-fields.ts'

/** Returns SQL with one part per field of a reading, such as `old.actual, old.goal`. */
export const eachField = (build: (name: FieldName) => string, separator = ', '): SQL => sql.raw(FIELD_NAMES.map(build).join(separator))

/** The columns of a reading's figures: `actual, goal`. */
export const figureColumns = eachField((name) => name)

/**
 * Returns SQL for a reading as a JSON object. A figure that is not part of the chart is left out if it is unknown: a merge patch
 * removes members that are null (RFC 7396).
 * @param keys SQL of the members before the figures
 * @param prefix prefix of the columns, such as `old_`
 */
export const readingJson = (keys: SQL, prefix = ''): SQL<string> => {
  const members = (names: readonly FieldName[]) => sql.raw(names.map((name) => `'${name}', ${prefix}${name}`).join(', '))
  const reading = sql<string>`json_object(${keys}, ${members(CHART_FIELDS)})`
  return OTHER_FIELDS.length === 0 ? reading : sql<string>`json_patch(${reading}, json_object(${members(OTHER_FIELDS)}))`
}
