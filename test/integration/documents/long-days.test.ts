import { beforeAll, expect, test } from 'vitest'
import { createHarness } from '../../support/harness.ts'
import type { Harness } from '../../support/harness.ts'
import { addFactory, at, DAYS } from '../../support/shift-factories.ts'

// Promise: a shift or a day of 25 hours keeps its stops, also if only its last hour is in the requested span.

let harness: Harness
beforeAll(async () => {
  harness = await createHarness()
})

const ZONE = 'Europe/Berlin'
/** The day on which the clock of Berlin goes back, from Saturday 22:00 to Sunday 23:00 of UTC. */
const LONG_DAY = [at('2026-10-24T22:00'), at('2026-10-25T23:00')] as const
const MINUTE = 60

/** Sends readings every five minutes of 25 hours and more. The machine stands still in the first 25 minutes, and in the last 25 minutes. */
const sendReadings = async (factory: string, newest: number) => {
  const [from, to] = LONG_DAY
  const isStopped = (time: number) => time < from + 25 * MINUTE || (time >= to - 25 * MINUTE && time < to)
  const count = (newest - from) / (5 * MINUTE) + 1
  const readings = Array.from({ length: count + 12 }, (_, n) => newest - n * 5 * MINUTE).map((time) => ({
    time,
    actual: time >= from && isStopped(time) ? 0 : 3,
    goal: 3,
  }))
  expect((await harness.operator.post(`${factory}/chart-data`, { readings })).status).toBe(200)
}
const read = async <Body>(path: string) => {
  const response = await harness.viewer.get(path)
  expect(response.status).toBe(200)
  return response.json<Body>()
}

test.each(['2026-10-26T22:20', '2026-10-26T22:50'])(
  'the report of OEE by day has all stops of a day of 25 hours if the newest reading is at %s',
  async (newest) => {
    const factory = (await harness.engineer.post('/api/factories', { time_zone: ZONE })).headers.get('Location')!
    await sendReadings(factory, at(newest))
    const { items } = await read<{ items: object[] }>(`${factory}/oee?last=day&resolution=day`)
    expect(items[0]).toMatchObject({ date: '2026-10-25', stops: { unexplained_seconds: 2 * 25 * MINUTE } })
  },
)

test('the list of shifts has all stops of a shift of 25 hours of which the last minutes are in the span', async () => {
  const factory = await addFactory(harness, [{ start: '00:00', end: '00:00', days: DAYS }], [], ZONE)
  await sendReadings(factory, at('2026-10-26T22:50'))
  const { shifts } = await read<{ shifts: object[] }>(`${factory}/shifts`)
  expect(shifts).toMatchObject([{ date: '2026-10-25', stops: { unexplained_seconds: 2 * 25 * MINUTE } }, { date: '2026-10-26' }])
})

test('the summary has all stops of a current shift of 25 hours in its last hour', async () => {
  const factory = await addFactory(harness, [{ start: '00:00', end: '00:00', days: DAYS }], [], ZONE)
  await sendReadings(factory, LONG_DAY[1] - 5 * MINUTE)
  const { shift } = await read<{ shift: object }>(`${factory}/summary`)
  expect(shift).toMatchObject({ date: '2026-10-25', stops: { unexplained_seconds: 25 * MINUTE + 20 * MINUTE } })
})

test('a stop that begins in a shift of 25 hours before the span counts in the next shift', async () => {
  const factory = await addFactory(harness, [{ start: '00:00', end: '00:00', days: DAYS }], [], ZONE)
  const to = LONG_DAY[1]
  // The stop has three minutes in each shift, so it is long enough only with both.
  const readings = Array.from({ length: 1_440 }, (_, n) => to + 23 * 3_600 + 55 * MINUTE - n * MINUTE).map((time) => ({
    time,
    actual: time >= to - 3 * MINUTE && time < to + 3 * MINUTE ? 0 : 3,
  }))
  expect((await harness.operator.post(`${factory}/chart-data`, { readings })).status).toBe(200)
  const { shifts } = await read<{ shifts: object[] }>(`${factory}/shifts?from=${to}&to=${to + 86_400}`)
  expect(shifts).toMatchObject([{ date: '2026-10-26', stops: { unexplained_seconds: 3 * MINUTE } }])
})
