import { env } from 'cloudflare:workers'
import { describe, expect, test } from 'vitest'
import { runCron } from '../../../src/jobs/cron.ts'
import { encrypt, decrypt } from '../../../src/commands/encryption.ts'
import { LIMITS } from '../../../src/schemas/limits.ts'
import { useFaultyHarness } from '../../support/faulty-harness.ts'
import type { FaultyHarness } from '../../support/faulty-harness.ts'
import { addKey } from '../../support/harness.ts'
import { contentOf, KEY, replayedHeader, sprocket, totals, withKey } from '../../support/idempotency.ts'
import { problemOf } from '../../support/problem.ts'

// Promise: the records of `Idempotency-Key` are bounded for each API key, end after 24 hours, and reveal neither the key nor the response.

let harness: FaultyHarness['harness']
useFaultyHarness((created) => ({ harness } = created))

const countSprockets = async () => ((await (await harness.viewer.get('/api/sprockets?limit=1')).json()) as { count: number }).count
describe('the idempotency records of an API key', () => {
  const fill = (records: number, bytes: number) =>
    env.DB.prepare('update idempotency_totals set records = ?, bytes = ?').bind(records, bytes).run()

  test('idempotency_totals counts the records and bytes of a key when records are added, filled and deleted', async () => {
    await harness.engineer.post('/api/sprockets', sprocket, KEY)
    await harness.engineer.post('/api/sprockets', sprocket, withKey('two'))
    await harness.drain()
    await harness.engineer.post('/api/sprockets', sprocket, KEY)
    await harness.drain()
    const stored = await env.DB.prepare('select count(*) as records, sum(length(response)) as bytes from idempotency_records').first()
    expect(await totals()).toEqual([stored])
    await env.DB.prepare(
      'update idempotency_records set at = at - 86500000 where commit_id = (select min(commit_id) from idempotency_records)',
    ).run()
    await runCron(harness.isolate, harness.clock.now())
    expect(await totals()).toEqual([
      await env.DB.prepare('select count(*) as records, sum(length(response)) as bytes from idempotency_records').first(),
    ])
    await env.DB.prepare('update idempotency_records set at = at - 86500000').run()
    await runCron(harness.isolate, harness.clock.now())
    expect(await totals()).toEqual([{ records: 0, bytes: 0 }])
  })

  test('a request over the limit of records gets 429, but a repeated request or one without a key succeeds', async () => {
    await addKey(1, 'colleague', 'engineer')
    const first = await contentOf(await harness.engineer.post('/api/sprockets', sprocket, KEY))
    await harness.drain()
    const countBefore = await countSprockets()
    await fill(LIMITS.idempotencyRecords, 0)
    const rejected = await harness.engineer.post('/api/sprockets', sprocket, withKey('next'))
    expect((await problemOf(rejected, 429)).detail).toContain(`${LIMITS.idempotencyRecords.toLocaleString('en')} per API key in 24 hours`)
    expect(rejected.headers.get('Retry-After')).toBe('3600')
    expect(await countSprockets()).toBe(countBefore)
    expect(await contentOf(await harness.engineer.post('/api/sprockets', sprocket, KEY))).toEqual(first)
    expect((await harness.engineer.post('/api/sprockets', sprocket)).status).toBe(201)
    expect((await harness.as('colleague').post('/api/sprockets', sprocket, withKey('next'))).status).toBe(201)
    await fill(LIMITS.idempotencyRecords - 1, 0)
    expect((await harness.engineer.post('/api/sprockets', sprocket, withKey('next'))).status).toBe(201)
  })

  test('a repeated request gets a response that is built again if the key has no bytes left to store it', async () => {
    await harness.engineer.post('/api/sprockets', sprocket, withKey('first'))
    await harness.drain()
    await fill(1, LIMITS.idempotencyBytes - 20)
    const first = await harness.engineer.post('/api/sprockets', sprocket, KEY)
    await harness.drain()
    expect(await totals()).toEqual([{ records: 2, bytes: LIMITS.idempotencyBytes - 20 }])
    const repeated = await harness.engineer.post('/api/sprockets', sprocket, KEY)
    expect([replayedHeader(repeated), await repeated.text(), repeated.headers.get('Location')]).toEqual([
      'true',
      await first.text(),
      first.headers.get('Location'),
    ])
  })
})

test('an Idempotency-Key can be used again after 24 hours', async () => {
  const first = (await harness.engineer.post('/api/sprockets', sprocket, KEY)).headers.get('Location')
  await harness.drain()
  const ageTo = async (ms: number) => {
    await env.DB.prepare('update idempotency_records set at = ?')
      .bind(harness.clock.now() - ms)
      .run()
    await runCron(harness.isolate, harness.clock.now())
  }
  await ageTo(86_300_000)
  expect((await harness.engineer.post('/api/sprockets', sprocket, KEY)).headers.get('Location')).toBe(first)
  await ageTo(86_500_000)
  expect((await harness.engineer.post('/api/sprockets', sprocket, KEY)).headers.get('Location')).not.toBe(first)
})

test('idempotency records contain neither the Idempotency-Key nor the response in plain text', async () => {
  await harness.engineer.post('/api/sprockets', sprocket, KEY)
  await harness.drain()
  const row = await env.DB.prepare('select * from idempotency_records').first<{ key_hash: number[]; response: number[] }>()
  const textOf = (bytes: number[]) => new TextDecoder().decode(Uint8Array.from(bytes))
  expect(row!.key_hash.length).toBe(32)
  expect(textOf(row!.key_hash)).not.toContain('8e03978e')
  expect(textOf(row!.response)).not.toContain('teeth')
  const encrypted = await encrypt('secret', 'text')
  expect(await decrypt('secret', encrypted)).toBe('text')
  await expect(decrypt('another', encrypted)).rejects.toThrow()
})
