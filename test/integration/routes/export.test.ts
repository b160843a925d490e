import { env } from 'cloudflare:workers'
import fc from 'fast-check'
import { beforeAll, expect, test } from 'vitest'
import { createApp } from '../../../src/app.ts'
import { createHarness, apiKeyOf, SEED } from '../../support/harness.ts'
import type { Harness } from '../../support/harness.ts'
import { problemOf } from '../../support/problem.ts'
import { columnsOf, SeriesModel } from '../../support/series-model.ts'
import type { Stored } from '../../support/series-model.ts'

// Promise: `GET /api/factory/{id}/export` is complete in any length, read page by page, and never cut off silently.

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
const readExport = async (id: number, query = '') => {
  const response = await harness.viewer.get(`/api/factory/${id}/export?format=ndjson${query}`)
  return (await response.text())
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as Stored)
}
const long = Array.from({ length: 12_000 }, (_, n): Stored => ({ time: n * 60, actual: n % 7 ? n : null, goal: n % 3 ? 5 : null }))

test('an export contains the series as it was written, from any time and of any length', async () => {
  const id = await addFactory(long)
  expect(await readExport(id)).toEqual(long)
  expect(await readExport(id, `&from=${60 * 6_000}`)).toEqual(long.slice(6_000))
  expect(await readExport(id, `&from=60&to=${60 * 10_001}`)).toEqual(long.slice(1, 10_001))
  expect(await readExport(await addFactory(long.slice(0, 5_000)))).toEqual(long.slice(0, 5_000))
})

test('an export equals the model after any writes, in any range', async () => {
  const value = fc.constantFrom(null, 0, 7)
  const reading = fc.record({ time: fc.integer({ min: -50, max: 50 }), actual: value, goal: value })
  const span = fc.integer({ min: -60, max: 60 })
  await fc.assert(
    fc.asyncProperty(fc.array(fc.array(reading, { maxLength: 20 }), { maxLength: 3 }), span, span, async (writes, a, b) => {
      const [id, model] = [await addFactory([]), new SeriesModel()]
      for (const readings of writes) {
        model.upsert(readings)
        await harness.operator.post(`/api/factory/${id}/chart-data`, { readings })
      }
      const [from, to] = [Math.min(a, b), Math.max(a, b) + 1]
      expect(await readExport(id)).toEqual(model.all())
      expect(await readExport(id, `&from=${from}&to=${to}`)).toEqual(model.all().filter(({ time }) => time >= from && time < to))
    }),
    { numRuns: 20 },
  )
})

test('an export is CSV by default, and its CSV can be posted back', async () => {
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

/** Returns a reader of an export of which no byte has been read. The harness reads each response to its end, so it is not used. */
const openExport = async (id: number) => {
  const headers = { Authorization: `Bearer ${apiKeyOf('viewer')}` }
  const context = { waitUntil: () => {}, passThroughOnException: () => {}, props: {} } as unknown as ExecutionContext
  const response = await createApp(harness.isolate).fetch(
    new Request(`https://api.test/api/factory/${id}/export`, { headers }),
    env,
    context,
  )
  return response.body!.getReader()
}
const lineCount = ({ value }: ReadableStreamReadResult<Uint8Array>) => new TextDecoder().decode(value).split('\n').length - 1

test('an export reads a page from the database only when the client takes it', async () => {
  const id = await addFactory(long)
  const reader = await openExport(id)
  expect(lineCount(await reader.read())).toBe(5_001)
  // The second page has not been read yet, so it contains this value.
  await harness.operator.put(`/api/factory/${id}/chart-data/${60 * 5_000}`, { actual: 77 })
  expect(new TextDecoder().decode((await reader.read()).value)).toMatch(/^300000,1970-01-04T11:20:00Z,77,/)
  expect(lineCount(await reader.read())).toBe(2_000)
  expect((await reader.read()).done).toBe(true)
})

test('an export ends with an error if the series is replaced while it is read', async () => {
  const id = await addFactory(long)
  const reader = await openExport(id)
  await reader.read()
  await harness.engineer.put(`/api/factory/${id}/chart-data`, { readings: [] })
  await expect(reader.read()).rejects.toThrow('replaced')
})

test('an export rejects a missing factory and invalid parameters before it sends a byte', async () => {
  expect((await harness.viewer.get('/api/factory/99/export')).status).toBe(404)
  for (const query of ['from=x', 'from=5&to=5', 'format=xlsx'])
    await problemOf(await harness.viewer.get(`/api/factory/1/export?${query}`), 400)
})

test('an export ignores Want-Repr-Digest, because a digest would need the whole body', async () => {
  const response = await harness.viewer.get('/api/factory/1/export', { 'Want-Repr-Digest': 'sha-256=1' })
  expect(response.headers.has('Repr-Digest')).toBe(false)
  expect((await response.text()).split('\n')[0]).toContain('time')
})
