import type { Isolate } from '../runtime/isolate.ts'
import { openSession } from '../db/client.ts'
import { persist } from '../db/retry.ts'
import { selectLogged } from './mutation-batch.ts'
import type { Committed } from './commit.ts'
import type { Draft } from './mutation.ts'
import { selectRecord } from './idempotency.ts'
import type { Once } from './idempotency.ts'

/** What a commit of before would be answered with now, for a client that was not told then. */
export const recollect = async <Row>(isolate: Isolate, draft: Draft<Row>, commitId: string): Promise<Committed<Row>> =>
  persist(isolate, async () => {
    const session = openSession(isolate, 'first-primary')
    const [[logged], [row]] = await session.batch([selectLogged(session.db, commitId), draft.answer(session.db, commitId)])
    return { row, bookmark: session.bookmark(), isLogged: logged !== undefined }
  })

/** What is known of a request that is to be carried out once. */
export const findRecord = async (isolate: Isolate, once: Once) => {
  const [[record]] = await persist(isolate, () => {
    const session = openSession(isolate, 'first-primary')
    return session.batch([selectRecord(session.db, once)])
  })
  return record
}
