import { sql } from 'drizzle-orm'
import type { SQL } from 'drizzle-orm'
import type { Isolate } from '../runtime/isolate.ts'
import { openSession } from '../db/client.ts'
import type { Database } from '../db/client.ts'
import { audit_log } from '../db/audit-schema.ts'
import { organisations } from '../db/schema.ts'
import { runSteps } from './steps.ts'
import { literal } from '../db/literal.ts'

/** Entries of one organisation that a step looks at. D1 needs far less than its limit of 30 s to delete them. */
const TRIM_ENTRIES = 2_000
/** A step is two batches for one organisation. */
const STEP_LIMITS = { steps: 20, queries: 4 }
/** Retention of `appended` audit entries. All other entries are kept for `AUDIT_DAYS`. */
export const APPENDED_MS = 7 * 86_400_000
/** Time after which an organisation without expired entries is checked again, at the earliest. */
const CHECK_INTERVAL_MS = 3_600_000

/** The organisation whose check is due first. */
const dueOrganisation = (now: number) => sql`(select pk, appended_trimmed_to from organisations
  where audit_due_at <= ${now} order by audit_due_at limit 1) as due`

/**
 * Returns the sequence number at which trimming ends: the first entry from `from` on that is not older than `edge` (Unix ms), or
 * the last entry that a step looks at. Entries are in order of time. Only the command of an operator whose clock is wrong can date
 * an entry in the future; such an entry is ignored.
 */
const trimEnd = (from: SQL, edge: number, now: number) => {
  const scanned = sql`(select commit_seq, at from audit_log where organisation_pk = due.pk and commit_seq >= ${from}
    order by commit_seq limit ${literal(TRIM_ENTRIES)})`
  return sql<number>`coalesce((select commit_seq from ${scanned} where at between ${edge} and ${now}),
    (select max(commit_seq) from ${scanned}), 0)`
}

const deleteEntries = (db: Database, organisationPk: number, from: number, end: number, condition: SQL) =>
  db
    .delete(audit_log)
    .where(sql`organisation_pk = ${organisationPk} and commit_seq >= ${from} and commit_seq < ${end} and ${condition}`)
    .returning({ seq: audit_log.commit_seq })

/**
 * Returns the time of the next check: when the entry at which trimming ended expires, or at once if it has expired and is not the
 * newest. Without either, no entry expires before `APPENDED_MS` are over.
 */
const nextCheck = (organisationPk: number, end: number, retentionMs: number, now: number) =>
  sql`coalesce((select case
      when at + ${retentionMs} > ${now} then max(at + ${retentionMs}, ${now + CHECK_INTERVAL_MS})
      when exists (select 1 from audit_log as later where later.organisation_pk = ${organisationPk} and later.commit_seq > ${end}) then ${now}
    end from audit_log where organisation_pk = ${organisationPk} and commit_seq = ${end}), ${now + APPENDED_MS})`

/**
 * Trims the audit log, one organisation at a time, and returns the number of deleted entries. The newest entry of an organisation is
 * never deleted, so that no sequence number is used twice. Entries that are kept for longer lie between the `appended` ones, so the
 * organisation stores the position up to which `appended` entries are trimmed.
 */
export const trimAuditLog = async (isolate: Isolate): Promise<number> => {
  const { auditMs } = isolate.config
  let trimmed = 0
  await runSteps(isolate, STEP_LIMITS, async () => {
    const now = isolate.clock.now()
    const [edge, appendedEdge] = [now - auditMs, now - APPENDED_MS]
    const { db, batch } = openSession(isolate, 'first-primary')
    const [[due]] = await batch([
      db
        .select({
          organisationPk: sql<number>`pk`.as('due_pk'),
          end: trimEnd(sql`0`, edge, now).as('due_end'),
          appendedFrom: sql<number>`appended_trimmed_to`.as('appended_from'),
          appendedEnd: trimEnd(sql`due.appended_trimmed_to`, appendedEdge, now).as('appended_end'),
        })
        .from(dueOrganisation(now)),
    ])
    if (!due) return false
    const { organisationPk, end, appendedFrom, appendedEnd } = due
    const [old, appended] = await batch([
      deleteEntries(db, organisationPk, 0, end, sql`at < ${edge}`),
      deleteEntries(db, organisationPk, appendedFrom, appendedEnd, sql`verb = 'appended' and at < ${appendedEdge}`),
      db
        .update(organisations)
        .set({
          appended_trimmed_to: sql`max(appended_trimmed_to, ${appendedEnd})`,
          audit_due_at: sql`min(${nextCheck(organisationPk, end, auditMs, now)}, ${nextCheck(organisationPk, appendedEnd, APPENDED_MS, now)},
            ${now + APPENDED_MS})`,
        })
        .where(sql`pk = ${organisationPk}`),
    ])
    trimmed += old.length + appended.length
    return true
  })
  return trimmed
}
