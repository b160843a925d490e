import { Column, is, SQL } from 'drizzle-orm'
import { D1PreparedQuery, DrizzleD1Database } from 'drizzle-orm/d1'

/** The fields of a prepared statement. Not part of Drizzle's public types. */
interface Prepared {
  fields?: { field: unknown }[]
  getQuery(): { sql: string }
}
interface Preparable {
  _prepare?(): Prepared
}

const nameOf = (field: unknown): string => {
  if (is(field, SQL.Aliased)) return field.fieldAlias
  if (is(field, Column)) return field.name
  return 'an expression without a name'
}

/**
 * Returns the columns that Drizzle would mix up in a batch. D1 returns rows of batches as objects, and Drizzle takes
 * their members in order. Of two columns with one name one is lost, and all after it shift. A name that is a number
 * comes first.
 */
export const findMixedUpColumns = (statement: object): string[] => {
  const prepared = (statement as Preparable)._prepare?.()
  const names = prepared?.fields?.map(({ field }) => nameOf(field)) ?? []
  const wrong = names.filter((name, position) => names.indexOf(name) !== position || /^\d+$/.test(name))
  return wrong.map((name) => `${name} occurs twice, or is a number, in a batch: ${prepared!.getQuery().sql}`)
}

const { batch } = DrizzleD1Database.prototype
const { values } = D1PreparedQuery.prototype

/**
 * Makes every statement fail if Drizzle would mix up its columns. The test harness runs single statements in the same form as
 * batches.
 */
export const checkStatementColumns = (): void => {
  DrizzleD1Database.prototype.batch = function (statements) {
    const wrong = statements.flatMap((statement) => findMixedUpColumns(statement))
    if (wrong.length) throw new Error(wrong.join('\n'))
    return batch.call(this, statements) as never
  }
  D1PreparedQuery.prototype.values = function (...args) {
    const wrong = findMixedUpColumns({ _prepare: () => this })
    if (wrong.length) throw new Error(wrong.join('\n'))
    return values.apply(this, args) as never
  }
}

/** Ends the check. */
export const ignoreStatementColumns = (): void => {
  DrizzleD1Database.prototype.batch = batch
  D1PreparedQuery.prototype.values = values
}
