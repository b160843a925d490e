import { sql } from 'drizzle-orm'
import type { SQL } from 'drizzle-orm'
import { convertedDetail } from '../db/append-figures.ts'
import type { Database } from '../db/client.ts'
import { audit_log, old_audit_log } from '../db/audit-schema.ts'

/** Builds the statements that move entries of the old audit log. Their numbers are at most the `commit_seq_base` of organisations. */
export const moveAuditEntries = (db: Database, condition: SQL) =>
  [
    db.insert(audit_log)
      .select(sql`select organisation_pk, seq, at, subject, verb, target, key_pk, request_id, commit_id, user_agent, country, before, after,
      ${convertedDetail} from old_audit_log where ${condition}`),
    db.delete(old_audit_log).where(condition).returning({ seq: old_audit_log.seq }),
  ] as const

/** Length of the commit ids of the releases before migration 0010, which were UUIDs. */
const UUID_CHARACTERS = 36

/** Builds the statements that move the entry of a commit if it may be in the old audit log. */
export const moveEntry = (db: Database, commitId: string) =>
  commitId.length === UUID_CHARACTERS ? moveAuditEntries(db, sql`commit_id = ${commitId}`) : []
