import { sql } from 'drizzle-orm'
import type { SQL, SQLWrapper } from 'drizzle-orm'
import { drizzle } from 'drizzle-orm/d1'
import { SQLiteSyncDialect } from 'drizzle-orm/sqlite-core'
import { assertTrue } from '../db/client.ts'
import { createCommitId } from '../db/commit-id.ts'
import { mutationStatements } from '../commands/mutation-batch.ts'
import { invalidatedRanges } from '../documents/registry.ts'
import type { Actor, Mutation } from '../commands/mutation.ts'

/** Builds statements, and cannot run them, because it has no database. */
const db = drizzle({} as D1Database)
const dialect = new SQLiteSyncDialect()

/** Wrangler rejects a file that contains these words, even inside a string: it takes them for the start of a transaction. */
const forbidden = 'BEGIN TRANSACTION'

/** Renders a statement as SQL text with its parameters as literals. */
export const render = (statement: SQLWrapper): string =>
  dialect.sqlToQuery(sql`${statement.getSQL()}`.inlineParams()).sql.replaceAll(forbidden, forbidden.replace(' ', `'||' `))

/**
 * Renders the statements that the API runs for a mutation, without claims: cron publishes the entries that they invalidate.
 * @param guard the condition that stops the transaction if it is false
 */
export const renderCommit = (actor: Actor, mutation: Mutation<unknown>, now: number, guard = sql`true`): string[] => {
  const { auditEntry, data, invalidation } = mutationStatements(db, actor, mutation, guard, createCommitId(), now, {
    ranges: invalidatedRanges(actor.organisationPk, mutation.event),
    maxClaims: 0,
  })
  return [auditEntry, ...data, invalidation].map((statement) => render(statement as unknown as SQLWrapper))
}

/** Renders a statement that stops its transaction unless the condition is true. */
export const renderAssertion = (condition: SQL): string => render(sql`select ${assertTrue(condition)}`)
