import { and, eq, sql } from 'drizzle-orm'
import { invalidateEntries } from '../cache/invalidate.ts'
import { invalidatedRanges } from '../documents/registry.ts'
import type { Database } from '../db/client.ts'
import { changes } from '../db/schema.ts'
import { actorGuards } from './mutation.ts'
import type { Actor, Mutation, Guard } from './mutation.ts'
import { scopeGuards } from './scope-guard.ts'

/** The condition that all guards hold. */
export const allHold = (guards: Guard[]) => and(...guards.map(({ condition }) => condition))!

/** Every guard of a write: those of its author, then its own. */
export const guardsOf = (author: Actor, draft: Mutation<unknown>, now: number): Guard[] => [
  ...actorGuards(author, now),
  ...scopeGuards(author, draft.event),
  ...draft.guards,
]

/** Writes the log entry where something changes. */
const logStatement = (
  db: Database,
  { organisation, key, requestId, userAgent, country }: Actor,
  { event, audit }: Mutation<unknown>,
  commitId: string,
  now: number,
) =>
  db.insert(changes)
    .select(sql`${audit.with ?? sql``} select null, ${now}, ${organisation}, ${event.subject}, ${audit.verb}, ${audit.target}, ${key?.number ?? null}, ${requestId},
    ${commitId}, ${userAgent}, ${country}, ${audit.before ?? null}, ${audit.after ?? null}, ${audit.detail ?? null} from ${audit.source}`)

/** What stands in the log of a commit: none or one row. */
export const selectAuditSeq = (db: Database, commitId: string) =>
  db.select({ seq: changes.seq }).from(changes).where(eq(changes.commit_id, commitId))

/** The ranges of paths that a draft makes stale. */
export const invalidatedRangesOf = (author: Actor, draft: Mutation<unknown>) => invalidatedRanges(author.organisation, draft.event)

/**
 * What a write does to the database between its guard and its answer, in this order.
 * @param claimsMost copies that the commit claims, to publish them itself; the other stale ones are left to cron and to readers
 */
export const mutationStatements = (
  db: Database,
  author: Actor,
  draft: Mutation<unknown>,
  commitId: string,
  now: number,
  claimsMost: number,
) => ({
  log: logStatement(db, author, draft, commitId, now),
  data: draft.statements(db, commitId),
  mark: invalidateEntries(db, invalidatedRangesOf(author, draft), commitId, { publisherId: commitId, maxClaims: claimsMost }, now),
})
