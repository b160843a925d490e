import { and, sql } from 'drizzle-orm'
import type { Subject } from '../db/domain-events.ts'
import type { Database, RowsOf } from '../db/client.ts'
import { audit_log } from '../db/schema.ts'
import { LIMITS } from '../schemas/limits.ts'
import { inSeconds } from './keys.ts'

/**
 * Maximum number of entries that a page scans if no index selects the matching ones: the rows of the longest range of readings.
 * A page may therefore be shorter than its limit although a next page exists.
 */
const SCAN_LIMIT = LIMITS.readings

/** The query of a page of the audit log. `after` is the commit id of the last entry that the previous page scanned. */
export interface AuditQuery {
  limit: number
  after?: string | undefined
  subject?: Subject | undefined
  /** Id of a key. */
  key?: number | undefined
}

/**
 * Selects the audit entry of the organisation that a cursor names: none or one row. Cursors are commit ids, because sequence
 * numbers would reveal the activity of other organisations.
 */
export const selectCursor = (db: Database, organisationPk: number, cursor: string) =>
  db
    .select({ seq: audit_log.seq })
    .from(audit_log)
    .where(sql`commit_id = ${cursor} and organisation_pk = ${organisationPk}`)

/**
 * Builds two conditions: `scanned` selects the entries that a page reads by an index, and `matching` filters them. Without
 * `matching`, every scanned entry is on the page.
 */
const buildConditions = (organisationPk: number, { after, subject, key }: AuditQuery) => {
  const olderThanCursor = after === undefined ? sql`` : sql`and seq < (select seq from audit_log where commit_id = ${after})`
  const byKey =
    key === undefined ? undefined : sql`key_pk = (select pk from api_keys where organisation_pk = ${organisationPk} and id = ${key})`
  if (subject === undefined) return { scanned: sql`organisation_pk = ${organisationPk} ${olderThanCursor}`, matching: byKey }
  if (subject === 'readings')
    return { scanned: sql`organisation_pk = ${organisationPk} ${olderThanCursor}`, matching: and(byKey, sql`subject = 'readings'`) }
  // SQLite uses the partial index on other subjects only if the query repeats the condition of the index.
  return {
    scanned: sql`organisation_pk = ${organisationPk} and subject = ${subject} and subject <> 'readings' ${olderThanCursor}`,
    matching: byKey,
  }
}

/** Selects the matching entries, newest first, and one more than the limit, which tells whether a next page exists. */
export const selectAudit = (db: Database, organisationPk: number, query: AuditQuery) => {
  const { scanned, matching } = buildConditions(organisationPk, query)
  return db
    .select({
      at: sql<number>`at`.as('at'),
      subject: sql<Subject>`subject`.as('subject'),
      verb: sql<string>`verb`.as('verb'),
      target: sql<string>`target`.as('target'),
      key: sql<number | null>`(select id from api_keys where pk = scanned.key_pk)`.as('key_id'),
      before: sql<string | null>`before`.as('before'),
      // Appended readings have figures in `detail` and no image.
      after: sql<string | null>`coalesce(after, detail)`.as('after'),
      userAgent: sql<string | null>`user_agent`.as('user_agent'),
      country: sql<string | null>`country`.as('country'),
      requestId: sql<string>`request_id`.as('request_id'),
      commitId: sql<string>`commit_id`.as('commit_id'),
    })
    .from(sql`(select * from audit_log where ${scanned} order by seq desc limit ${matching ? SCAN_LIMIT : query.limit + 1}) as scanned`)
    .where(matching)
    .orderBy(sql`seq desc`)
    .limit(query.limit + 1)
}

/** True if a page may end before its limit although entries follow that it did not scan. */
export const mayEndEarly = (organisationPk: number, rows: AuditRow[], query: AuditQuery): boolean =>
  rows.length <= query.limit && buildConditions(organisationPk, query).matching !== undefined

/** Selects the commit id of the last entry that a page scans, if it scans `SCAN_LIMIT` entries: none or one row. */
export const selectLastScanned = (db: Database, organisationPk: number, query: AuditQuery) =>
  db
    .select({ commitId: audit_log.commit_id })
    .from(audit_log)
    .where(buildConditions(organisationPk, query).scanned)
    .orderBy(sql`seq desc`)
    .limit(1)
    .offset(SCAN_LIMIT - 1)

type AuditRow = RowsOf<ReturnType<typeof selectAudit>>[number]

/** Renders a page of the audit log as JSON text. Images are stored as JSON text and inserted as they are. */
export const renderAudit = (rows: AuditRow[], lastScanned: string | undefined, { limit }: AuditQuery): string => {
  const page = rows.slice(0, limit)
  const entries = page.map(({ before, after, ...row }) => {
    const { at, subject, verb, target, key } = row
    const head = JSON.stringify({ at: inSeconds(at), subject, verb, target, key }).slice(0, -1)
    const tail = JSON.stringify({ user_agent: row.userAgent, country: row.country, request_id: row.requestId }).slice(1)
    return `${head},"before":${before ?? 'null'},"after":${after ?? 'null'},${tail}`
  })
  const next = rows.length > limit ? page.at(-1)!.commitId : lastScanned
  return `{"entries":[${entries.join(',')}],"next":${next === undefined ? 'null' : JSON.stringify(next)}}`
}
