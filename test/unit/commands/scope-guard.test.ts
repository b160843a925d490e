import { expect, test } from 'vitest'
import { scopeGuards } from '../../../src/commands/scope-guard.ts'
import { dialect } from '../../../src/db/dialect.ts'
import type { DomainEvent } from '../../../src/db/domain-events.ts'

// Promise: a write needs a key whose scope contains every factory that it affects, or the whole organisation.

const actor = { organisationPk: 1, key: { pk: 7, role: 'admin' as const }, requestId: 'request-1', userAgent: null, country: null }

test.each<[event: DomainEvent, scope: number[] | null, code: string, detail: string]>([
  [{ subject: 'readings', verb: 'appended', factories: [1] }, [1], 'not-found', 'Factory 1'],
  [{ subject: 'readings', verb: 'appended', factories: [1, 2] }, [1, 2], 'conflict', 'lost access'],
  [{ subject: 'schedule', verb: 'replaced', factory: 1 }, [1], 'not-found', 'Factory 1'],
  [{ subject: 'stop-annotation', verb: 'created', factory: 1 }, [1], 'not-found', 'Factory 1'],
  [{ subject: 'stop-annotation', verb: 'deleted', factory: 1, annotation: 5 }, [1], 'not-found', 'Stop annotation 5'],
  [{ subject: 'factory', verb: 'updated', factory: 1 }, [1], 'not-found', 'Factory 1'],
  [{ subject: 'factory', verb: 'created' }, null, 'forbidden', 'all of them'],
  [{ subject: 'sprocket', verb: 'updated', sprocket: 1 }, null, 'forbidden', 'all of them'],
  [{ subject: 'stop-reasons', verb: 'replaced' }, null, 'forbidden', 'all of them'],
  [{ subject: 'organisation', verb: 'updated' }, null, 'forbidden', 'all of them'],
])('scopeGuards requires for %j the scope %j', (event, scope, code, detail) => {
  const [guard, ...more] = scopeGuards(actor, event)
  expect([guard!.keyPk, more]).toEqual([7, []])
  expect(guard!.problem()).toMatchObject({ code, message: expect.stringContaining(detail) as string })
  const { sql, params } = dialect.sqlToQuery(guard!.condition)
  const text = scope === null ? null : JSON.stringify(scope)
  expect([sql.split('null is not null').length - 1, params]).toEqual(scope === null ? [1, []] : [0, [text, text]])
})

test('scopeGuards requires no scope of a change of keys, which compares the keys itself, and of the operator', () => {
  expect(scopeGuards(actor, { subject: 'key', verb: 'updated', key: 1 })).toEqual([])
  expect(scopeGuards({ ...actor, key: null }, { subject: 'sprocket', verb: 'created' })).toEqual([])
})
