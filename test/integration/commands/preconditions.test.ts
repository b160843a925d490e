import { env } from 'cloudflare:workers'
import { beforeEach, describe, expect, test } from 'vitest'
import { isCommit, makeFaultyD1 } from '../../support/fault-injection.ts'
import { createHarness } from '../../support/harness.ts'
import type { Harness } from '../../support/harness.ts'
import { problemOf } from '../../support/problem.ts'

// Promise: a condition is compared in the transaction of the write, so a concurrent write between comparison and commit fails it.

let harness: Harness
let d1: ReturnType<typeof makeFaultyD1>
beforeEach(async () => {
  d1 = makeFaultyD1()
  harness = await createHarness({ DB: d1.binding })
})

const sprocket = { teeth: 7, pitch_diameter: 5, outside_diameter: 6, pitch: 1 }
const chart = '/api/factory/1/chart-data'

interface Case {
  /** The path whose GET shows the state that If-Match compares. */
  shown: string
  write: (headers: Record<string, string>) => Promise<Response>
  /** The same write to an absent resource. */
  onAbsent: (headers: Record<string, string>) => Promise<Response>
  /** Changes the compared state. */
  change: () => Promise<Response>
  absent: number
}
const renameFactory = () => harness.engineer.patch('/api/factory/1', { name: 'changed' })
const growSprocket = () => harness.engineer.patch('/api/sprocket/1', { pitch: 2 })
const cases: [string, Case][] = [
  [
    'PATCH of a factory',
    {
      shown: '/api/factory/1/profile',
      absent: 404,
      change: renameFactory,
      write: (h) => harness.engineer.patch('/api/factory/1', { name: 'new' }, h),
      onAbsent: (h) => harness.engineer.patch('/api/factory/9', { name: 'new' }, h),
    },
  ],
  [
    'DELETE of a factory',
    {
      shown: '/api/factory/1/profile',
      absent: 404,
      change: renameFactory,
      write: (h) => harness.engineer.delete('/api/factory/1', h),
      onAbsent: (h) => harness.engineer.delete('/api/factory/9', h),
    },
  ],
  [
    'PUT of a series',
    {
      shown: chart,
      absent: 404,
      change: () => harness.operator.post(chart, { time: 60, actual: 1 }),
      write: (h) => harness.engineer.put(chart, { time: 1, actual: 1 }, h),
      onAbsent: (h) => harness.engineer.put('/api/factory/9/chart-data', { time: 1, actual: 1 }, h),
    },
  ],
  [
    'PUT of a reading',
    {
      shown: `${chart}/1611204818`,
      absent: 412,
      change: () => harness.operator.post(chart, { time: 1611204818, goal: 99 }),
      write: (h) => harness.operator.put(`${chart}/1611204818`, { actual: 1 }, h),
      onAbsent: (h) => harness.operator.put(`${chart}/60`, { actual: 1 }, h),
    },
  ],
  [
    'DELETE of a reading',
    {
      shown: `${chart}/1611204818`,
      absent: 404,
      change: () => harness.operator.post(chart, { time: 1611204818, goal: 99 }),
      write: (h) => harness.operator.delete(`${chart}/1611204818`, h),
      onAbsent: (h) => harness.operator.delete(`${chart}/60`, h),
    },
  ],
  [
    'PUT of a sprocket',
    {
      shown: '/api/sprocket/1',
      absent: 404,
      change: growSprocket,
      write: (h) => harness.engineer.put('/api/sprocket/1', sprocket, h),
      onAbsent: (h) => harness.engineer.put('/api/sprocket/9', sprocket, h),
    },
  ],
  [
    'PATCH of a sprocket',
    {
      shown: '/api/sprocket/1',
      absent: 404,
      change: growSprocket,
      write: (h) => harness.engineer.patch('/api/sprocket/1', { teeth: 8 }, h),
      onAbsent: (h) => harness.engineer.patch('/api/sprocket/9', { teeth: 8 }, h),
    },
  ],
  [
    'DELETE of a sprocket',
    {
      shown: '/api/sprocket/1',
      absent: 404,
      change: growSprocket,
      write: (h) => harness.engineer.delete('/api/sprocket/1', h),
      onAbsent: (h) => harness.engineer.delete('/api/sprocket/9', h),
    },
  ],
]

