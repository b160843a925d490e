import { and, eq, sql } from 'drizzle-orm'
import { markStatement } from '../cache/invalidate.ts'
import { staleAfter } from '../documents/registry.ts'
import type { Database } from '../db/client.ts'
import { changes } from '../db/schema.ts'
import { authorGuards } from './mutation.ts'
import type { Author, Draft, Guard } from './mutation.ts'
import { reachGuards } from './scope-guard.ts'

/** The condition that all guards hold. */
export const holdAll = (guards: Guard[]) => and(...guards.map(({ holds }) => holds))!

/** Every guard of a write: those of its author, then its own. */
export const guardsOf = (author: Author, draft: Draft<unknown>, now: number): Guard[] => [
  ...authorGuards(author, now),
  ...reachGuards(author, draft.change),
  ...draft.guards,
]

/** Writes the log entry where something changes. */
const logStatement = (
  db: Database,
  { organisation, key, requestId, userAgent, country }: Author,
  { change, log }: Draft<unknown>,
  commitId: string,
  now: number,
) =>
  db.insert(changes)
    .select(sql`${log.with ?? sql``} select null, ${now}, ${organisation}, ${change.subject}, ${log.verb}, ${log.target}, ${key?.number ?? null}, ${requestId},
    ${commitId}, ${userAgent}, ${country}, ${log.before ?? null}, ${log.after ?? null}, ${log.detail ?? null} from ${log.source}`)

/** What stands in the log of a commit: none or one row. */
export const selectLogged = (db: Database, commitId: string) =>
  db.select({ seq: changes.seq }).from(changes).where(eq(changes.commit_id, commitId))

/** The ranges of paths that a draft makes stale. */
export const rangesOf = (author: Author, draft: Draft<unknown>) => staleAfter(author.organisation, draft.change)

/**
 * What a write does to the database between its guard and its answer, in this order.
 * @param claimsMost copies that the commit claims, to publish them itself; the other stale ones are left to cron and to readers
 */
export const writeStatements = (
  db: Database,
  author: Author,
  draft: Draft<unknown>,
  commitId: string,
  now: number,
  claimsMost: number,
) => ({
  log: logStatement(db, author, draft, commitId, now),
  data: draft.statements(db, commitId),
  mark: markStatement(db, rangesOf(author, draft), commitId, { holder: commitId, most: claimsMost }, now),
})
