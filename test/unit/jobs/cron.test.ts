import { expect, test } from 'vitest'
import { allJobs, cacheJobs, runCron } from '../../../src/jobs/cron.ts'
import { makeScriptedIsolate } from '../../support/scripted-d1.ts'

// Promise: cron runs the jobs of a minute one after the other, and a failed job stops no other one.

const CACHE = ['expire', 'lease', 'publish']
const OTHERS = ['renew', 'retain', 'purge', 'sweep', 'trim', 'move', 'idempotency']
const namesOf = (jobs: [string, unknown][]) => jobs.map(([name]) => name)

test.each([1, 2, 3, 4, 6, 59, 61])('minute %i has neither reconcile nor the sweep of time zones', (minute) => {
  expect(namesOf(cacheJobs(minute))).toEqual(CACHE)
  expect(namesOf(allJobs(minute))).toEqual([...CACHE, ...OTHERS])
})

test.each([0, 5, 10, 15, 30, 60])('minute %i has reconcile, before publish', (minute) => {
  expect(namesOf(cacheJobs(minute))).toEqual(['expire', 'lease', 'reconcile', 'publish'])
})

test.each([
  [0, true],
  [30, false],
  [60, true],
  [90, false],
  [120, true],
])('minute %i has the sweep of time zones: %s', (minute, isDue) => {
  expect(namesOf(allJobs(minute)).includes('sweepZones')).toBe(isDue)
})

test('runCron runs the jobs of the scheduled minute in order, records its end, and logs all results', async () => {
  const lines: string[] = []
  const { isolate, batches } = makeScriptedIsolate(() => [[]])
  const trace: unknown[] = []
  const job = (name: string, end: () => unknown) => async (): Promise<unknown> => {
    trace.push(`${name} begins`)
    await Promise.resolve()
    trace.push(`${name} ends`)
    return end()
  }
  const results = await runCron({ ...isolate, log: (line) => lines.push(line) }, 7 * 60_000 + 59_999, (minute) => {
    trace.push(minute)
    return [
      ['one', job('one', () => 1)],
      [
        'two',
        job('two', () => {
          throw new Error('spk_0123456789abcdefghijklmnopqrstuvwxyz broken')
        }),
      ],
      ['three', job('three', () => ({ done: 3 }))],
    ]
  })
  expect(trace).toEqual([7, ...['one', 'two', 'three'].flatMap((name) => [`${name} begins`, `${name} ends`])])
  expect(results).toMatchObject({ one: 1, two: { failed: expect.stringMatching(/broken/) as string }, three: { done: 3 } })
  expect(JSON.stringify(results)).not.toContain('0123456789abcdef')
  expect(Object.keys(results)).toEqual(['one', 'two', 'three', 'beat'])
  expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual([{ cron: JSON.parse(JSON.stringify(results)) as unknown }])
  expect(batches.map(([first]) => first!.sql)).toEqual([expect.stringContaining('insert into "heartbeat"')])
})

test('runCron records its end only after the last job', async () => {
  const { isolate, batches } = makeScriptedIsolate(() => [[]])
  let recorded = -1
  await runCron(isolate, 0, () => [['last', async () => void (recorded = batches.length)]])
  expect([recorded, batches.length]).toEqual([0, 1])
})
