import { sql } from 'drizzle-orm'
import type { SQL } from 'drizzle-orm'
import { CHART_FIELDS, OTHER_FIELDS } from '../schemas/reading-fields.ts'
import type { FieldName } from '../schemas/reading-fields.ts'

/**
 * Returns SQL for a reading as a JSON object. A figure that is not part of the chart is left out if it is unknown: a merge patch
 * removes members that are null (RFC 7396).
 * @param keys SQL of the members before the figures
 * @param figure returns SQL of a figure
 */
export const readingJson = (keys: SQL, figure: (name: FieldName) => string = (name) => name): SQL<string> => {
  const members = (names: readonly FieldName[]) => sql.raw(names.map((name) => `'${name}', ${figure(name)}`).join(', '))
  return sql`json_patch(json_object(${keys}, ${members(CHART_FIELDS)}), json_object(${members(OTHER_FIELDS)}))`
}
