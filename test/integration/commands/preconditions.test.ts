import { env } from 'cloudflare:workers'
import { beforeEach, describe, expect, test } from 'vitest'
import { isCommit, makeFaultyD1 } from '../../support/fault-injection.ts'
import { createHarness } from '../../support/harness.ts'
import type { Harness } from '../../support/harness.ts'
import { problemOf } from '../../support/problem.ts'

let world: Harness
let d1: ReturnType<typeof makeFaultyD1>
beforeEach(async () => {
  d1 = makeFaultyD1()
  world = await createHarness({ DB: d1.binding })
})

const sprocket = { teeth: 7, pitch_diameter: 5, outside_diameter: 6, pitch: 1 }
const chart = '/api/factory/1/chart-data'

interface Case {
  /** Where GET shows what If-Match compares. */
  shown: string
  write: (headers: Record<string, string>) => Promise<Response>
  /** The same on something that is not there. */
  onAbsent: (headers: Record<string, string>) => Promise<Response>
  /** Changes what is compared. */
  meddle: () => Promise<Response>
  absent: number
}
const renameFactory = () => world.engineer.patch('/api/factory/1', { name: 'meddled' })
const growSprocket = () => world.engineer.patch('/api/sprocket/1', { pitch: 2 })
const cases: [string, Case][] = [
  [
    'PATCH of a factory',
    {
      shown: '/api/factory/1/profile',
      absent: 404,
      meddle: renameFactory,
      write: (h) => world.engineer.patch('/api/factory/1', { name: 'new' }, h),
      onAbsent: (h) => world.engineer.patch('/api/factory/9', { name: 'new' }, h),
    },
  ],
  [
    'DELETE of a factory',
    {
      shown: '/api/factory/1/profile',
      absent: 404,
      meddle: renameFactory,
      write: (h) => world.engineer.delete('/api/factory/1', h),
      onAbsent: (h) => world.engineer.delete('/api/factory/9', h),
    },
  ],
  [
    'PUT of a series',
    {
      shown: chart,
      absent: 404,
      meddle: () => world.operator.post(chart, { time: 60, actual: 1 }),
      write: (h) => world.engineer.put(chart, { time: 1, actual: 1 }, h),
      onAbsent: (h) => world.engineer.put('/api/factory/9/chart-data', { time: 1, actual: 1 }, h),
    },
  ],
  [
    'PUT of a reading',
    {
      shown: `${chart}/1611204818`,
      absent: 412,
      meddle: () => world.operator.post(chart, { time: 1611204818, goal: 99 }),
      write: (h) => world.operator.put(`${chart}/1611204818`, { actual: 1 }, h),
      onAbsent: (h) => world.operator.put(`${chart}/60`, { actual: 1 }, h),
    },
  ],
  [
    'DELETE of a reading',
    {
      shown: `${chart}/1611204818`,
      absent: 404,
      meddle: () => world.operator.post(chart, { time: 1611204818, goal: 99 }),
      write: (h) => world.operator.delete(`${chart}/1611204818`, h),
      onAbsent: (h) => world.operator.delete(`${chart}/60`, h),
    },
  ],
  [
    'PUT of a sprocket',
    {
      shown: '/api/sprocket/1',
      absent: 404,
      meddle: growSprocket,
      write: (h) => world.engineer.put('/api/sprocket/1', sprocket, h),
      onAbsent: (h) => world.engineer.put('/api/sprocket/9', sprocket, h),
    },
  ],
  [
    'PATCH of a sprocket',
    {
      shown: '/api/sprocket/1',
      absent: 404,
      meddle: growSprocket,
      write: (h) => world.engineer.patch('/api/sprocket/1', { teeth: 8 }, h),
      onAbsent: (h) => world.engineer.patch('/api/sprocket/9', { teeth: 8 }, h),
    },
  ],
  [
    'DELETE of a sprocket',
    {
      shown: '/api/sprocket/1',
      absent: 404,
      meddle: growSprocket,
      write: (h) => world.engineer.delete('/api/sprocket/1', h),
      onAbsent: (h) => world.engineer.delete('/api/sprocket/9', h),
    },
  ],
]

