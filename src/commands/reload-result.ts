import type { Isolate } from '../runtime/isolate.ts'
import { openSession } from '../db/client.ts'
import { withRetries } from '../db/retry.ts'
import { selectAuditSeq } from './mutation-batch.ts'
import type { Committed } from './commit.ts'
import type { Mutation } from './mutation.ts'
import { selectRecord } from './idempotency.ts'
import type { IdempotencyRecord } from './idempotency.ts'

/** What a commit of before would be answered with now, for a client that was not told then. */
export const reloadResult = async <Row>(isolate: Isolate, draft: Mutation<Row>, commitId: string): Promise<Committed<Row>> =>
  withRetries(isolate, async () => {
    const session = openSession(isolate, 'first-primary')
    const [[logged], [row]] = await session.batch([selectAuditSeq(session.db, commitId), draft.returning(session.db, commitId)])
    return { row, bookmark: session.bookmark(), isLogged: logged !== undefined }
  })

/** What is known of a request that is to be carried out once. */
export const findRecord = async (isolate: Isolate, once: IdempotencyRecord) => {
  const [[record]] = await withRetries(isolate, () => {
    const session = openSession(isolate, 'first-primary')
    return session.batch([selectRecord(session.db, once)])
  })
  return record
}
