import { sql } from 'drizzle-orm'
import { expect, test } from 'vitest'
import type { Mutation } from '../../../src/commands/mutation.ts'
import { singleRow } from '../../../src/db/client.ts'
import { commitAsCron } from '../../../src/jobs/commit-as-cron.ts'
import { makeScriptedIsolate } from '../../support/scripted-d1.ts'

// Promise: a commit of cron is complete, with its puts, before the next step of its job.

const mutation: Mutation<unknown> = {
  event: { subject: 'sprocket', verb: 'created' },
  guards: [],
  audit: { verb: 'created', target: '/api/sprocket/1' },
  statements: () => [],
  returning: (db) => db.select({ id: sql<number>`1`.as('id') }).from(singleRow) as never,
}

test('commitAsCron commits as cron, and resolves after the end of the publishing that the commit leaves to waitUntil', async () => {
  const claim = JSON.stringify(['1/api/sprockets', 2, 2_000_000, null, null])
  const { isolate, batches } = makeScriptedIsolate((kind) => (kind === 'commit' ? [[{ seq: 7 }], [{ claim }], [{ id: 5 }]] : [[]]))
  // The response of a commit waits for its puts for a second. Here that second is over at once.
  const withTimeout = async <T>(ms: number, work: Promise<T>) => {
    if (ms === 1_000) throw new Error('too long')
    return work
  }
  const kv = { delete: () => new Promise<void>((resolve) => setTimeout(resolve, 2)) } as unknown as KVNamespace
  await commitAsCron({ ...isolate, kv, clock: { ...isolate.clock, withTimeout } }, 1, () => mutation)
  expect(batches[0]![0]!.params).toContain('cron')
  // The commit, the rendering with the latest number, and the confirm of the deleted entry.
  const tables = batches.map(([first]) => /(?:into|update|from) "?(\w+)/.exec(first!.sql)?.[1])
  expect(tables).toEqual(['audit_log', 'audit_log', 'cache_entries'])
})
