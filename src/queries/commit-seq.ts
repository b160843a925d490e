import { sql } from 'drizzle-orm'
import type { SQL } from 'drizzle-orm'
import { sqlTemplate } from '../db/sql-template.ts'

/**
 * The sequence numbers of commits. Each organisation counts its own commits, so numbers of two organisations must never be compared.
 * All of these are expressions, for use in a statement.
 */

/** The sequence number of the latest commit to an organisation. */
export const latestSeq = sqlTemplate<[organisationPk: number | SQL], number>(
  (organisationPk) => sql`coalesce((select max(clock.commit_seq_base, coalesce((select max(commit_seq) from audit_log
    where organisation_pk = clock.pk), 0)) from organisations as clock where clock.pk = ${organisationPk}), 0)`,
)

/** The sequence number of a commit; null if the commit changed nothing. */
export const commitSeq = sqlTemplate<[commitId: string]>(
  (commitId) => sql`(select commit_seq from audit_log where commit_id = ${commitId})`,
)