describe.each(cases)('%s', (_, { shown, write, onAbsent, meddle, absent }) => {
  const tag = async () => (await world.engineer.get(shown)).headers.get('ETag')!

  test.each([(tag: string) => tag, (tag: string) => `W/${tag}`, (tag: string) => `"other", ${tag}`, () => '*'])(
    'is done under the present tag, as %s',
    async (word) => {
      const response = await write({ 'If-Match': word(await tag()) })
      expect([200, 204]).toContain(response.status)
      expect((await world.engineer.get(shown)).headers.get('ETag')).toBe(response.status === 204 ? null : response.headers.get('ETag'))
    },
  )

  test('is refused under the tag of a state that has passed', async () => {
    const before = await tag()
    expect((await meddle()).ok).toBe(true)
    const problem = await problemOf(await write({ 'If-Match': before }), 412)
    expect(problem.type).toMatch(/#precondition-failed$/)
    expect((await write({ 'If-Match': await tag() })).ok).toBe(true)
  })

  test('finds no state to match where there is nothing', async () => {
    expect((await onAbsent({ 'If-Match': '*' })).status).toBe(absent)
    expect((await onAbsent({ 'If-Match': '"some"' })).status).toBe(absent)
  })
})

test('a tag from before a series was replaced does not pass for the new series, even if both read the same', async () => {
  const before = await (await world.viewer.get(chart)).json()
  const { headers } = await world.viewer.get(`${chart}/1611204818`)
  await world.engineer.put(chart, { time: 1, actual: 1 })
  await world.engineer.put(chart, before)
  const response = await world.operator.delete(`${chart}/1611204818`, { 'If-Match': headers.get('ETag')! })
  expect(response.status).toBe(204)
})

describe('a write that comes between the comparison and the commit', () => {
  /** Runs a write after the conditions of the next commit were compared. */
  const interrupt = (meddle: () => Promise<Response>) => {
    let isDone = false
    d1.decide = async (trip) => {
      if (isDone || !isCommit(trip)) return undefined
      isDone = true
      expect((await meddle()).ok).toBe(true)
      return undefined
    }
  }

  test.each(cases)('fails If-Match of %s', async (_, { shown, write, meddle }) => {
    const tag = (await world.engineer.get(shown)).headers.get('ETag')!
    interrupt(meddle)
    await problemOf(await write({ 'If-Match': tag }), 412)
    expect((await world.engineer.get(shown)).status).toBe(200)
  })

  test.each(cases)('is compared too under If-None-Match of %s', async (_, { shown, write, meddle }) => {
    const before = (await world.engineer.get(shown)).headers.get('ETag')!
    expect((await meddle()).ok).toBe(true)
    const after = (await world.engineer.get(shown)).headers.get('ETag')!
    const undo = {
      '/api/factory/1/profile': () => world.engineer.patch('/api/factory/1', { name: null }),
      '/api/sprocket/1': () => world.engineer.patch('/api/sprocket/1', { pitch: 1 }),
    }[shown]
    interrupt(undo ?? (() => world.operator.post(chart, { time: 1611204818, goal: 31, actual: 32 })))
    const there = (await world.engineer.get(shown)).headers.get('ETag')
    expect(there).toBe(after)
    const { status } = await write({ 'If-None-Match': before })
    const now = (await world.engineer.get(shown)).headers.get('ETag')
    expect(status === 412 ? now : before).toBe(before)
  })

  test('fails If-None-Match: * and any tag of a reading that it adds', async () => {
    for (const [time, tags] of [
      [61, '*'],
      [62, '"other"'],
    ] as const) {
      interrupt(() => world.engineer.put(`${chart}/${time}`, { actual: 7 }))
      const { status } = await world.operator.put(`${chart}/${time}`, { actual: 1 }, { 'If-None-Match': tags })
      // Another tag than the new one holds for the new reading, and any state does not.
      expect(status).toBe(tags === '*' ? 412 : 200)
      expect(await (await world.viewer.get(`${chart}/${time}`)).json()).toMatchObject({ actual: tags === '*' ? 7 : 1 })
    }
  })

  test('fails If-None-Match of the very reading that it adds', async () => {
    await world.operator.put(`${chart}/63`, { actual: 7 })
    const tag = (await world.viewer.get(`${chart}/63`)).headers.get('ETag')!
    await world.operator.delete(`${chart}/63`)
    interrupt(() => world.engineer.put(`${chart}/63`, { actual: 7 }))
    await problemOf(await world.operator.put(`${chart}/63`, { actual: 1 }, { 'If-None-Match': tag }), 412)
  })

  test('fails If-Match: * of a reading that it removes', async () => {
    interrupt(() => world.engineer.delete(`${chart}/1611204818`))
    await problemOf(await world.operator.put(`${chart}/1611204818`, { actual: 1 }, { 'If-Match': '*' }), 412)
    expect((await world.viewer.get(`${chart}/1611204818`)).status).toBe(404)
  })
})

test('a factory is compared by its profile and as a whole', async () => {
  const tagOf = async (path: string) => (await world.engineer.get(path)).headers.get('ETag')!
  const before = await tagOf('/api/factory/1')
  await world.operator.post(chart, { time: 60, actual: 1 })
  await problemOf(await world.engineer.patch('/api/factory/1', { name: 'a' }, { 'If-Match': before }), 412)
  for (const path of ['/api/factory/1', '/api/factory/1/profile']) {
    const tag = await tagOf(path)
    await problemOf(await world.engineer.delete('/api/factory/1', { 'If-None-Match': tag }), 412)
    expect((await world.engineer.patch('/api/factory/1', { name: `b ${path}` }, { 'If-Match': tag })).status).toBe(200)
  }
})

test('readings are not posted over a chart that has changed since', async () => {
  const tag = (await world.viewer.get(chart)).headers.get('ETag')!
  expect((await world.operator.post(chart, { time: 60, actual: 1 }, { 'If-Match': tag })).status).toBe(200)
  await problemOf(await world.operator.post(chart, { time: 60, actual: 2 }, { 'If-Match': tag }), 412)
  await problemOf(await world.operator.post(chart, { time: 60, actual: 2 }, { 'If-None-Match': '*' }), 412)
  expect(await (await world.viewer.get(`${chart}/60`)).json()).toMatchObject({ actual: 1 })
})

test('a condition that keeps being overtaken fails', async () => {
  const tag = (await world.viewer.get(chart)).headers.get('ETag')!
  let time = 100
  d1.decide = async (trip) => {
    const isOurs = isCommit(trip) && trip.sql.includes('revision = ')
    if (isOurs) {
      const number = await env.DB.prepare('select series from factories where id = 1 and organisation = 1').first<number>('series')
      await env.DB.prepare('update series set revision = revision + ? where number = ?').bind(time++, number).run()
    }
    return undefined
  }
  await problemOf(await world.operator.post(chart, { time: 60, actual: 1 }, { 'If-Match': tag }), 412)
  expect((await world.viewer.get(`${chart}/60`)).status).toBe(404)
})

test.each(['', 'bare', '*, "a"', '"a" "', '"a', 'W/', '""x', '"a", b', "'a'"])('%j is no condition', async (value) => {
  for (const condition of ['If-Match', 'If-None-Match'])
    await problemOf(await world.operator.post(chart, { time: 60, actual: 1 }, { [condition]: value }), 400)
  expect((await world.viewer.get(`${chart}/60`)).status).toBe(404)
})
