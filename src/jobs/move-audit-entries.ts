import { sql } from 'drizzle-orm'
import type { Isolate } from '../runtime/isolate.ts'
import { moveAuditEntries } from '../commands/move-audit-entries.ts'
import { openSession, singleRow } from '../db/client.ts'
import { old_audit_log } from '../db/audit-schema.ts'
import { runSteps } from './steps.ts'
import { APPENDED_MS } from './trim-audit-log.ts'

/** Entries that a step moves or deletes. D1 needs far less than its limit of 30 s for them. */
const MOVE_ENTRIES = 2_000
/** A step is two batches. */
const STEP_LIMITS = { steps: 20, queries: 4 }

/** The oldest entries of the old log. */
const oldest = sql.raw(`(select seq, at, verb from old_audit_log where seq > 0 order by seq limit ${MOVE_ENTRIES})`)

/**
 * Empties the audit log of the releases before migration 0010, the oldest entries first, and returns the number of entries. Deletes
 * entries past their retention and moves the others. It stops at an `appended` entry until that has expired, because moving it would
 * write more rows than it is worth. So the old log is empty `APPENDED_MS` after the migration.
 */
export const moveOldAuditEntries = async (isolate: Isolate): Promise<number> => {
  let emptied = 0
  await runSteps(isolate, STEP_LIMITS, async () => {
    const now = isolate.clock.now()
    const [edge, appendedEdge] = [now - isolate.config.auditMs, now - APPENDED_MS]
    const { db, batch } = openSession(isolate, 'first-primary')
    const firstAppended = sql`(select seq from ${oldest} where verb = 'appended' and at between ${appendedEdge} and ${now})`
    const [[found]] = await batch([
      db.select({ end: sql<number>`coalesce(${firstAppended}, (select max(seq) + 1 from ${oldest}), 0)`.as('old_end') }).from(singleRow),
    ])
    const { end } = found!
    if (end === 0) return false
    const [expired, , moved] = await batch([
      db
        .delete(old_audit_log)
        .where(sql`seq < ${end} and at < iif(verb = 'appended', ${appendedEdge}, ${edge})`)
        .returning({ seq: old_audit_log.seq }),
      ...moveAuditEntries(db, sql`seq < ${end}`),
    ])
    emptied += expired.length + moved.length
    return expired.length + moved.length > 0
  })
  return emptied
}
