import { env } from 'cloudflare:workers'
import { beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { createApp } from '../../src/app.ts'
import { DOCUMENTS } from '../../src/documents/registry.ts'
import { kvKey, buildPath, PAYLOAD_VERSION } from '../../src/documents/path.ts'
import type { Params } from '../../src/documents/query-params.ts'
import { documentOf } from '../support/contract.ts'
import type { EntryRow } from '../support/entry-row.ts'
import { addAnnotations } from '../support/annotations.ts'
import { addKey, createHarness, newIsolate } from '../support/harness.ts'
import type { Harness } from '../support/harness.ts'
import { chart, FIRST, OF_FACTORY_1, passMinutes, scheduleOf, WRITES } from './coherence-writes.ts'

// Promise: a write puts or deletes exactly the entries that it changes, and KV always agrees with a fresh rendering.

/** The leased variants of documents with parameters. */
const VARIANTS: Record<string, Params[]> = {
  '/api/factories': [{}, { chart_data: false }, { cursor: 20 }, { cursor: 20, chart_data: false }],
  '/api/factory/{id}/chart-data': [
    {},
    { format: 'rows' },
    { format: 'csv' },
    { last: 'day' },
    { last: 'month' },
    { last: 'year', format: 'rows' },
  ],
  '/api/factory/{id}/shifts': [{}, { last: 'week' }, { last: 'month' }, { format: 'csv' }],
}
/** Resources whose documents are all leased: two factories on the first list page, one on the second, two sprockets, and annotations of two factories. */
const IDS = { '/api/factory/': [0, 1, 20], '/api/sprocket/': [0, 1], '/api/stop-annotation/': [0, 1, 2] }

/** Addresses of all leased documents, without the organisation that the cache directory puts before them. */
const LEASED = DOCUMENTS.flatMap((document) => {
  const ids = Object.entries(IDS).find(([begin]) => document.path.startsWith(begin))?.[1]
  const variants = VARIANTS[document.path] ?? [{}]
  return (ids?.map((id) => ({ id })) ?? [{}]).flatMap((id) =>
    variants.map((params) => buildPath(1, document, { ...id, ...params }).slice(1)),
  )
})

/** Addresses that were put or deleted. */
const touched = new Set<string>()
const addressOf = (key: string) => key.replace(/^\d+\/1(?=\/)/, '')
const counting = new Proxy(env.CACHE, {
  get: (kv, name) => {
    if (name === 'put' || name === 'delete')
      return async (key: string, ...rest: [never, never]) => {
        touched.add(addressOf(key))
        return kv[name](key, ...rest)
      }
    const member: unknown = Reflect.get(kv, name)
    return typeof member === 'function' ? (member.bind(kv) as unknown) : member
  },
})
/** A KV that fails. Reads through it get what D1 returns, and lease nothing. */
const failing = { getWithMetadata: async () => Promise.reject(new Error('failing')) } as unknown as KVNamespace

let harness: Harness
let fresh: Harness
const start = async () => {
  harness = await createHarness({ CACHE: counting })
  fresh = harness.elsewhere(newIsolate(harness.clock, { CACHE: failing }))
  await addKey(2, 'other', 'admin')
  await addAnnotations(harness, 2)
  await addAnnotations(harness, 1, 0)
  await harness.engineer.put('/api/factory/1/schedule', scheduleOf(500))
  for (let id = 3; id <= 20; id++) await harness.engineer.post('/api/factories', {})
  await harness.operator.post('/api/factory/20/chart-data', { time: 1611194818, actual: 1, goal: 1 })
}

const rowsOf = async () => (await env.DB.prepare('select * from cache_entries').all<EntryRow>()).results

/** Reads each document without a lease, so that every document is leased and put. */
const leaseAll = async () => {
  harness.clock.advance(20_000)
  const leased = new Set((await rowsOf()).filter((row) => row.leased_until > harness.clock.now()).map(({ path }) => path))
  // The pause of a publisher moves the shared clock. With many at once, the last claims would be too old.
  for (const address of LEASED.filter((each) => !leased.has(`1${each}`))) {
    await harness.viewer.get(address)
    await harness.drain()
  }
  for (const address of ['/api/factories', '/api/sprockets']) await harness.otherOrganisation.get(address)
  await harness.drain()
}

/** Returns the content of KV by key. */
const readKv = async () => {
  const { keys } = await env.CACHE.list()
  return new Map(await Promise.all(keys.map(async ({ name }) => [name, await env.CACHE.get(name)] as const)))
}

/** Returns a fresh rendering of the document of a key, or undefined if its resource is absent. */
const renderFresh = async (key: string): Promise<string | undefined> => {
  const [, organisation, address = ''] = /^\d+\/(\d+)(\/.*)$/.exec(key) ?? []
  const response = await (organisation === '1' ? fresh.viewer : fresh.otherOrganisation).get(address)
  return response.ok ? response.text() : undefined
}

/** Returns every fault of KV and the cache directory while no work is under way. */
const findFaults = async (): Promise<string[]> => {
  const wrong: string[] = []
  const rows = new Map((await rowsOf()).map((row) => [kvKey(row.path, row.version), row]))
  const stored = await readKv()
  await Promise.all(
    [...stored].map(async ([key, bytes]) => {
      if (!rows.has(key)) wrong.push(`${key} has no row`)
      const now = await renderFresh(key)
      if (now === undefined) wrong.push(`${key} is in KV although its resource is absent`)
      else if (now !== bytes) wrong.push(`${key} differs from a fresh rendering`)
    }),
  )
  const now = harness.clock.now()
  for (const [key, row] of rows) {
    if (row.leased_until <= now) continue
    if (row.stale_seq > row.published_seq) wrong.push(`${key} is still stale`)
    if (row.claimed_by !== null) wrong.push(`${key} is still claimed`)
    if (!stored.has(key)) wrong.push(`${key} is leased and missing`)
  }
  return wrong
}

/**
 * Runs a write and its background work. Returns which entries it put or deleted, marked, and changed. All entries are
 * current before. So if no fault is found afterwards, `changed` are the documents that the write has changed.
 */
const observe = async (act: () => Promise<unknown>) => {
  const [before, marks] = [await readKv(), new Map((await rowsOf()).map((row) => [row.path, row.stale_seq]))]
  touched.clear()
  await act()
  await harness.drain()
  const after = await readKv()
  const marked = (await rowsOf())
    .filter(({ path, stale_seq }) => stale_seq !== marks.get(path))
    .map(({ path }) => path.replace(/^1(?=\/)/, ''))
  return {
    touched: [...touched].toSorted(),
    marked: marked.toSorted(),
    changed: [...before.keys()]
      .filter((key) => before.get(key) !== after.get(key))
      .map(addressOf)
      .toSorted(),
  }
}

describe('each write, one after the other', () => {
  beforeAll(start)

  test('WRITES contains every writing route', () => {
    const writes = Object.entries(documentOf(createApp(harness.isolate)).paths).flatMap(([path, operations]) =>
      Object.keys(operations)
        .filter((method) => method !== 'get')
        .map((method) => `${method.toUpperCase()} ${path}`),
    )
    expect(WRITES.map(([route]) => route).toSorted()).toEqual(writes.toSorted())
  })

  test('all documents are leased and current at the beginning', async () => {
    await leaseAll()
    const paths = (await rowsOf()).map(({ path }) => path)
    for (const address of LEASED) expect(paths).toContain(`1${address}`)
    expect(await findFaults()).toEqual([])
  })

  test.each(WRITES)('%s puts exactly the entries that it changes', async (_, write, affected) => {
    await leaseAll()
    const { touched, marked, changed } = await observe(async () => expect((await write(harness)).ok).toBe(true))
    expect(touched).toEqual(changed)
    for (const address of [...touched, ...marked]) expect(address).toMatch(affected)
    expect(await findFaults()).toEqual([])
  })

  test('cron changes no entry that is current', async () => {
    await leaseAll()
    await passMinutes(harness, 7)
    expect(await findFaults()).toEqual([])
  })
})

describe('entries that a write puts', () => {
  beforeAll(start)
  beforeEach(leaseAll)

  test('an appended reading puts every document of its factory that shows readings, and no other', async () => {
    const { touched } = await observe(() => harness.operator.post(chart, { time: FIRST + 10_000, actual: 5, goal: 6 }))
    expect(touched).toEqual(LEASED.filter((address) => OF_FACTORY_1.test(address) && !/\/(profile|schedule)$/.test(address)).toSorted())
    expect(touched.filter((address) => /sprocket|factory\/(0|20)\b|cursor=20/.test(address))).toEqual([])
  })

  test('a corrected goal puts neither the times nor the actual figures', async () => {
    const { touched } = await observe(() => harness.operator.put(`${chart}/${FIRST + 120}`, { goal: 1 }))
    expect(touched).toContain('/api/factory/1/production-goal')
    expect(touched).not.toContain('/api/factory/1/time')
    expect(touched).not.toContain('/api/factory/1/production-actual')
  })

  test('a reading sent again puts and marks nothing', async () => {
    const again = {
      readings: [
        { time: FIRST, actual: 32, goal: 31 },
        { time: FIRST + 60, actual: 28 },
      ],
    }
    const { touched, marked } = await observe(() => harness.operator.post(chart, again))
    expect([touched, marked]).toEqual([[], []])
  })

  test('a new name puts no document that lacks it', async () => {
    const { touched } = await observe(() => harness.engineer.patch('/api/factory/1', { name: 'South' }))
    expect(touched).toContain('/api/factory/1/profile')
    expect(touched.filter((address) => /chart-data|production|time$/.test(address))).toEqual([])
  })

  test('a write to one organisation puts nothing of another', async () => {
    await observe(() => harness.as('other').post('/api/factories', {}))
    expect([...touched]).toEqual([expect.stringMatching(/^\d+\/2\/api\/factories$/)])
  })

  test('an entry in the last minute of its lease is deleted, not put', async () => {
    const stored = '/api/factory/1/time'
    await env.DB.prepare('update cache_entries set leased_until = ? where path = ?')
      .bind(harness.clock.now() + 30_000, `1${stored}`)
      .run()
    const { touched } = await observe(() => harness.operator.post(chart, { time: FIRST + 20_000, actual: 5 }))
    expect(touched).toContain(stored)
    expect(await env.CACHE.get(kvKey(`1${stored}`, PAYLOAD_VERSION))).toBeNull()
    expect(await findFaults()).toEqual([])
  })
})

test('writes to a factory that has no reader put nothing', async () => {
  await start()
  touched.clear()
  await harness.operator.post(chart, { time: FIRST + 60, actual: 1, goal: 2 })
  await harness.operator.put(`${chart}/${FIRST}`, { actual: 9 })
  await harness.engineer.put(chart, { readings: [{ time: 60, actual: 1 }] })
  await harness.engineer.patch('/api/factory/1', { name: 'x' })
  await harness.engineer.delete('/api/factory/1')
  await harness.engineer.delete('/api/sprocket/1')
  await harness.drain()
  expect([[...touched], await rowsOf()]).toEqual([[], []])
})

test('findFaults finds wrong, missing and unknown entries', async () => {
  await start()
  await leaseAll()
  const key = kvKey('1/api/factory/0/time', PAYLOAD_VERSION)
  const { value, metadata } = await env.CACHE.getWithMetadata(key)
  await env.CACHE.put(key, '[]', { metadata })
  await env.CACHE.put(kvKey('1/api/factory/0/profile', PAYLOAD_VERSION), '{}')
  await env.DB.prepare(`delete from cache_entries where path = '1/api/factory/0/profile'`).run()
  await env.CACHE.delete(kvKey('1/api/sprockets', PAYLOAD_VERSION))
  expect((await findFaults()).toSorted()).toEqual([
    `${PAYLOAD_VERSION}/1/api/factory/0/profile differs from a fresh rendering`,
    `${PAYLOAD_VERSION}/1/api/factory/0/profile has no row`,
    `${PAYLOAD_VERSION}/1/api/factory/0/time differs from a fresh rendering`,
    `${PAYLOAD_VERSION}/1/api/sprockets is leased and missing`,
  ])
  expect(value).not.toBe('[]')
})
