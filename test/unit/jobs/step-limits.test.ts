import { expect, test } from 'vitest'
import { moveOldAuditEntries } from '../../../src/jobs/move-audit-entries.ts'
import { renewZones } from '../../../src/jobs/renew-time-zones.ts'
import { sweepSeries } from '../../../src/jobs/sweep-series.ts'
import { trimAuditLog } from '../../../src/jobs/trim-audit-log.ts'
import { trimOldReadings } from '../../../src/jobs/trim-readings.ts'
import { parseConfig } from '../../../src/runtime/config.ts'
import type { Isolate } from '../../../src/runtime/isolate.ts'
import { makeScriptedIsolate } from '../../support/scripted-d1.ts'
import type { ReceivedStatement } from '../../support/scripted-d1.ts'

// Promise: a job begins a step only if the run has operations left for its statements and the step before has ended. It begins 20 steps
// at most, so that it delays no other job for long.

const STEPS = 20
const RESERVED = 16
/** The rows with which D1 responds to each batch, as if work were always left. */
const ZONE = [{ timeZone: 'UTC', renew: 1, periods: '[]' }]
const CHANGED_ZONE = [{ timeZone: 'UTC', renew: 2, periods: '[]' }]
const FACTORY = [{ pk: 1, id: 1, organisationPk: 1 }]
const DUE_SERIES = [{ organisationPk: 1, factory: 1, isTrimmable: 1 }]
const DUE_LOG = [{ organisationPk: 1, end: 2, appendedFrom: 0, appendedEnd: 2 }]
const ROW = [{ row: 1 }]

const JOBS: [name: string, job: (isolate: Isolate) => Promise<unknown>, operations: number, rows: Record<string, unknown>[][]][] = [
  ['renewZones', renewZones, 20, [ZONE, []]],
  ['renewZones with factories', renewZones, 20, [CHANGED_ZONE, FACTORY]],
  ['trimOldReadings', trimOldReadings, 20, [[], DUE_SERIES]],
  ['sweepSeries', sweepSeries, 4, [ROW, ROW, ROW, ROW]],
  ['trimAuditLog', trimAuditLog, 4, [DUE_LOG, ROW, []]],
  ['moveOldAuditEntries', moveOldAuditEntries, 4, [[{ row: 9 }], [], ROW]],
]

/** Runs a job in a run with this number of operations left. Returns the number of its steps, and the largest number of statements of one. */
const run = async (job: (isolate: Isolate) => Promise<unknown>, rows: Record<string, unknown>[][], operations: number) => {
  const firsts: string[] = []
  const sent: number[] = []
  const respond = (_: unknown, batch: ReceivedStatement[]) => {
    const { sql } = batch[0]!
    firsts.push(sql)
    if (sql === firsts[0]) sent.push(0)
    sent.push(sent.pop()! + batch.length)
    isolate.usage.begun += batch.length
    return rows
  }
  const scripted = makeScriptedIsolate(respond).isolate
  const session = scripted.database.withSession('first-primary')
  let running = 0
  const batch = async (statements: D1PreparedStatement[]) => {
    expect(++running, 'one batch at a time').toBe(1)
    const results = await session.batch(statements)
    await new Promise((resolve) => setTimeout(resolve))
    running--
    return results
  }
  const one = { prepare: (text: string) => session.prepare(text), batch, getBookmark: () => null }
  const database = { withSession: () => one } as unknown as D1Database
  const isolate = { ...scripted, database, config: parseConfig({ RETENTION_DAYS: '1' }) }
  isolate.usage.begun = isolate.config.maxOperations - operations
  await job(isolate)
  expect(running).toBe(0)
  return { steps: sent.length, statements: Math.max(0, ...sent) }
}

test.each(JOBS)('%s runs 20 steps at most', async (_, job, operations, rows) => {
  const { steps, statements } = await run(job, rows, 800)
  expect(steps).toBe(STEPS)
  expect(statements).toBeLessThanOrEqual(operations)
})

test.each(JOBS.filter(([name]) => name !== 'sweepSeries'))(
  '%s begins a step only if its operations are left',
  async (_, job, operations, rows) => {
    expect((await run(job, rows, RESERVED + operations)).steps).toBe(1)
    expect((await run(job, rows, RESERVED + operations - 1)).steps).toBe(0)
  },
)

test('sweepSeries always begins one step, and further ones only if their operations are left', async () => {
  const [, job, operations, rows] = JOBS.find(([name]) => name === 'sweepSeries')!
  const stepsWith = async (left: number) => (await run(job, rows, left)).steps
  expect([await stepsWith(0), await stepsWith(RESERVED + 2 * operations - 1), await stepsWith(RESERVED + 2 * operations)]).toEqual([
    1, 1, 2,
  ])
})

test('trimOldReadings commits nothing for a series that has no readings to trim, or whose readings must stay', async () => {
  const rows = [[], [{ ...DUE_SERIES[0], isTrimmable: 0 }]]
  // Two statements find the series. A commit has more.
  expect(await run(trimOldReadings, rows, 800)).toEqual({ steps: STEPS, statements: 2 })
})
