import { FIELD_NAMES, READING_FIELDS } from './reading-fields.ts'

/**
 * The member of a reading for each alias of a column: the names of the columns in JSON. Without a prototype, because a header may name
 * one of its members, such as `constructor`.
 */
export const COLUMN_ALIASES: Readonly<Record<string, string>> = Object.assign(
  Object.create(null) as Record<string, string>,
  Object.fromEntries(FIELD_NAMES.map((name) => [READING_FIELDS[name].column, name])),
)
/** The time in ISO 8601, a column of exported CSV. It must agree with `time`. */
export const ISO_TIME = 'iso_time'
/** Members of sums. Readings do not have them. */
const SUM_MEMBERS: ReadonlySet<unknown> = new Set(['readings', 'goal_readings'])

/** True for the name of a member that only sums have. */
export const isSumMember = (name: PropertyKey | undefined): boolean => SUM_MEMBERS.has(name)

/** Explains that a column or a field belongs to sums. */
export const describeSumMember = (name: string, what: 'column' | 'field'): string =>
  `The ${what} ${name} belongs to sums of hours or days, which are not readings. Send the output of resolution=raw or /export.`
