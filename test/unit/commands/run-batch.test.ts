import { sql } from 'drizzle-orm'
import { describe, expect, test } from 'vitest'
import { countCommitsTo } from '../../../src/cache/recent-commits.ts'
import type { Mutation } from '../../../src/commands/mutation.ts'
import { reloadResult, runUntilOutcomeKnown } from '../../../src/commands/run-batch.ts'
import type { Write } from '../../../src/commands/run-batch.ts'
import { createCommitId } from '../../../src/db/commit-id.ts'
import { singleRow } from '../../../src/db/client.ts'
import { TimeoutError } from '../../../src/runtime/clock.ts'
import type { Isolate } from '../../../src/runtime/isolate.ts'
import { makeScriptedIsolate } from '../../support/scripted-d1.ts'
import type { ReceivedStatement } from '../../support/scripted-d1.ts'

// Promise: a batch is sent until its outcome is known, three times at most, and never reported as failed if it may have been applied.

const mutation: Mutation<{ id: number }> = {
  event: { subject: 'sprocket', verb: 'created' },
  guards: [],
  audit: { verb: 'created', target: '/api/sprocket/1' },
  statements: () => [],
  returning: (db) => db.select({ id: sql<number>`1`.as('id') }).from(singleRow) as never,
}
const commitId = createCommitId()
const actor = { organisationPk: 1, key: null, requestId: 'request-1', userAgent: null, country: null }
const record = { keyPk: 1, keyHash: new Uint8Array(1), requestHash: new Uint8Array(1) }
const write: Write<{ id: number }> = { actor, mutation, commitId, record: undefined }

const ERRORS = {
  lost: new Error('D1_ERROR: Network connection lost.'),
  overloaded: new Error('D1_ERROR: D1 DB is overloaded. Requests queued for too long.'),
  invalid: new Error('D1_ERROR: no such column: x: SQLITE_ERROR'),
  guard: new Error('D1_ERROR: malformed JSON: SQLITE_ERROR'),
  repeated: new Error('D1_ERROR: UNIQUE constraint failed: idempotency_records.key_pk: SQLITE_CONSTRAINT'),
  timeout: new TimeoutError('longer than 15000 ms'),
}
/** A response of D1: an error, `done` for an applied or found commit, or `absent` for a commit that a look-up does not find. */
type Step = keyof typeof ERRORS | 'done' | 'absent'

const FOUND = [[{ seq: 7 }], [], [{ id: 5 }]]
const run = async (steps: Step[], more: Partial<Write<{ id: number }>> = {}) => {
  const left = [...steps]
  const scripted = makeScriptedIsolate(() => {
    const step = left.shift()!
    return step === 'done' ? FOUND : step === 'absent' ? [] : ERRORS[step]
  })
  const outcome = await runUntilOutcomeKnown(scripted.isolate, { ...write, ...more }, [{ condition: sql`true` }], 1_000_000).then(
    (result) => result.outcome,
    (error: Error) => ('code' in error ? error.code : error.message),
  )
  return { ...scripted, outcome, left }
}

describe('runUntilOutcomeKnown', () => {
  test.each<[title: string, steps: Step[], outcome: string, trace: string]>([
    ['returns an applied batch', ['done'], 'applied', 'commit'],
    ['sends a lost batch again after a pause', ['lost', 'absent', 'done'], 'applied', 'commit look-up pause commit'],
    ['finds a lost batch that was applied', ['lost', 'done'], 'applied', 'commit look-up'],
    [
      'gives up after three lost batches',
      ['lost', 'absent', 'lost', 'absent', 'lost', 'absent'],
      'outcome-unknown',
      'commit look-up pause commit look-up pause commit look-up',
    ],
    [
      'finds the third lost batch',
      ['lost', 'absent', 'lost', 'absent', 'lost', 'done'],
      'applied',
      'commit look-up pause commit look-up pause commit look-up',
    ],
    ['throws a rejection of the first batch', ['overloaded'], ERRORS.overloaded.message, 'commit'],
    ['throws an error of the first statement', ['invalid'], ERRORS.invalid.message, 'commit'],
    ['returns a guard that stops the first batch', ['guard'], 'guard-failed', 'commit'],
    ['returns a record that stops the first batch', ['repeated'], 'already-committed', 'commit'],
    [
      'does not send a batch again after a rejection',
      ['lost', 'absent', 'overloaded', 'absent'],
      'outcome-unknown',
      'commit look-up pause commit look-up',
    ],
    [
      'does not send a batch again after an error',
      ['lost', 'lost', 'invalid', 'lost'],
      'outcome-unknown',
      'commit look-up pause commit look-up',
    ],
    ['does not send a batch again after a timeout', ['timeout', 'absent'], 'outcome-unknown', 'commit look-up'],
    ['finds a batch that was applied after its timeout', ['timeout', 'done'], 'applied', 'commit look-up'],
    [
      'returns a guard that stops a later batch',
      ['lost', 'absent', 'guard', 'absent'],
      'guard-failed',
      'commit look-up pause commit look-up',
    ],
    [
      'ignores a guard that the applied batch has failed',
      ['lost', 'lost', 'guard', 'done'],
      'applied',
      'commit look-up pause commit look-up',
    ],
    [
      'does not trust a guard while the look-up fails',
      ['lost', 'lost', 'guard', 'lost'],
      'outcome-unknown',
      'commit look-up pause commit look-up',
    ],
    [
      'trusts a record while the look-up fails',
      ['lost', 'lost', 'repeated', 'lost'],
      'already-committed',
      'commit look-up pause commit look-up',
    ],
  ])('runUntilOutcomeKnown %s', async (_, steps, expected, trace) => {
    const ran = await run(steps)
    expect([ran.outcome, ran.trace.join(' '), ran.left]).toEqual([expected, trace, []])
    expect(new Set(ran.limits)).toEqual(new Set([15_000]))
    expect(ran.limits).toHaveLength(ran.trace.filter((each) => each !== 'pause').length)
    expect(countCommitsTo(ran.isolate, 1)).toBe(expected === 'applied' ? 1 : 0)
  })
})

