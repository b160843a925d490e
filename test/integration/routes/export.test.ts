import { env } from 'cloudflare:workers'
import fc from 'fast-check'
import { beforeAll, expect, test } from 'vitest'
import { createApp } from '../../../src/app.ts'
import { createHarness, apiKeyOf, SEED } from '../../support/harness.ts'
import type { Harness } from '../../support/harness.ts'
import { problemOf } from '../../support/problem.ts'
import { columnsOf, SeriesModel } from '../../support/series-model.ts'
import type { Stored } from '../../support/series-model.ts'

let harness: Harness
beforeAll(async () => {
  harness = await createHarness()
})

const addFactory = async (readings: Stored[]) => {
  const created = await harness.engineer.post('/api/factories', {})
  const { id } = ((await created.json()) as { factory: { id: number } }).factory
  for (let n = 0; n < readings.length; n += 5_000)
    await harness.operator.post(`/api/factory/${id}/chart-data`, columnsOf(readings.slice(n, n + 5_000)))
  return id
}
const exported = async (id: number, query = '') => {
  const response = await harness.viewer.get(`/api/factory/${id}/export?format=ndjson${query}`)
  return (await response.text())
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as Stored)
}
const long = Array.from({ length: 12_000 }, (_, n): Stored => ({ time: n * 60, actual: n % 7 ? n : null, goal: n % 3 ? 5 : null }))

test('a series of any length comes out as it went in, and goes on from where it broke off', async () => {
  const id = await addFactory(long)
  expect(await exported(id)).toEqual(long)
  expect(await exported(id, `&from=${60 * 6_000}`)).toEqual(long.slice(6_000))
  expect(await exported(id, `&from=60&to=${60 * 10_001}`)).toEqual(long.slice(1, 10_001))
  expect(await exported(await addFactory(long.slice(0, 5_000)))).toEqual(long.slice(0, 5_000))
})

test('what is exported is what was written, whatever was written', async () => {
  const figure = fc.constantFrom(null, 0, 7)
  const reading = fc.record({ time: fc.integer({ min: -50, max: 50 }), actual: figure, goal: figure })
  const span = fc.integer({ min: -60, max: 60 })
  await fc.assert(
    fc.asyncProperty(fc.array(fc.array(reading, { maxLength: 20 }), { maxLength: 3 }), span, span, async (writes, a, b) => {
      const [id, model] = [await addFactory([]), new SeriesModel()]
      for (const readings of writes) {
        model.upsert(readings)
        await harness.operator.post(`/api/factory/${id}/chart-data`, { readings })
      }
      const [from, to] = [Math.min(a, b), Math.max(a, b) + 1]
      expect(await exported(id)).toEqual(model.all())
      expect(await exported(id, `&from=${from}&to=${to}`)).toEqual(model.all().filter(({ time }) => time >= from && time < to))
    }),
    { numRuns: 20 },
  )
})

test('CSV is what is sent unless something else is asked for, and it is what can be sent in', async () => {
  const path = '/api/factory/1/export'
  const csv = await harness.viewer.get(path)
  expect(csv.headers.get('Content-Type')).toBe('text/csv; charset=utf-8; header=present')
  expect(csv.headers.get('Content-Disposition')).toBe('attachment; filename="factory-1.csv"')
  const text = await csv.text()
  expect(text).toBe(await (await harness.viewer.get('/api/factory/1/chart-data?format=csv')).text())
  const id = await addFactory([])
  await harness.operator.send('POST', `/api/factory/${id}/chart-data`, { body: text, headers: { 'Content-Type': 'text/csv' } })
  expect(await (await harness.viewer.get(`/api/factory/${id}/chart-data`)).json()).toEqual(SEED.factories[1]!.factory.chart_data)
  const lines = await harness.viewer.get(path, { Accept: 'application/x-ndjson' })
  expect(lines.headers.get('Content-Type')).toBe('application/x-ndjson')
  await lines.text()
})

/** An export that nobody has read yet: every response that an actor gets has been read to its end. */
const unread = async (id: number) => {
  const headers = { Authorization: `Bearer ${apiKeyOf('viewer')}` }
  const context = { waitUntil: () => {}, passThroughOnException: () => {}, props: {} } as unknown as ExecutionContext
  const response = await createApp(harness.isolate).fetch(new Request(`https://api.test/api/factory/${id}/export`, { headers }), env, context)
  return response.body!.getReader()
}
const length = ({ value }: ReadableStreamReadResult<Uint8Array>) => new TextDecoder().decode(value).split('\n').length - 1

test('no more is read than is taken', async () => {
  const id = await addFactory(long)
  const reader = await unread(id)
  expect(length(await reader.read())).toBe(5_001)
  // Had the second page been read by now, it would not have this.
  await harness.operator.put(`/api/factory/${id}/chart-data/${60 * 5_000}`, { actual: 77 })
  expect(new TextDecoder().decode((await reader.read()).value)).toMatch(/^300000,1970-01-04T11:20:00Z,77,/)
  expect(length(await reader.read())).toBe(2_000)
  expect((await reader.read()).done).toBe(true)
})

test('a series that is replaced meanwhile breaks off rather than end as if it were whole', async () => {
  const id = await addFactory(long)
  const reader = await unread(id)
  await reader.read()
  await harness.engineer.put(`/api/factory/${id}/chart-data`, { readings: [] })
  await expect(reader.read()).rejects.toThrow('replaced')
})

test('what makes no sense is refused before anything is sent', async () => {
  expect((await harness.viewer.get('/api/factory/99/export')).status).toBe(404)
  for (const query of ['from=x', 'from=5&to=5', 'format=xlsx'])
    await problemOf(await harness.viewer.get(`/api/factory/1/export?${query}`), 400)
})

test('what is streamed is not held back for a digest of it', async () => {
  const response = await harness.viewer.get('/api/factory/1/export', { 'Want-Repr-Digest': 'sha-256=1' })
  expect(response.headers.has('Repr-Digest')).toBe(false)
  expect((await response.text()).split('\n')[0]).toContain('time')
})
