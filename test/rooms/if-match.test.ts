import { beforeEach, describe, expect, test } from 'vitest'
import { makeWorld } from '../support/world.ts'
import type { World } from '../support/world.ts'
import { problemOf } from './problem.ts'

let world: World
beforeEach(async () => {
  world = await makeWorld()
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

test('a POST compares nothing', async () => {
  expect((await world.operator.post(chart, { time: 60, actual: 1 }, { 'If-Match': '"other"' })).status).toBe(200)
})
