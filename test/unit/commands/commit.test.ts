import { sql } from 'drizzle-orm'
import { describe, expect, test } from 'vitest'
import { commit } from '../../../src/commands/commit.ts'
import type { Mutation } from '../../../src/commands/mutation.ts'
import { singleRow } from '../../../src/db/client.ts'
import { createCommitId, toUuid } from '../../../src/db/commit-id.ts'
import { Problem } from '../../../src/errors.ts'
import { TimeoutError } from '../../../src/runtime/clock.ts'
import type { Isolate } from '../../../src/runtime/isolate.ts'
import { makeScriptedIsolate } from '../../support/scripted-d1.ts'
import type { BatchKind, ReceivedStatement } from '../../support/scripted-d1.ts'

// Promise: `commit` waits for the first puts for a second at most, and repeats a write only if no guard explains why it was stopped.

const makeMutation = (target: string): Mutation<{ id: number }> => ({
  event: { subject: 'sprocket', verb: 'created' },
  guards: [],
  audit: { verb: 'created', target },
  statements: () => [],
  returning: (db) => db.select({ id: sql<number>`1`.as('id') }).from(singleRow) as never,
})
const mutation = makeMutation('/api/sprocket/1')
const actor = { organisationPk: 1, key: null, requestId: 'request-1', userAgent: null, country: null }

const COMMIT_ID = createCommitId()
const STOPPED = new Error('D1_ERROR: malformed JSON: SQLITE_ERROR')
const APPLIED = [[{ seq: 7 }], [], [{ id: 5 }]]
const CLAIMED = [[{ seq: 7 }], [{ claim: JSON.stringify(['1/api/sprockets', 2, 2_000_000, null, null]) }], [{ id: 5 }]]
/** The rows of guards, of which the one at `failed` does not hold. */
const evaluate = (batch: ReceivedStatement[], failed?: number) =>
  batch.map((_, index) => [{ holds: index === failed ? 0 : 1, detail: null }])

describe('the puts of a commit', { timeout: 1_000 }, () => {
  const lost = () => new Error('D1_ERROR: D1 DB is overloaded.')
  const start = (isolate: Isolate) => {
    const waited: Promise<unknown>[] = []
    return { waited, committing: commit(isolate, (work) => waited.push(work), actor, mutation) }
  }

  test('commit passes its work to waitUntil before it awaits anything', async () => {
    const { waited, committing } = start(makeScriptedIsolate(() => APPLIED).isolate)
    expect(waited).toHaveLength(1)
    expect(await committing).toMatchObject({ outcome: 'applied', row: { id: 5 }, isLogged: true })
  })

  test('commit does not wait for puts if it has claimed no cache entry', async () => {
    const { isolate, limits } = makeScriptedIsolate(() => APPLIED)
    await start(isolate).committing
    expect(limits).toEqual([15_000])
  })

  test('commit waits at most one second for its first puts', async () => {
    const { isolate } = makeScriptedIsolate((kind) => (kind === 'commit' ? CLAIMED : lost()))
    for (const hasTimeout of [false, true]) {
      const reached = Promise.withResolvers<number>()
      const limit = Promise.withResolvers<never>()
      const withTimeout = async <T>(ms: number, work: Promise<T>) => {
        if (ms === 15_000) return work
        reached.resolve(ms)
        await (hasTimeout ? limit.promise : work)
        return work
      }
      let isDone = false
      const { committing } = start({ ...isolate, clock: { ...isolate.clock, withTimeout } })
      const done = committing.then((result) => {
        isDone = true
        return result
      })
      expect(await Promise.race([reached.promise, done])).toBe(1_000)
      if (hasTimeout) await new Promise((resolve) => setTimeout(resolve, 5))
      expect(isDone).toBe(false)
      limit.reject(new TimeoutError('longer than 1000 ms'))
      limit.promise.catch(() => {})
      expect(await done).toMatchObject({ outcome: 'applied' })
    }
  })

  test('the work in waitUntil does not reject if the commit does', async () => {
    const { waited, committing } = start(makeScriptedIsolate(lost).isolate)
    await expect(committing).rejects.toThrow('overloaded')
    expect(await waited[0]).toBeUndefined()
  })
})

test.each([
  ['the UUID of the commit', toUuid(COMMIT_ID), ''],
  ['another text', 'request-2', 'request-2'],
])('commit with %s as request id stores it as far as the commit id does not give it', async (_, requestId, stored) => {
  const { isolate, batches } = makeScriptedIsolate(() => APPLIED)
  await commit(isolate, () => {}, { ...actor, requestId }, mutation, { commitId: COMMIT_ID })
  const params = batches[0]![0]!.params
  expect(params[params.indexOf(COMMIT_ID) - 1]).toBe(stored)
})

describe('a write that a guard has stopped', () => {
  const run = async (respond: (kind: BatchKind, batch: ReceivedStatement[], commits: number) => Error | Record<string, unknown>[][]) => {
    let commits = 0
    const scripted = makeScriptedIsolate((kind, batch) => respond(kind, batch, kind === 'commit' ? ++commits : commits))
    const guards = [{ condition: sql`true`, problem: () => new Problem('conflict', 'Refused.') }]
    return { ...scripted, committing: commit(scripted.isolate, () => {}, actor, { ...mutation, guards }) }
  }

  test('commit sends a write again if no guard fails any more, three times in total', async () => {
    const again = await run((kind, batch, commits) => (kind === 'other' ? evaluate(batch) : commits === 3 ? APPLIED : STOPPED))
    expect(await again.committing).toMatchObject({ outcome: 'applied' })
    expect(again.trace.join(' ')).toBe('commit other commit other commit')
    const stopped = await run((kind, batch) => (kind === 'other' ? evaluate(batch) : STOPPED))
    await expect(stopped.committing).rejects.toMatchObject({ code: 'unavailable' })
    expect(stopped.trace.join(' ')).toBe('commit other commit other commit other')
  })

  test('commit throws the problem of a guard that fails', async () => {
    const { committing, trace } = await run((kind, batch) => (kind === 'other' ? evaluate(batch, 1) : STOPPED))
    await expect(committing).rejects.toMatchObject({ code: 'conflict' })
    expect(trace.join(' ')).toBe('commit other')
  })
})

describe('a write with a fallback', () => {
  const fallback = makeMutation('/fallback')
  const conditionalOn = [{ read: () => undefined as never, render: () => '', exists: () => sql`true` }]
  const targetsOf = async (responses: (Error | Record<string, unknown>[][])[], conditions?: { ifMatch: '*' }) => {
    const left = [...responses]
    const { isolate, batches } = makeScriptedIsolate(() => left.shift()!)
    const withFallback = { ...mutation, fallback: { unless: sql`true`, build: () => ({ ...fallback, conditionalOn }) } }
    expect(await commit(isolate, () => {}, actor, withFallback, { conditions })).toMatchObject({ outcome: 'applied' })
    expect(
      batches.every(([first]) => first!.sql.includes('"organisations"."deleted_at" is null')),
      'each batch has the guards',
    ).toBe(true)
    return batches.map(([first]) => first!.params.find((param) => String(param).startsWith('/')))
  }

  test('commit runs the fallback only if the batch of the mutation is stopped', async () => {
    expect(await targetsOf([APPLIED])).toEqual(['/api/sprocket/1'])
    expect(await targetsOf([STOPPED, APPLIED])).toEqual(['/api/sprocket/1', '/fallback'])
  })

  test('commit runs the fallback at once if the request has a condition', async () => {
    expect(await targetsOf([APPLIED], { ifMatch: '*' })).toEqual(['/fallback'])
  })
})
