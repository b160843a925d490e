import { and, sql } from 'drizzle-orm'
import type { Subject } from '../db/domain-events.ts'
import type { Database, RowsOf } from '../db/client.ts'
import { changes } from '../db/schema.ts'
import { LIMITS } from '../schemas/limits.ts'
import { inSeconds } from './keys.ts'

/**
 * Entries that one page looks at where no index finds those that are wanted: as many rows as the longest range of readings. A
 * page may be shorter than its limit for this reason, and still have a next one.
 */
const LOOKED_AT = LIMITS.readings

/** What a page of the log asks for. `after` is the commit of the last entry that the page before looked at. */
export interface AuditQuery {
  limit: number
  after?: string | undefined
  subject?: Subject | undefined
  /** Id of a key. */
  key?: number | undefined
}

/** Whether a cursor names an entry of the organisation. Cursors are commit ids, for a number would tell how busy others are. */
export const selectCursor = (db: Database, organisation: number, cursor: string) =>
  db
    .select({ seq: changes.seq })
    .from(changes)
    .where(sql`commit_id = ${cursor} and organisation = ${organisation}`)

/**
 * Conditions on the entries that a page looks at, which an index finds, and on those among them that are wanted. Without
 * `wanted`, every entry that a page looks at is on it.
 */
const conditionsOf = (organisation: number, { after, subject, key }: AuditQuery) => {
  const before = after === undefined ? sql`` : sql`and seq < (select seq from changes where commit_id = ${after})`
  const by = key === undefined ? undefined : sql`key = (select number from api_keys where organisation = ${organisation} and id = ${key})`
  if (subject === undefined) return { looked: sql`organisation = ${organisation} ${before}`, wanted: by }
  if (subject === 'readings') return { looked: sql`organisation = ${organisation} ${before}`, wanted: and(by, sql`subject = 'readings'`) }
  // The index of what governs is a partial one, which SQLite takes where its own condition is repeated.
  return { looked: sql`organisation = ${organisation} and subject = ${subject} and subject <> 'readings' ${before}`, wanted: by }
}

/** The entries that are wanted, newest first, and one more. */
export const selectAudit = (db: Database, organisation: number, query: AuditQuery) => {
  const { looked, wanted } = conditionsOf(organisation, query)
  return db
    .select({
      at: sql<number>`at`.as('at'),
      subject: sql<Subject>`subject`.as('subject'),
      verb: sql<string>`verb`.as('verb'),
      target: sql<string>`target`.as('target'),
      key: sql<number | null>`(select id from api_keys where number = looked.key)`.as('key_id'),
      before: sql<string | null>`before`.as('before'),
      // What was added has figures and no image.
      after: sql<string | null>`coalesce(after, detail)`.as('after'),
      userAgent: sql<string | null>`user_agent`.as('user_agent'),
      country: sql<string | null>`country`.as('country'),
      requestId: sql<string>`request_id`.as('request_id'),
      commitId: sql<string>`commit_id`.as('commit_id'),
    })
    .from(sql`(select * from changes where ${looked} order by seq desc limit ${wanted ? LOOKED_AT : query.limit + 1}) as looked`)
    .where(wanted)
    .orderBy(sql`seq desc`)
    .limit(query.limit + 1)
}

/** True if a page may end before its limit although entries follow that it did not look at. */
export const mayEndEarly = (organisation: number, rows: AuditRow[], query: AuditQuery): boolean =>
  rows.length <= query.limit && conditionsOf(organisation, query).wanted !== undefined

/** The commit of the last entry that a page looks at, if there are as many as it may look at. */
export const selectLastLooked = (db: Database, organisation: number, query: AuditQuery) =>
  db
    .select({ commitId: changes.commit_id })
    .from(changes)
    .where(conditionsOf(organisation, query).looked)
    .orderBy(sql`seq desc`)
    .limit(1)
    .offset(LOOKED_AT - 1)

type AuditRow = RowsOf<ReturnType<typeof selectAudit>>[number]

/** A page of the log as JSON text. Images are JSON already. */
export const renderAudit = (rows: AuditRow[], lastLooked: string | undefined, { limit }: AuditQuery): string => {
  const page = rows.slice(0, limit)
  const entries = page.map(({ before, after, ...row }) => {
    const { at, subject, verb, target, key } = row
    const head = JSON.stringify({ at: inSeconds(at), subject, verb, target, key }).slice(0, -1)
    const tail = JSON.stringify({ user_agent: row.userAgent, country: row.country, request_id: row.requestId }).slice(1)
    return `${head},"before":${before ?? 'null'},"after":${after ?? 'null'},${tail}`
  })
  const next = rows.length > limit ? page.at(-1)!.commitId : lastLooked
  return `{"entries":[${entries.join(',')}],"next":${next === undefined ? 'null' : JSON.stringify(next)}}`
}
