import { sql } from 'drizzle-orm'
import { expect, test } from 'vitest'
import { compareTags } from '../../../src/commands/preconditions.ts'
import type { Mutation } from '../../../src/commands/mutation.ts'
import { singleRow } from '../../../src/db/client.ts'
import { makeScriptedIsolate } from '../../support/scripted-d1.ts'

// Promise: a condition that asks only whether the resource exists costs no query.

const read = (db: Parameters<Mutation<unknown>['returning']>[0]) => db.select({ id: sql<number>`1`.as('id') }).from(singleRow)
const mutation = {
  event: { subject: 'organisation', verb: 'updated' },
  guards: [],
  audit: { verb: 'updated', target: '/api/organisation' },
  conditionalOn: [{ read, render: () => '{}', exists: () => sql`true` }],
  statements: () => [],
  returning: read,
} satisfies Mutation<unknown>

test.each([
  [{ ifMatch: '*' }, 0],
  [{ ifNoneMatch: '*' }, 0],
  [{ ifMatch: '*', ifNoneMatch: '*' }, 0],
  [{ ifNoneMatch: ['"other"'] }, 1],
] as const)('compareTags with the conditions %j sends %i batches', async (conditions, expected) => {
  const { isolate, batches } = makeScriptedIsolate(() => [[{ id: 1 }]])
  const compared = await compareTags(isolate, mutation, [], conditions)
  expect([batches.length, 'unchanged' in compared && compared.unchanged.length]).toEqual([expected, expected])
})