describe.each(cases)('%s', (_, { shown, write, onAbsent, change, absent }) => {
  const tag = async () => (await harness.engineer.get(shown)).headers.get('ETag')!

  test.each([(tag: string) => tag, (tag: string) => `W/${tag}`, (tag: string) => `"other", ${tag}`, () => '*'])(
    'a write under the current tag as %s succeeds',
    async (format) => {
      const response = await write({ 'If-Match': format(await tag()) })
      expect([200, 204]).toContain(response.status)
      expect((await harness.engineer.get(shown)).headers.get('ETag')).toBe(response.status === 204 ? null : response.headers.get('ETag'))
    },
  )

  test('a write under the tag of a former state gets 412', async () => {
    const before = await tag()
    expect((await change()).ok).toBe(true)
    const problem = await problemOf(await write({ 'If-Match': before }), 412)
    expect(problem.type).toMatch(/#precondition-failed$/)
    expect((await write({ 'If-Match': await tag() })).ok).toBe(true)
  })

  test('If-Match matches no state of an absent resource', async () => {
    expect((await onAbsent({ 'If-Match': '*' })).status).toBe(absent)
    expect((await onAbsent({ 'If-Match': '"some"' })).status).toBe(absent)
  })
})

test('a write under a tag from before a replaced series succeeds if the reading is the same', async () => {
  const before = await (await harness.viewer.get(chart)).json()
  const { headers } = await harness.viewer.get(`${chart}/1611204818`)
  await harness.engineer.put(chart, { time: 1, actual: 1 })
  await harness.engineer.put(chart, before)
  const response = await harness.operator.delete(`${chart}/1611204818`, { 'If-Match': headers.get('ETag')! })
  expect(response.status).toBe(204)
})

describe('a concurrent write between the comparison and the commit', () => {
  /** Runs a write after the conditions of the next commit were compared. */
  const interrupt = (change: () => Promise<Response>) => {
    let isDone = false
    d1.decide = async (trip) => {
      if (isDone || !isCommit(trip)) return undefined
      isDone = true
      expect((await change()).ok).toBe(true)
      return undefined
    }
  }

  test.each(cases)('a concurrent write before the commit fails If-Match of %s', async (_, { shown, write, change }) => {
    const tag = (await harness.engineer.get(shown)).headers.get('ETag')!
    interrupt(change)
    await problemOf(await write({ 'If-Match': tag }), 412)
    expect((await harness.engineer.get(shown)).status).toBe(200)
  })

  test.each(cases)('a concurrent write before the commit is compared with If-None-Match of %s', async (_, { shown, write, change }) => {
    const before = (await harness.engineer.get(shown)).headers.get('ETag')!
    expect((await change()).ok).toBe(true)
    const after = (await harness.engineer.get(shown)).headers.get('ETag')!
    const undo = {
      '/api/factory/1/profile': () => harness.engineer.patch('/api/factory/1', { name: null }),
      '/api/sprocket/1': () => harness.engineer.patch('/api/sprocket/1', { pitch: 1 }),
    }[shown]
    interrupt(undo ?? (() => harness.operator.post(chart, { time: 1611204818, goal: 31, actual: 32 })))
    const current = (await harness.engineer.get(shown)).headers.get('ETag')
    expect(current).toBe(after)
    const { status } = await write({ 'If-None-Match': before })
    const now = (await harness.engineer.get(shown)).headers.get('ETag')
    expect(status === 412 ? now : before).toBe(before)
  })

  test('a concurrent write that adds a reading fails If-None-Match: *, but not another tag', async () => {
    for (const [time, tags] of [
      [61, '*'],
      [62, '"other"'],
    ] as const) {
      interrupt(() => harness.engineer.put(`${chart}/${time}`, { actual: 7 }))
      const { status } = await harness.operator.put(`${chart}/${time}`, { actual: 1 }, { 'If-None-Match': tags })
      // Another tag does not match the new reading, so the condition holds. `*` matches any state.
      expect(status).toBe(tags === '*' ? 412 : 200)
      expect(await (await harness.viewer.get(`${chart}/${time}`)).json()).toMatchObject({ actual: tags === '*' ? 7 : 1 })
    }
  })

  test('a concurrent write that adds a reading fails If-None-Match with the tag of that reading', async () => {
    await harness.operator.put(`${chart}/63`, { actual: 7 })
    const tag = (await harness.viewer.get(`${chart}/63`)).headers.get('ETag')!
    await harness.operator.delete(`${chart}/63`)
    interrupt(() => harness.engineer.put(`${chart}/63`, { actual: 7 }))
    await problemOf(await harness.operator.put(`${chart}/63`, { actual: 1 }, { 'If-None-Match': tag }), 412)
  })

  test('a concurrent write that removes a reading fails If-Match: *', async () => {
    interrupt(() => harness.engineer.delete(`${chart}/1611204818`))
    await problemOf(await harness.operator.put(`${chart}/1611204818`, { actual: 1 }, { 'If-Match': '*' }), 412)
    expect((await harness.viewer.get(`${chart}/1611204818`)).status).toBe(404)
  })
})

test('a write to a factory compares the tags of its profile and of the whole factory', async () => {
  const tagOf = async (path: string) => (await harness.engineer.get(path)).headers.get('ETag')!
  const before = await tagOf('/api/factory/1')
  await harness.operator.post(chart, { time: 60, actual: 1 })
  await problemOf(await harness.engineer.patch('/api/factory/1', { name: 'a' }, { 'If-Match': before }), 412)
  for (const path of ['/api/factory/1', '/api/factory/1/profile']) {
    const tag = await tagOf(path)
    await problemOf(await harness.engineer.delete('/api/factory/1', { 'If-None-Match': tag }), 412)
    expect((await harness.engineer.patch('/api/factory/1', { name: `b ${path}` }, { 'If-Match': tag })).status).toBe(200)
  }
})

test('POST of readings under a stale tag of the chart gets 412', async () => {
  const tag = (await harness.viewer.get(chart)).headers.get('ETag')!
  expect((await harness.operator.post(chart, { time: 60, actual: 1 }, { 'If-Match': tag })).status).toBe(200)
  await problemOf(await harness.operator.post(chart, { time: 60, actual: 2 }, { 'If-Match': tag }), 412)
  await problemOf(await harness.operator.post(chart, { time: 60, actual: 2 }, { 'If-None-Match': '*' }), 412)
  expect(await (await harness.viewer.get(`${chart}/60`)).json()).toMatchObject({ actual: 1 })
})

test('a write whose condition is overtaken again and again gets 412', async () => {
  const readTag = async () => (await harness.viewer.get(chart)).headers.get('ETag')!
  const tag = await readTag()
  await harness.operator.post(chart, { time: 60, actual: 1 })
  let actual = 100
  d1.decide = async (trip) => {
    if (isCommit(trip) && trip.sql.includes(') is (')) {
      const seriesPk = `(select series_pk from factories where id = 1 and organisation_pk = 1)`
      await env.DB.prepare(`update chunks set actual = ? where series_pk = ${seriesPk} and start = 0`).bind(String(actual++)).run()
    }
    return undefined
  }
  const { detail } = await problemOf(await harness.operator.post(chart, { time: 61, actual: 1 }, { 'If-None-Match': tag }), 412)
  expect([actual, detail]).toEqual([103, 'The resource keeps changing. Read it again.'])
  expect((await harness.viewer.get(`${chart}/61`)).status).toBe(404)
})

test.each(['', 'bare', '*, "a"', '"a" "', '"a', 'W/', '""x', '"a", b', "'a'"])('the malformed condition %j gets 400', async (value) => {
  for (const condition of ['If-Match', 'If-None-Match'])
    await problemOf(await harness.operator.post(chart, { time: 60, actual: 1 }, { [condition]: value }), 400)
  expect((await harness.viewer.get(`${chart}/60`)).status).toBe(404)
})

// The id of a factory and the number of its organisation differ here, so that nothing can be looked up by the other.
test.each([0, 2])('a condition with * asks for the readings of the factory in the path: %i', async (id) => {
  const path = `/api/factory/${id}/chart-data`
  const send = async (time: number, headers: Record<string, string>) =>
    (await harness.operator.put(`${path}/${time}`, { actual: 1 }, headers)).status
  expect(await send(7, { 'If-None-Match': '*' })).toBe(201)
  expect(await send(7, { 'If-None-Match': '*' })).toBe(412)
  expect(await send(7, { 'If-Match': '*' })).toBe(200)
  expect(await send(8, { 'If-Match': '*' })).toBe(412)
  expect((await harness.operator.post(path, { time: 9, actual: 1 }, { 'If-Match': '*' })).status).toBe(200)
  expect((await harness.operator.post(path, { time: 10, actual: 1 }, { 'If-None-Match': '*' })).status).toBe(412)
})
