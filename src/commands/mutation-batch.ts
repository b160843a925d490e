import { eq, sql } from 'drizzle-orm'
import type { SQL } from 'drizzle-orm'
import { invalidateEntries } from '../cache/invalidate.ts'
import type { PathRange } from '../documents/path.ts'
import { assertTrue } from '../db/client.ts'
import { toUuid } from '../db/commit-id.ts'
import type { Database } from '../db/client.ts'
import { audit_log } from '../db/audit-schema.ts'
import { latestSeq } from '../queries/commit-seq.ts'
import { actorGuards } from './mutation.ts'
import type { Actor, Mutation, Guard } from './mutation.ts'
import { scopeGuards } from './scope-guard.ts'

/** Returns the guards of a write: those of its actor, then those of the mutation. */
export const buildGuards = (actor: Actor, mutation: Mutation<unknown>, now: number): Guard[] => [
  ...actorGuards(actor, now),
  ...scopeGuards(actor, mutation.event),
  ...mutation.guards,
]

/**
 * Builds the statement that inserts the audit entry if the mutation changes something, and returns its sequence number. It stops the
 * batch unless `guard` is true. `cross join` fixes the join order: the guard is evaluated first, also if the mutation changes nothing.
 */
const insertAuditEntry = (
  db: Database,
  { organisationPk, key, requestId, userAgent, country }: Actor,
  { event, audit }: Mutation<unknown>,
  guard: SQL,
  commitId: string,
  now: number,
) =>
  db
    .insert(audit_log)
    .select(
      sql`${audit.with ?? sql``} select ${organisationPk}, 1 + ${latestSeq(organisationPk)}, ${now}, ${event.subject}, ${audit.verb}, ${audit.target},
    ${key?.pk ?? null}, ${requestId === toUuid(commitId) ? '' : requestId}, ${commitId}, ${userAgent}, ${country}, ${audit.before ?? null}, ${audit.after ?? null}, ${audit.detail ?? null}
    ${audit.source ? sql`from (select 1 as holds where ${assertTrue(guard)}) as guarded cross join ${audit.source}` : sql`where ${assertTrue(guard)}`}`,
    )
    .returning({ seq: audit_log.commit_seq })

/** Selects the sequence number of the audit entry of a commit: none or one row. */
export const selectAuditSeq = (db: Database, commitId: string) =>
  db.select({ seq: audit_log.commit_seq }).from(audit_log).where(eq(audit_log.commit_id, commitId))

/**
 * Builds the statements of a write before its response, in this order: audit entry with the guard, data, invalidation.
 * @param invalidated the path ranges of each document that the event invalidates, and the maximum number of their cache entries that the commit claims
 * and publishes; cron and readers publish the others
 */
export const mutationStatements = (
  db: Database,
  actor: Actor,
  mutation: Mutation<unknown>,
  guard: SQL,
  commitId: string,
  now: number,
  { ranges, maxClaims }: { ranges: readonly PathRange[][]; maxClaims: number },
) => ({
  auditEntry: insertAuditEntry(db, actor, mutation, guard, commitId, now),
  data: mutation.statements(db, commitId),
  invalidation: invalidateEntries(db, ranges, commitId, { publisherId: commitId, maxClaims }, now),
})
