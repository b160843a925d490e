import { parseConfig } from '../../src/runtime/config.ts'
import type { Isolate } from '../../src/runtime/isolate.ts'
import { createState } from '../../src/runtime/state.ts'

/** A statement that D1 received. */
export interface ReceivedStatement {
  sql: string
  params: unknown[]
}

/** The rows of each statement of a batch, or the error of the batch. */
type Response = Record<string, unknown>[][] | Error

/** Maximum number of batches and pauses of a test. */
const MAX_STEPS = 30

/** The purpose of a batch: to commit, to look a commit up, or another one. */
export type BatchKind = 'commit' | 'look-up' | 'other'

const kindOf = ([first]: ReceivedStatement[]): BatchKind =>
  first!.sql.startsWith('insert into "audit_log"') ? 'commit' : first!.sql.startsWith('select "commit_seq"') ? 'look-up' : 'other'

/**
 * Returns an isolate whose D1 responds as a test decides. Pauses take no time.
 * @param respond returns the response to a batch
 */
export const makeScriptedIsolate = (respond: (kind: BatchKind, batch: ReceivedStatement[]) => Response) => {
  /** Kinds of the batches and pauses that have ended, in order. */
  const trace: (BatchKind | 'pause')[] = []
  const batches: ReceivedStatement[][] = []
  /** The time limits that the isolate has set, in ms. */
  const limits: number[] = []
  const run = async (batch: ReceivedStatement[]) => {
    const kind = kindOf(batch)
    trace.push(kind)
    batches.push(batch)
    const response = respond(kind, batch)
    if (response instanceof Error) throw response
    return batch.map((_, index) => ({ results: response[index] ?? [], success: true, meta: {} }))
  }
  const statement = (sql: string, params: unknown[]): unknown => ({
    sql,
    params,
    bind: (...bound: unknown[]) => statement(sql, bound),
    // Drizzle sends a statement outside a batch with this method.
    raw: async () => (await run([{ sql, params }]))[0]!.results.map((row) => Object.values(row)),
  })
  const session = {
    prepare: (sql: string) => statement(sql, []),
    batch: run,
    getBookmark: () => null,
  }
  const isolate = {
    database: { withSession: () => session },
    clock: {
      now: () => 1_000_000,
      sleep: async () => {
        await Promise.resolve()
        trace.push('pause')
        // A loop without an end must not block the process.
        if (trace.length > MAX_STEPS) throw new Error('Too many steps.')
      },
      withTimeout: <T>(ms: number, work: Promise<T>) => {
        limits.push(ms)
        return work
      },
    },
    state: createState(),
    config: parseConfig({}),
    usage: { begun: 0, kvReads: 0, kvWrites: 0 },
    log: () => {},
  } as unknown as Isolate
  return { isolate, trace, batches, limits }
}
