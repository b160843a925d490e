import { env } from 'cloudflare:workers'
import { beforeEach, describe, expect, test } from 'vitest'
import { kvKey, PAYLOAD_VERSION } from '../../../src/documents/path.ts'
import { createHarness, newIsolate } from '../../support/harness.ts'
import type { Harness } from '../../support/harness.ts'
import { columnsOf } from '../../support/series-model.ts'

// Promise: the default view is the newest 500 readings. Its Link leads to the older ones, from the database, KV and memory alike.

const chart = '/api/factory/1/chart-data'
const FIRST = 1_500_000_000
const readings = Array.from({ length: 1_100 }, (_, n) => ({ time: FIRST + 60 * n, actual: n % 40, goal: n % 7 ? 30 : null }))

let harness: Harness
beforeEach(async () => {
  harness = await createHarness()
})

/** Replaces the series of the factory by these readings. */
const setReadings = async (from: number, to: number) => {
  expect((await harness.engineer.put(chart, { readings: readings.slice(from, to) })).status).toBe(200)
  await harness.drain()
}
const linkOf = ({ headers }: Response) => headers.get('Link')
const prevLink = (time: number, parameters = '') => `<${chart}?${parameters}to=${time}>; rel="prev"`
const statusOf = ({ headers }: Response) => headers.get('Cache-Status')
/** Returns clients of another isolate, which has nothing in memory and no recent commits. */
const elsewhere = (more = {}) => harness.elsewhere(newIsolate(harness.clock, more))

describe('the Link of the default view', () => {
  test('the default view sends the same Link from D1, KV and memory, with 200 and 304', async () => {
    await setReadings(0, 1_100)
    const link = prevLink(readings[600]!.time)
    const here = elsewhere({ MEMORY_SECONDS: '5' })
    const miss = await here.viewer.get(chart)
    await here.drain()
    const there = elsewhere()
    const hit = await there.viewer.get(chart)
    const memory = await here.viewer.get(chart)
    const known = await there.viewer.get(chart, { 'If-None-Match': hit.headers.get('ETag')! })
    expect([miss, hit, memory, known].map((response) => [response.status, statusOf(response), linkOf(response)])).toEqual([
      [200, 'kv; fwd=miss', link],
      [200, 'kv; hit', link],
      [200, 'memory; hit', link],
      [304, 'kv; hit', link],
    ])
    expect(await hit.json()).toEqual(columnsOf(readings.slice(600)))
    expect(new Set([miss, hit, memory].map(({ headers }) => headers.get('ETag'))).size).toBe(1)
  })

  test.each(['rows', 'csv'])('the default view sends a Link with format=%s', async (format) => {
    await setReadings(0, 501)
    for (const status of ['kv; fwd=miss', 'kv; hit']) {
      const here = elsewhere()
      const response = await here.viewer.get(`${chart}?format=${format}`)
      await here.drain()
      expect([statusOf(response), linkOf(response)]).toEqual([status, prevLink(readings[1]!.time, `format=${format}&`)])
    }
    const limited = await harness.viewer.get(`${chart}?format=${format}&limit=500`)
    expect(linkOf(limited)).toBe(prevLink(readings[1]!.time, `format=${format}&limit=500&`))
  })

  test.each([0, 1, 499, 500])('the default view sends no Link for a series of %s readings', async (length) => {
    await setReadings(0, length)
    for (const query of ['', '?format=rows', '?format=csv', '?last=year'])
      expect(linkOf(await harness.viewer.get(`${chart}${query}`)), query).toBe(null)
  })

  test('the pages that follow Link from the default view contain every reading once', async () => {
    await setReadings(0, 1_100)
    const times: number[] = []
    for (let next: string | undefined = chart; next;) {
      const response: Response = await harness.viewer.get(next)
      times.unshift(...((await response.json()) as { time: number[] }).time)
      next = /^<(.+)>; rel="prev"$/.exec(linkOf(response) ?? '')?.[1]
    }
    expect(times).toEqual(readings.map(({ time }) => time))
  })
})

describe('a cache entry whose bytes stay the same', () => {
  const tagAndLink = async () => {
    const response = await elsewhere().viewer.get(chart)
    await response.text()
    return [response.headers.get('ETag'), linkOf(response), statusOf(response)] as const
  }

  test('the Link and the entity tag of the cached default view change when an older reading is added and deleted', async () => {
    await setReadings(1, 501)
    const reader = elsewhere()
    await reader.viewer.get(chart)
    await reader.drain()
    const [firstTag, noLink, status] = await tagAndLink()
    expect([noLink, status]).toEqual([null, 'kv; hit'])
    await harness.operator.post(chart, readings[0])
    await harness.drain()
    const [secondTag, link] = await tagAndLink()
    expect(link).toBe(prevLink(readings[1]!.time))
    expect(secondTag).not.toBe(firstTag)
    await harness.operator.delete(`${chart}/${readings[0]!.time}`)
    await harness.drain()
    expect(await tagAndLink()).toEqual([firstTag, null, 'kv; hit'])
  })
})

describe('the entity tag of a write', () => {
  test('a write sends the entity tag of GET, and PUT with If-Match takes it', async () => {
    await setReadings(0, 501)
    const { headers } = await harness.viewer.get(chart)
    const [tag, stale] = [headers.get('ETag')!, '"AAAAAAAAAAAAAAAAAAAAAA"']
    const preferred = await harness.operator.post(chart, readings[0], { Prefer: 'return=representation' })
    expect(preferred.headers.get('ETag')).toBe(tag)
    expect((await harness.engineer.put(chart, { readings }, { 'If-Match': stale })).status).toBe(412)
    const put = await harness.engineer.put(chart, { readings }, { 'If-Match': tag })
    expect([put.status, put.headers.get('ETag')]).toEqual([200, (await elsewhere().viewer.get(chart)).headers.get('ETag')])
    expect(put.headers.get('ETag')).not.toBe(tag)
  })
})

describe('an entry in KV that is invalid', () => {
  const rereadWith = async (
    change: (metadata: Record<string, unknown>) => Record<string, unknown>,
    key = kvKey(`1${chart}`, PAYLOAD_VERSION),
  ) => {
    const { value, metadata } = await env.CACHE.getWithMetadata<Record<string, unknown>>(kvKey(`1${chart}`, PAYLOAD_VERSION))
    expect(metadata).toMatchObject({ previousPageEnd: readings[1]!.time })
    await env.CACHE.delete(kvKey(`1${chart}`, PAYLOAD_VERSION))
    await env.CACHE.put(key, value!, { metadata: change(metadata!) })
    const response = await elsewhere().viewer.get(chart)
    return [linkOf(response), statusOf(response)]
  }
  beforeEach(async () => {
    await setReadings(0, 501)
    await harness.viewer.get(chart)
    await harness.drain()
  })

  test('the default view is rendered again if the entry is of another payload version', async () => {
    const toVersion1 = ({ previousPageEnd: _, ...rest }: Record<string, unknown>) => ({ ...rest, version: 1 })
    expect(await rereadWith(toVersion1, kvKey(`1${chart}`, 1))).toEqual([prevLink(readings[1]!.time), 'kv; fwd=miss'])
  })

  test('the default view is rendered again if previousPageEnd of the entry is not a time', async () => {
    expect(await rereadWith((metadata) => ({ ...metadata, previousPageEnd: '"><script>' }))).toEqual([
      prevLink(readings[1]!.time),
      'kv; fwd=miss',
    ])
  })
})
