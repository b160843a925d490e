import { and, sql } from 'drizzle-orm'
import type { SQL } from 'drizzle-orm'
import type { Subject } from '../db/domain-events.ts'
import type { Database, RowsOf } from '../db/client.ts'
import { parseFigures } from '../db/append-figures.ts'
import { toUuid } from '../db/commit-id.ts'
import { LIMITS } from '../schemas/limits.ts'
import { commitSeq, latestSeq } from './commit-seq.ts'
import { inSeconds } from './keys.ts'
import { literal } from '../db/literal.ts'

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

/** Returns SQL for the sequence number of the entry that a cursor names, in either log. A cursor is a commit id. */
const seqOfCursor = (cursor: string) => sql`coalesce(${commitSeq(cursor)}, (select seq from old_audit_log where commit_id = ${cursor}))`

/** Returns the condition that filters the entries that a page scans; undefined if every scanned entry is on the page. */
const buildFilter = (organisationPk: number, { subject, key }: AuditQuery): SQL | undefined =>
  and(
    key === undefined ? undefined : sql`key_pk = (select pk from api_keys where organisation_pk = ${organisationPk} and id = ${key})`,
    subject === 'readings' ? sql`subject = 'readings'` : undefined,
  )

/**
 * Selects the sequence number of the entry of a cursor, or without a cursor that of the newest entry: none or one row. It is 0 for a
 * page that needs neither, because it has no filter.
 */
export const selectStart = (db: Database, organisationPk: number, query: AuditQuery) => {
  const { after } = query
  const newest = buildFilter(organisationPk, query) ? latestSeq(organisationPk) : sql`0`
  return db.select({ seq: sql<number>`seq`.as('start_seq') }).from(
    after === undefined
      ? sql`(select ${newest} as seq)`
      : sql`(select commit_seq as seq from audit_log where commit_id = ${after} and organisation_pk = ${organisationPk}
    union all select seq from old_audit_log where commit_id = ${after} and organisation_pk = ${organisationPk})`,
  )
}

const SCANNED = sql.raw('at, subject, verb, target, key_pk, request_id, commit_id, user_agent, country, before, after, detail')
const LOGS = [
  { log: sql`audit_log`, seq: sql`commit_seq`, subjectIndex: sql`indexed by audit_log_subject` },
  { log: sql`old_audit_log`, seq: sql`seq`, subjectIndex: sql`indexed by changes_subject` },
]

/** Selects the newest entries of both logs that an index finds, up to `limit`. The numbers in the old log are the lower ones. */
const scan = (organisationPk: number, { after, subject }: AuditQuery, limit: number, start?: number): SQL => {
  // SQLite would read the entries about readings too if it had the choice.
  const isIndexed = subject !== undefined && subject !== 'readings'
  const newest = LOGS.map(({ log, seq, subjectIndex }) => {
    const conditions = [
      sql`organisation_pk = ${organisationPk}`,
      ...(isIndexed ? [sql`subject = ${subject} and subject <> 'readings'`] : []),
      ...(after === undefined ? [] : [sql`${seq} < ${seqOfCursor(after)}`]),
      ...(start === undefined ? [] : [sql`${seq} <= ${start}`]),
    ]
    return sql`select * from (select ${seq} as seq, ${SCANNED} from ${log} ${isIndexed ? subjectIndex : sql``}
      where ${and(...conditions)} order by ${seq} desc limit ${literal(limit)})`
  })
  return sql`(${sql.join(newest, sql` union all `)} order by seq desc limit ${literal(limit)})`
}

/** Selects the matching entries, newest first, and one more than the limit, which tells whether a next page exists. */
export const selectAudit = (db: Database, organisationPk: number, query: AuditQuery) => {
  const filter = buildFilter(organisationPk, query)
  return db
    .select({
      at: sql<number>`at`.as('at'),
      subject: sql<Subject>`subject`.as('subject'),
      verb: sql<string>`verb`.as('verb'),
      target: sql<string>`target`.as('target'),
      key: sql<number | null>`(select id from api_keys where pk = scanned.key_pk)`.as('key_id'),
      before: sql<string | null>`before`.as('before'),
      after: sql<string | null>`after`.as('after'),
      detail: sql<string | null>`detail`.as('detail'),
      userAgent: sql<string | null>`user_agent`.as('user_agent'),
      country: sql<string | null>`country`.as('country'),
      requestId: sql<string>`request_id`.as('request_id'),
      commitId: sql<string>`commit_id`.as('commit_id'),
    })
    .from(sql`${scan(organisationPk, query, filter ? SCAN_LIMIT : query.limit + 1)} as scanned`)
    .where(filter)
    .orderBy(sql`seq desc`)
    .limit(literal(query.limit + 1))
}

/** True if a page may end before its limit although entries follow that it did not scan. */
export const mayEndEarly = (organisationPk: number, rows: AuditRow[], query: AuditQuery): boolean =>
  rows.length <= query.limit && buildFilter(organisationPk, query) !== undefined

/**
 * Selects the commit id of the last entry that a page scans, if it scans `SCAN_LIMIT` entries: none or one row.
 * @param start number of `selectStart`; later entries were added after the page was read
 */
export const selectLastScanned = (db: Database, organisationPk: number, query: AuditQuery, start: number) =>
  db
    .select({ commitId: sql<string>`commit_id`.as('commit_id') })
    .from(scan(organisationPk, query, SCAN_LIMIT, start))
    .orderBy(sql`seq desc`)
    .limit(literal(1))
    .offset(SCAN_LIMIT - 1)

type AuditRow = RowsOf<ReturnType<typeof selectAudit>>[number]

/** Renders a page of the audit log as JSON text. Images are stored as JSON text and inserted as they are. */
export const renderAudit = (rows: AuditRow[], lastScanned: string | undefined, { limit }: AuditQuery): string => {
  const page = rows.slice(0, limit)
  const entries = page.map((row) => {
    const { at, subject, verb, key, before, detail } = row
    const figures = parseFigures(detail)
    // An entry stores nothing that follows from its other columns.
    const target = row.target || `/api/factory/${figures?.factories[0]}/chart-data`
    const requestId = row.requestId || toUuid(row.commitId)
    // Appended readings have figures and no image.
    const after = row.after ?? (figures ? JSON.stringify(figures) : detail)
    const head = JSON.stringify({ at: inSeconds(at), subject, verb, target, key }).slice(0, -1)
    const tail = JSON.stringify({ user_agent: row.userAgent, country: row.country, request_id: requestId }).slice(1)
    return `${head},"before":${before ?? 'null'},"after":${after ?? 'null'},${tail}`
  })
  const next = rows.length > limit ? page.at(-1)!.commitId : lastScanned
  return `{"entries":[${entries.join(',')}],"next":${next === undefined ? 'null' : JSON.stringify(next)}}`
}
