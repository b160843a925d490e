import { describe, expect, test } from 'vitest'
import { listRuns, runMany, tell } from './run-seeds.ts'
import { plant, plantNothing, PLANTS } from './mutants.ts'

/** Interleavings of every test run; `npm run test:simulation` takes more, and others. */
const INTERLEAVINGS = 2_000
/** A mistake that so many interleavings do not show is not caught. */
const PLANTED_MOST = 600

test(`after any of ${INTERLEAVINGS} interleavings of writes, reads, failures and deaths, every copy is right, no write is lost, and nobody read what he must not`, async () => {
  const { runs, writes, reads, bad } = await runMany(plantNothing(), { first: 1, count: INTERLEAVINGS })
  expect(bad.map(tell)).toEqual([])
  expect(runs).toBe(listRuns(1, INTERLEAVINGS).length)
  expect(Math.min(writes, reads)).toBeGreaterThan(INTERLEAVINGS)
})

test('a seed is a run: the same seed does the same', async () => {
  const once = () => runMany(plantNothing(), { first: 77, count: 3 }, 1)
  const [{ seconds: _, ...one }, { seconds: __, ...two }] = [await once(), await once()]
  expect(two).toEqual(one)
})

test('the faster functions of Drizzle change no run', async () => {
  const run = (slow: boolean) => runMany({ ...plantNothing(), slow }, { first: 501, count: 10 }, 1)
  const [{ seconds: _, ...fast }, { seconds: __, ...slow }] = [await run(false), await run(true)]
  expect(fast).toEqual(slow)
})

describe('a known mistake is caught', () => {
  test.each(PLANTS.map((each, index) => [each.name, each, index] as const))('%s', async (_, each, index) => {
    const { bad, runs } = await runMany(plant(each, index), {
      first: 1,
      count: PLANTED_MOST,
      ...(each.modes && { modes: each.modes }),
      until: (report) => report.bad.length > 0,
    })
    expect(bad.length, `${runs} runs showed nothing`).toBeGreaterThan(0)
  })
})
