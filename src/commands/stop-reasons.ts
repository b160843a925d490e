import { sql } from 'drizzle-orm'
import { organisations } from '../db/schema.ts'
import { renderStopReasons, selectStopReasons } from '../queries/stop-reasons.ts'
import type { StopReasons } from '../schemas/stop-reasons.ts'
import { isLogged } from './mutation.ts'
import type { Actor, Mutation } from './mutation.ts'
import { keepsUsedReasons } from './stop-annotation-guards.ts'

/** Builds the mutation that replaces the stop reasons of the organisation. */
export const replaceStopReasons = (actor: Actor, { reasons }: StopReasons) => {
  const { organisationPk } = actor
  const text = reasons.length === 0 ? null : JSON.stringify({ reasons })
  return {
    event: { subject: 'stop-reasons', verb: 'replaced' },
    guards: [keepsUsedReasons(actor, reasons)],
    conditionalOn: [
      {
        read: (db) => selectStopReasons(db, organisationPk),
        render: renderStopReasons,
      },
    ],
    audit: {
      source: sql`${organisations} cross join (select ${text} as sent) where pk = ${organisationPk} and stop_reasons is not sent`,
      verb: 'replaced',
      target: '/api/stop-reasons',
      before: sql`coalesce(stop_reasons, ${renderStopReasons({ reasons: null })})`,
      after: sql`coalesce(sent, ${renderStopReasons({ reasons: null })})`,
    },
    statements: (db, commitId) => [
      db
        .update(organisations)
        .set({ stop_reasons: text })
        .where(sql`pk = ${organisationPk} and ${isLogged(commitId)}`),
    ],
    returning: (db) => selectStopReasons(db, organisationPk),
  } satisfies Mutation<unknown>
}
