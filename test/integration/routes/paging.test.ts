import { env } from 'cloudflare:workers'
import { beforeEach, describe, expect, test } from 'vitest'
import { kvKey, PAYLOAD_VERSION } from '../../../src/documents/path.ts'
import { createHarness, newIsolate } from '../../support/harness.ts'
import type { Harness } from '../../support/harness.ts'
import { columnsOf } from '../../support/series-model.ts'

/** The default view is the newest 500 readings: how it goes on backwards, wherever it comes from. */
const chart = '/api/factory/1/chart-data'
const FIRST = 1_500_000_000
const readings = Array.from({ length: 1_100 }, (_, n) => ({ time: FIRST + 60 * n, actual: n % 40, goal: n % 7 ? 30 : null }))

let harness: Harness
beforeEach(async () => {
  harness = await createHarness()
})

/** Has the factory have these readings and no other. */
const have = async (from: number, to: number) => {
  expect((await harness.engineer.put(chart, { readings: readings.slice(from, to) })).status).toBe(200)
  await harness.settle()
}
const linkOf = ({ headers }: Response) => headers.get('Link')
const prev = (time: number, before = '') => `<${chart}?${before}to=${time}>; rel="prev"`
const statusOf = ({ headers }: Response) => headers.get('Cache-Status')
/** Another isolate, which has nothing in memory and has made no commit. */
const elsewhere = (more = {}) => harness.elsewhere(newIsolate(harness.clock, more))

describe('the default view says where it goes on backwards', () => {
  test('from the database, KV and memory alike, to who has it and who has not', async () => {
    await have(0, 1_100)
    const link = prev(readings[600]!.time)
    const here = elsewhere({ MEMORY_SECONDS: '5' })
    const miss = await here.viewer.get(chart)
    await here.settle()
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

  test.each(['rows', 'csv'])('as %s too', async (format) => {
    await have(0, 501)
    for (const status of ['kv; fwd=miss', 'kv; hit']) {
      const here = elsewhere()
      const response = await here.viewer.get(`${chart}?format=${format}`)
      await here.settle()
      expect([statusOf(response), linkOf(response)]).toEqual([status, prev(readings[1]!.time, `format=${format}&`)])
    }
    const limited = await harness.viewer.get(`${chart}?format=${format}&limit=500`)
    expect(linkOf(limited)).toBe(prev(readings[1]!.time, `format=${format}&limit=500&`))
  })

  test.each([0, 1, 499, 500])('and not where there are no others than its own: %s', async (length) => {
    await have(0, length)
    for (const query of ['', '?format=rows', '?format=csv', '?last=year'])
      expect(linkOf(await harness.viewer.get(`${chart}${query}`)), query).toBe(null)
  })

  test('from where every reading is had once', async () => {
    await have(0, 1_100)
    const times: number[] = []
    for (let next: string | undefined = chart; next;) {
      const response: Response = await harness.viewer.get(next)
      times.unshift(...((await response.json()) as { time: number[] }).time)
      next = /^<(.+)>; rel="prev"$/.exec(linkOf(response) ?? '')?.[1]
    }
    expect(times).toEqual(readings.map(({ time }) => time))
  })
})

describe('a copy whose bytes stay says so when', () => {
  const tagAndLink = async () => {
    const response = await elsewhere().viewer.get(chart)
    await response.text()
    return [response.headers.get('ETag'), linkOf(response), statusOf(response)] as const
  }

  test('an older reading comes, and goes', async () => {
    await have(1, 501)
    const reader = elsewhere()
    await reader.viewer.get(chart)
    await reader.settle()
    const [alone, none, status] = await tagAndLink()
    expect([none, status]).toEqual([null, 'kv; hit'])
    await harness.operator.post(chart, readings[0])
    await harness.settle()
    const [among, link] = await tagAndLink()
    expect(link).toBe(prev(readings[1]!.time))
    expect(among).not.toBe(alone)
    await harness.operator.delete(`${chart}/${readings[0]!.time}`)
    await harness.settle()
    expect(await tagAndLink()).toEqual([alone, null, 'kv; hit'])
  })
})

describe('what a write answers has the tag of what GET gives', () => {
  test('and may be replaced under it', async () => {
    await have(0, 501)
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

describe('an entry of KV is none', () => {
  const reread = async (change: (label: Record<string, unknown>) => Record<string, unknown>, key = kvKey(`1${chart}`, PAYLOAD_VERSION)) => {
    const { value, metadata } = await env.CACHE.getWithMetadata<Record<string, unknown>>(kvKey(`1${chart}`, PAYLOAD_VERSION))
    expect(metadata).toMatchObject({ before: readings[1]!.time })
    await env.CACHE.delete(kvKey(`1${chart}`, PAYLOAD_VERSION))
    await env.CACHE.put(key, value!, { metadata: change(metadata!) })
    const response = await elsewhere().viewer.get(chart)
    return [linkOf(response), statusOf(response)]
  }
  beforeEach(async () => {
    await have(0, 501)
    await harness.viewer.get(chart)
    await harness.settle()
  })

  test('where it is one of the release before, which did not say where it goes on', async () => {
    const before = ({ before: _, ...label }: Record<string, unknown>) => ({ ...label, version: 1 })
    expect(await reread(before, kvKey(`1${chart}`, 1))).toEqual([prev(readings[1]!.time), 'kv; fwd=miss'])
  })

  test('where that is no time', async () => {
    expect(await reread((label) => ({ ...label, before: '"><script>' }))).toEqual([prev(readings[1]!.time), 'kv; fwd=miss'])
  })
})