test('runUntilOutcomeKnown returns the known row of a mutation without its query', async () => {
  const scripted = makeScriptedIsolate(() => FOUND.slice(0, 2))
  const result = await runUntilOutcomeKnown(scripted.isolate, { ...write, mutation: { ...mutation, row: { id: 9 } } }, [], 1_000_000)
  expect(result).toMatchObject({ row: { id: 9 }, isLogged: true, claims: [], claimedAt: 1_000_000 })
  expect(scripted.batches.map((batch) => batch.length)).toEqual([2])
})

test('runUntilOutcomeKnown reports a batch that changed nothing as not logged', async () => {
  const scripted = makeScriptedIsolate(() => [[], [], [{ id: 5 }]])
  expect(await runUntilOutcomeKnown(scripted.isolate, write, [], 1_000_000)).toMatchObject({ row: { id: 5 }, isLogged: false })
  expect(countCommitsTo(scripted.isolate, 1)).toBe(0)
})

test.each([
  ['of this release', commitId, 2],
  ['of a release before migration 0010, whose audit entry it moves', crypto.randomUUID(), 4],
])('reloadResult returns the result of a commit %s', async (_, id, statements) => {
  const { isolate, batches } = makeScriptedIsolate((_, batch) => [...batch.slice(2).map(() => []), [{ seq: 7 }], [{ id: 5 }]])
  expect(await reloadResult(isolate, mutation, id)).toMatchObject({ outcome: 'applied', row: { id: 5 }, isLogged: true })
  expect(batches.map((batch) => batch.length)).toEqual([statements])
})

describe('a look-up of a batch without an audit entry', () => {
  const lookUp = async (stored: string) => {
    const scripted = makeScriptedIsolate((kind) =>
      kind === 'commit' ? ERRORS.timeout : [[], [], [{ id: 5 }], [{ requestHash: [], commitId: stored, response: null }]],
    )
    return runUntilOutcomeKnown(scripted.isolate, { ...write, record }, [], 1_000_000)
  }

  test('a look-up finds a batch that changed nothing by its idempotency record', async () => {
    expect(await lookUp(commitId)).toMatchObject({ outcome: 'applied', isLogged: false, row: { id: 5 } })
  })

  test('a look-up does not find a batch whose idempotency record is of another commit', async () => {
    await expect(lookUp(createCommitId())).rejects.toThrow('did not confirm')
  })
})

describe('the cache entries that a commit claims', () => {
  const maxClaimsWith = async (configure: (isolate: Isolate) => Partial<Isolate>) => {
    const { isolate, batches } = makeScriptedIsolate(() => FOUND)
    await runUntilOutcomeKnown({ ...isolate, ...configure(isolate) }, write, [], 1_000_000)
    const { sql: text, params } = batches[0]!.find((statement: ReceivedStatement) => statement.sql.startsWith('update "cache_entries"'))!
    const [before] = text.split(' as is_claimable')
    return params[before!.split('?').length - 2]
  }

  test.each([
    [800, 100],
    [201, 86],
    [140, 35],
    [100, 0],
    [40, 0],
  ])('a commit of an invocation with %i operations left claims at most %i entries', async (left, expected) => {
    expect(await maxClaimsWith(({ usage }) => ({ usage: { ...usage, begun: 800 - left } }))).toBe(expected)
  })

  test('a commit claims no entry if cron publishes entries of any age', async () => {
    expect(await maxClaimsWith(({ config }) => ({ config: { ...config, deferMs: 1 } }))).toBe(0)
  })
})
