import { sql } from 'drizzle-orm'
import type { SQLWrapper } from 'drizzle-orm'
import { drizzle } from 'drizzle-orm/d1'
import { SQLiteSyncDialect } from 'drizzle-orm/sqlite-core'
import { assertStatement } from '../db/client.ts'
import { mutationStatements } from '../commands/mutation-batch.ts'
import type { Actor, Mutation } from '../commands/mutation.ts'
import type { SQL } from 'drizzle-orm'

/** Words statements and runs none: there is no database behind it. */
const db = drizzle({} as D1Database)
const dialect = new SQLiteSyncDialect()

/** Wrangler takes these words for the start of a transaction wherever they stand, and refuses the file. */
const forbidden = 'BEGIN TRANSACTION'

/** A statement as text, its parameters written into it. */
export const render = (statement: SQLWrapper): string =>
  dialect.sqlToQuery(sql`${statement.getSQL()}`.inlineParams()).sql.replaceAll(forbidden, forbidden.replace(' ', `'||' `))

/** The same statements that the API runs for a draft, save that no copy is claimed: cron publishes those that they mark. */
export const renderCommit = (author: Actor, draft: Mutation<unknown>, now: number): string[] => {
  const { auditEntry, data, invalidation } = mutationStatements(db, author, draft, crypto.randomUUID(), now, 0)
  return [auditEntry, ...data, invalidation].map((statement) => render(statement as unknown as SQLWrapper))
}

/** Stops the transaction that it stands in unless the condition holds. */
export const renderGuard = (holds: SQL): string => render(assertStatement(db, holds))
