import { beforeAll, describe, expect, test } from 'vitest'
import { addKey, createHarness } from '../../support/harness.ts'
import type { TestClient, Harness } from '../../support/harness.ts'

// Promise: following `next` shows each factory and sprocket type once, and a reader with a limited key sees only the factories of the key.

let harness: Harness
let limited: TestClient
beforeAll(async () => {
  harness = await createHarness()
  for (let id = 3; id < 45; id++) await harness.engineer.post('/api/factories', {})
  for (const id of [5, 20, 41]) await harness.engineer.delete(`/api/factory/${id}`)
  await harness.drain()
  await addKey(1, 'limited', 'engineer', { factories: '[1,7,30]' })
  limited = harness.as('limited')
})

interface Page {
  factories: { factory: { id: number; chart_data?: unknown } }[]
  count: number
  next: string | null
}
const idsOf = (page: Page) => page.factories.map(({ factory }) => factory.id)

/** Follows `next` from the first page to the last. */
const readPages = async (client: TestClient, query: string) => {
  const pages: Page[] = []
  for (let next: string | null = '0'; next !== null; next = pages.at(-1)!.next) {
    const response = await client.get(`/api/factories?cursor=${next}${query}`)
    expect(response.status).toBe(200)
    pages.push((await response.json()) as Page)
    expect(pages.length).toBeLessThan(60)
  }
  return pages
}
const all = Array.from({ length: 45 }, (_, id) => id).filter((id) => ![5, 20, 41].includes(id))

describe('the pages of GET /api/factories', () => {
  test.each(['', '&chart_data=false', '&limit=1', '&limit=7', '&limit=20', '&limit=100&chart_data=false'])(
    'following next with "%s" reads each factory once, in order',
    async (query) => {
      const pages = await readPages(harness.viewer, query)
      expect(pages.flatMap(idsOf)).toEqual(all)
      expect(new Set(pages.map(({ count }) => count))).toEqual(new Set([42]))
      const maxLength = Number(/limit=(\d+)/.exec(query)?.[1] ?? 20)
      for (const page of pages) expect(page.factories.length).toBeLessThanOrEqual(maxLength)
    },
  )

  test('a page starts at any cursor', async () => {
    const page = (await (await harness.viewer.get('/api/factories?cursor=33')).json()) as Page
    expect(idsOf(page)).toEqual(all.filter((id) => id >= 33))
  })
})

test('a page is a block of 20 ids, so a deleted factory moves no other factory to another page', async () => {
  const pages = await readPages(harness.viewer, '')
  expect(pages.map(({ next }) => next)).toEqual(['20', '40', null])
  expect(idsOf(pages[1]!)).toEqual(Array.from({ length: 19 }, (_, n) => n + 21))
})

test('a page beyond the end is empty and is not cached', async () => {
  const response = await harness.viewer.get('/api/factories?cursor=100')
  expect(response.headers.get('Cache-Status')).toBe('kv; fwd=bypass')
  expect(await response.json()).toEqual({ factories: [], count: 42, next: null })
  expect(await (await harness.viewer.get('/api/sprockets?cursor=100')).json()).toEqual({ sprockets: [], count: 3, next: null })
})

test('chart_data=false leaves the series out of every page', async () => {
  for (const query of ['&chart_data=false', '&chart_data=false&limit=9'])
    for (const page of await readPages(harness.viewer, query))
      for (const { factory } of page.factories) expect(factory).not.toHaveProperty('chart_data')
})

test('an empty organisation has an empty list', async () => {
  expect(await (await harness.otherOrganisation.get('/api/factories')).json()).toEqual({ factories: [], count: 0, next: null })
  expect(await (await harness.otherOrganisation.get('/api/sprockets')).json()).toEqual({ sprockets: [], count: 0, next: null })
})

test('the pages of GET /api/sprockets contain each sprocket once', async () => {
  const first = (await (await harness.viewer.get('/api/sprockets?limit=2')).json()) as { sprockets: { id: number }[]; next: string }
  const second = (await (await harness.viewer.get(`/api/sprockets?limit=2&cursor=${first.next}`)).json()) as typeof first
  expect([...first.sprockets, ...second.sprockets].map(({ id }) => id)).toEqual([0, 1, 2])
  expect(second.next).toBeNull()
})

describe('a key with a limited scope', () => {
  test('a key with a limited scope gets and counts only its factories, from D1, with any parameters', async () => {
    for (const query of ['', '&limit=1', '&chart_data=false']) {
      const pages = await readPages(limited, query)
      expect(pages.flatMap(idsOf)).toEqual([1, 7, 30])
      expect(pages.every(({ count }) => count === 3)).toBe(true)
    }
    expect((await limited.get('/api/factories')).headers.get('Cache-Status')).toBe('kv; fwd=bypass')
  })

  test('a key with a limited scope gets the same 404 for factories outside it and for missing factories', async () => {
    const bodyOf = async (response: Response) => ({ ...((await response.json()) as object), request_id: '' })
    const compare = async (path: (id: number) => string, request: (path: string) => Promise<Response>) => {
      const [outside, missing] = [await request(path(2)), await request(path(5))]
      expect([outside.status, missing.status]).toEqual([404, 404])
      expect(JSON.stringify(await bodyOf(outside)).replaceAll('2', '5')).toBe(JSON.stringify(await bodyOf(missing)).replaceAll('2', '5'))
    }
    for (const rest of ['', '/profile', '/chart-data', '/time', '/production-actual', '/production-goal', '/chart-data/60'])
      await compare((id) => `/api/factory/${id}${rest}`, limited.get)
    await compare((id) => `/api/factory/${id}`, limited.delete)
    await compare(
      (id) => `/api/factory/${id}/chart-data`,
      (path) => limited.post(path, { time: 60, actual: 1 }),
    )
    await compare(
      (id) => `/api/factory/${id}/chart-data/60`,
      (path) => limited.put(path, { actual: 1 }),
    )
  })

  test('a key with a limited scope writes only to its factories, and creates none', async () => {
    expect((await limited.post('/api/factory/7/chart-data', { time: 60, actual: 1 })).status).toBe(200)
    expect((await limited.post('/api/factories', {})).status).toBe(403)
    const response = await limited.post('/api/readings', {
      readings: [
        { factory: 7, time: 120, actual: 1 },
        { factory: 2, time: 120, actual: 1 },
      ],
    })
    expect(response.status).toBe(422)
    expect(((await response.json()) as { errors: { pointer: string }[] }).errors.map(({ pointer }) => pointer)).toEqual([
      '#/readings/1/factory',
    ])
  })
})
