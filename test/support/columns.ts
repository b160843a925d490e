import { Column, is, SQL } from 'drizzle-orm'
import { D1PreparedQuery, DrizzleD1Database } from 'drizzle-orm/d1'

/** What drizzle knows of a statement that it has prepared. Not part of its public types. */
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
  return `an expression without a name`
}

/**
 * What would go wrong with a statement in a batch: D1 gives its rows as objects there, and drizzle takes their members in
 * order, so of two columns of one name one is lost and all after it move up; and a name that is a number comes first.
 */
export const mixUpsOf = (statement: object): string[] => {
  const prepared = (statement as Preparable)._prepare?.()
  const names = prepared?.fields?.map(({ field }) => nameOf(field)) ?? []
  const wrong = names.filter((name, position) => names.indexOf(name) !== position || /^\d+$/.test(name))
  return wrong.map((name) => `${name} stands twice, or is a number, in a batch: ${prepared!.getQuery().sql}`)
}

/** Holds every statement that any test of the file runs against the rule: what is asked by itself is counted, and comes in the same form. */
export const watchBatches = (): void => {
  const { batch } = DrizzleD1Database.prototype
  DrizzleD1Database.prototype.batch = function (statements) {
    const wrong = statements.flatMap((statement) => mixUpsOf(statement))
    if (wrong.length) throw new Error(wrong.join('\n'))
    return batch.call(this, statements) as never
  }
  const { values } = D1PreparedQuery.prototype
  D1PreparedQuery.prototype.values = function (...given) {
    const wrong = mixUpsOf({ _prepare: () => this })
    if (wrong.length) throw new Error(wrong.join('\n'))
    return values.apply(this, given) as never
  }
}
