import { describe, expect, test } from 'vitest'
import { formatVerdict, listRuns, runSeeds } from './run-seeds.ts'
import { MUTANTS, withoutMutation, writeMutant } from './mutants.ts'

// Promise: no interleaving violates the cache protocol, and the simulation finds each known mistake.

/** Seeds of a test run; `npm run test:simulation` runs more, and others. */
const SEEDS = 1_000
/** Number of seeds within which the simulation must find a mutant. */
const MAX_MUTANT_SEEDS = 600

test(`the simulation finds no wrong entry, lost write or outdated read in ${SEEDS} seeds`, async () => {
  const { runs, writes, reads, bad } = await runSeeds(withoutMutation(), { first: 1, count: SEEDS })
  expect(bad.map(formatVerdict)).toEqual([])
  expect(runs).toBe(listRuns(1, SEEDS).length)
  expect(Math.min(writes, reads)).toBeGreaterThan(SEEDS)
})

test('runSeeds repeats a run exactly when the seed is the same', async () => {
  const once = () => runSeeds(withoutMutation(), { first: 77, count: 3 }, 1)
  const [{ seconds: _, ...one }, { seconds: __, ...two }] = [await once(), await once()]
  expect(two).toEqual(one)
})

// Each mutant is loaded once and run on one core.
describe.concurrent('the simulation', () => {
  test.each(MUTANTS.map((mutant, index) => [mutant.name, mutant, index] as const))(
    'the simulation finds the mutant: %s',
    async (_, mutant, index) => {
      const { bad, runs } = await runSeeds(
        writeMutant(mutant, `${index}`),
        {
          first: mutant.seed ?? 1,
          count: MAX_MUTANT_SEEDS,
          ...(mutant.modes && { modes: mutant.modes }),
          until: (report) => report.bad.length > 0,
        },
        1,
      )
      expect(bad.length, `${runs} runs found no violation`).toBeGreaterThan(0)
    },
  )
})
