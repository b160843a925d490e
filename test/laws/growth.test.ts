import { env } from 'cloudflare:workers'
import { describe, expect, test } from 'vitest'
import { countBindings } from '../support/counting.ts'
import { addFactories } from '../support/sizes.ts'
import { makeWorld, newIsolate } from '../support/world.ts'
import type { World } from '../support/world.ts'

/** Rows that D1 read and wrote for one act. */
interface Rows {
  read: number
  written: number
}

const series = (count: number) => ({
  readings: Array.from({ length: count }, (_, n) => ({ time: 1611300000 + n * 60, actual: 1, goal: 1 })),
})

/** What is measured, in this order in each world. */
const ACTS: [name: string, act: (world: World) => Promise<Response>][] = [
  ['POST one reading', ({ operator }) => operator.post('/api/factory/1/chart-data', series(1))],
  ['POST 5,000 readings', ({ operator }) => operator.post('/api/factory/1/chart-data', series(5_000))],
  ['PUT one reading', ({ operator }) => operator.put('/api/factory/1/chart-data/1611300000', { actual: 2 })],
  ['DELETE one reading', ({ operator }) => operator.delete('/api/factory/1/chart-data/1611300000')],
  [
    'POST readings of three factories',
    ({ operator }) => operator.post('/api/readings', { readings: [0, 1, 2].map((factory) => ({ factory, time: 1611800000, actual: 1 })) }),
  ],
]

/** Counts the rows of every act in a world of this size. */
const countActs = async (factories: number): Promise<Map<string, Rows>> => {
  const world = await makeWorld()
  await addFactories(factories)
  const counter = countBindings(env)
  const here = world.elsewhere(newIsolate(world.clock, { DB: counter.env.DB, CACHE: counter.env.CACHE }))
  await here.operator.get('/api/factory/1/chart-data/1611204818')
  await here.settle()
  const counted = new Map<string, Rows>()
  for (const [name, act] of ACTS) {
    counter.take()
    expect((await act(here)).ok, name).toBe(true)
    await here.settle()
    const { rowsRead, rowsWritten } = counter.take()
    counted.set(name, { read: rowsRead, written: rowsWritten })
  }
  return counted
}

describe('the rows of a request do not depend on', () => {
  test('how many factories the organisation has', async () => {
    const [few, many] = [await countActs(3), await countActs(300)]
    for (const [name, { read, written }] of few) {
      expect(many.get(name)!.read, name).toBeLessThanOrEqual(1.1 * read)
      expect(many.get(name)!.written, name).toBe(written)
    }
  })
})
