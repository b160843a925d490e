import { and, eq, sql } from 'drizzle-orm'
import { invalidateEntries } from '../cache/invalidate.ts'
import { invalidatedRanges } from '../documents/registry.ts'
import type { Database } from '../db/client.ts'
import { audit_log } from '../db/schema.ts'
import { actorGuards } from './mutation.ts'
import type { Actor, Mutation, Guard } from './mutation.ts'
import { scopeGuards } from './scope-guard.ts'

/** Returns the condition that all guards hold. */
export const allHold = (guards: Guard[]) => and(...guards.map(({ condition }) => condition))!

/** Returns the guards of a write: those of its actor, then those of the mutation. */
export const buildGuards = (actor: Actor, mutation: Mutation<unknown>, now: number): Guard[] => [
  ...actorGuards(actor, now),
  ...scopeGuards(actor, mutation.event),
  ...mutation.guards,
]

/** Builds the statement that inserts the audit entry if the mutation changes something. */
const insertAuditEntry = (
  db: Database,
  { organisationPk, key, requestId, userAgent, country }: Actor,
  { event, audit }: Mutation<unknown>,
  commitId: string,
  now: number,
) =>
  db.insert(audit_log)
    .select(sql`${audit.with ?? sql``} select null, ${now}, ${organisationPk}, ${event.subject}, ${audit.verb}, ${audit.target}, ${key?.pk ?? null}, ${requestId},
    ${commitId}, ${userAgent}, ${country}, ${audit.before ?? null}, ${audit.after ?? null}, ${audit.detail ?? null} from ${audit.source}`)

/** Selects the sequence number of the audit entry of a commit: none or one row. */
export const selectAuditSeq = (db: Database, commitId: string) =>
  db.select({ seq: audit_log.seq }).from(audit_log).where(eq(audit_log.commit_id, commitId))

/** Returns the path ranges that a mutation invalidates. */
export const getInvalidatedRanges = (actor: Actor, mutation: Mutation<unknown>) => invalidatedRanges(actor.organisationPk, mutation.event)

/**
 * Builds the statements of a write between its guards and its response, in this order: audit entry, data, invalidation.
 * @param maxClaims maximum number of cache entries that the commit claims and publishes; cron and readers publish the others
 */
export const mutationStatements = (
  db: Database,
  actor: Actor,
  mutation: Mutation<unknown>,
  commitId: string,
  now: number,
  maxClaims: number,
) => ({
  auditEntry: insertAuditEntry(db, actor, mutation, commitId, now),
  data: mutation.statements(db, commitId),
  invalidation: invalidateEntries(db, getInvalidatedRanges(actor, mutation), commitId, { publisherId: commitId, maxClaims }, now),
})
