import { env } from 'cloudflare:workers'
import { beforeEach, expect, test } from 'vitest'
import { ensureTimeZone } from '../../../src/local-time/offset-periods.ts'
import { sweepZones } from '../../../src/jobs/sweep-time-zones.ts'
import { openSession } from '../../../src/db/client.ts'
import { createHarness } from '../../support/harness.ts'
import type { Harness } from '../../support/harness.ts'

// Promise: each time zone is stored once, under its current name, and deleted when no factory has it.

let harness: Harness
beforeEach(async () => {
  harness = await createHarness()
})

const zones = async () =>
  (await env.DB.prepare('select distinct time_zone from time_zone_offsets order by 1').all<{ time_zone: string }>()).results.map(
    (row) => row.time_zone,
  )
const store = async (...names: string[]) => {
  const session = openSession(harness.isolate, 'first-primary')
  for (const name of names) await session.batch([ensureTimeZone(session.db, name)])
}

test('every spelling of a time zone is stored under one name', async () => {
  for (const time_zone of ['Europe/Berlin', 'europe/berlin', 'EUROPE/BERLIN', 'eUrOpE/bErLiN'])
    expect((await harness.engineer.post('/api/factories', { time_zone })).status).toBe(201)
  for (const time_zone of ['us/pacific', 'US/Pacific', 'PST8PDT', 'america/los_angeles'])
    expect((await harness.engineer.patch('/api/factory/1', { time_zone })).status).toBe(200)
  expect(await zones()).toEqual(['America/Los_Angeles', 'Europe/Berlin', 'UTC'])
})

test('sweepZones deletes zones that no factory has, a bounded number in each run', async () => {
  const unused = Intl.supportedValuesOf('timeZone').slice(0, 30)
  await store(...unused)
  expect(await sweepZones(harness.isolate)).toBe(20)
  expect(await sweepZones(harness.isolate)).toBe(10)
  expect(await sweepZones(harness.isolate)).toBe(0)
  expect(await zones()).toEqual(['UTC'])
})

test('sweepZones reads as many rows as there are zones, not as there are offsets', async () => {
  await store('Europe/Berlin', 'Europe/Paris', 'Asia/Tokyo')
  await harness.engineer.patch('/api/factory/1', { time_zone: 'Europe/Berlin' })
  await sweepZones(harness.isolate)
  const { meta } = await env.DB.prepare(
    `with recursive stored(time_zone) as (select min(time_zone) from time_zone_offsets
       union all select (select min(time_zone) from time_zone_offsets where time_zone > stored.time_zone) from stored where stored.time_zone is not null)
     select time_zone from stored`,
  ).run()
  expect(meta.rows_read).toBeLessThan(20)
})
