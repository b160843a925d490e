import { beforeAll, describe, expect, test } from 'vitest'
import { addKey, createHarness } from '../../support/harness.ts'
import type { TestClient, Harness } from '../../support/harness.ts'

let harness: Harness
let limited: TestClient
beforeAll(async () => {
  harness = await createHarness()
  for (let id = 3; id < 45; id++) await harness.engineer.post('/api/factories', {})
  for (const id of [5, 20, 41]) await harness.engineer.delete(`/api/factory/${id}`)
  await harness.settle()
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
const walk = async (actor: TestClient, query: string) => {
  const pages: Page[] = []
  for (let next: string | null = '0'; next !== null; next = pages.at(-1)!.next) {
    const response = await actor.get(`/api/factories?cursor=${next}${query}`)
    expect(response.status).toBe(200)
    pages.push((await response.json()) as Page)
    expect(pages.length).toBeLessThan(60)
  }
  return pages
}
const all = Array.from({ length: 45 }, (_, id) => id).filter((id) => ![5, 20, 41].includes(id))

describe('following `next` reads each factory once, in order', () => {
  test.each(['', '&chart_data=false', '&limit=1', '&limit=7', '&limit=20', '&limit=100&chart_data=false'])('with "%s"', async (query) => {
    const pages = await walk(harness.viewer, query)
    expect(pages.flatMap(idsOf)).toEqual(all)
    expect(new Set(pages.map(({ count }) => count))).toEqual(new Set([42]))
    const most = Number(/limit=(\d+)/.exec(query)?.[1] ?? 20)
    for (const page of pages) expect(page.factories.length).toBeLessThanOrEqual(most)
  })

  test('from any cursor on', async () => {
    const page = (await (await harness.viewer.get('/api/factories?cursor=33')).json()) as Page
    expect(idsOf(page)).toEqual(all.filter((id) => id >= 33))
  })
})

test('a page is a block of 20 ids, so a factory that goes moves no other to another page', async () => {
  const pages = await walk(harness.viewer, '')
  expect(pages.map(({ next }) => next)).toEqual(['20', '40', null])
  expect(idsOf(pages[1]!)).toEqual(Array.from({ length: 19 }, (_, n) => n + 21))
})

test('a page beyond the end is empty and kept ready for nobody', async () => {
  const response = await harness.viewer.get('/api/factories?cursor=100')
  expect(response.headers.get('Cache-Status')).toBe('kv; fwd=bypass')
  expect(await response.json()).toEqual({ factories: [], count: 42, next: null })
  expect(await (await harness.viewer.get('/api/sprockets?cursor=100')).json()).toEqual({ sprockets: [], count: 3, next: null })
})

test('chart_data=false leaves the series out of every page', async () => {
  for (const query of ['&chart_data=false', '&chart_data=false&limit=9'])
    for (const page of await walk(harness.viewer, query))
      for (const { factory } of page.factories) expect(factory).not.toHaveProperty('chart_data')
})

test('an empty organisation has an empty list', async () => {
  expect(await (await harness.stranger.get('/api/factories')).json()).toEqual({ factories: [], count: 0, next: null })
  expect(await (await harness.stranger.get('/api/sprockets')).json()).toEqual({ sprockets: [], count: 0, next: null })
})

test('sprockets too are read once each with a limit', async () => {
  const first = (await (await harness.viewer.get('/api/sprockets?limit=2')).json()) as { sprockets: { id: number }[]; next: string }
  const second = (await (await harness.viewer.get(`/api/sprockets?limit=2&cursor=${first.next}`)).json()) as typeof first
  expect([...first.sprockets, ...second.sprockets].map(({ id }) => id)).toEqual([0, 1, 2])
  expect(second.next).toBeNull()
})

describe('a key limited to some factories', () => {
  test('sees and counts only those, with any parameters, from the database', async () => {
    for (const query of ['', '&limit=1', '&chart_data=false']) {
      const pages = await walk(limited, query)
      expect(pages.flatMap(idsOf)).toEqual([1, 7, 30])
      expect(pages.every(({ count }) => count === 3)).toBe(true)
    }
    expect((await limited.get('/api/factories')).headers.get('Cache-Status')).toBe('kv; fwd=bypass')
  })

  test('finds every other as absent as one that is not there', async () => {
    const bodyOf = async (response: Response) => ({ ...((await response.json()) as object), request_id: '' })
    const compare = async (path: (id: number) => string, ask: (path: string) => Promise<Response>) => {
      const [beyond, absent] = [await ask(path(2)), await ask(path(5))]
      expect([beyond.status, absent.status]).toEqual([404, 404])
      expect(JSON.stringify(await bodyOf(beyond)).replaceAll('2', '5')).toBe(JSON.stringify(await bodyOf(absent)).replaceAll('2', '5'))
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

  test('writes to those and to no other, nor creates one', async () => {
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
