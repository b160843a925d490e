import { parseInteger, readCommandLine } from '../../src/cli/options.ts'
import { writeMutant } from '../simulation/mutants.ts'
import { runSeeds } from '../simulation/run-seeds.ts'
import { findOutdated, isEquivalent } from './equivalents.ts'
import { formatMutant, listMutants } from './mutants.ts'
import type { GeneratedMutant } from './mutants.ts'
import { readResults, writeResults } from './results.ts'
import type { Finder } from './results.ts'
import { TestRunner, testsOf } from './test-runner.ts'

/** Source folders whose mutants the simulation also tries to find. */
const SIMULATED = /^(auth|cache|chunks|commands|http)\//
/** Seeds that the simulation runs with a mutant. */
const SEEDS = 15
/** Time limit of one interleaving, which takes 0.1 s. A mutant may loop forever. */
const RUN_LIMIT_MS = 20_000

const { minutes, prefixes, isRepeated } = await readCommandLine(
  {
    command: 'npm run test:mutation',
    usage: `[--minutes N] [--again] [PATH]...   tests generated mutants of src, such as -- cache/read.ts, in a random order
  --minutes N  stops after N minutes (default 60); the next run continues
  --again      also repeats survivors of earlier runs`,
    options: { minutes: { type: 'string' }, again: { type: 'boolean' } },
    positionals: 100,
  },
  ({ values, positionals }) => ({
    minutes: parseInteger('--minutes', values.minutes ?? '60', 1, 100_000),
    isRepeated: values.again ?? false,
    prefixes: positionals.length ? positionals.map((path) => path.replace(/^(\.\/)?src\//, '')) : undefined,
  }),
)

const isFoundBySimulation = async ({ file, source, mutated }: GeneratedMutant): Promise<boolean> => {
  const releases = writeMutant({ name: file, edits: [[file, source, mutated]] }, 'generated')
  const seeds = { first: 1, count: SEEDS, runLimitMs: RUN_LIMIT_MS, until: ({ bad }: { bad: unknown[] }) => bad.length > 0 }
  return runSeeds(releases, seeds, 1).then(
    ({ bad }) => bad.length > 0,
    () => true,
  )
}

const runner = new TestRunner()
const findMutant = async (mutant: GeneratedMutant): Promise<Finder> => {
  const [unit, workers] = testsOf(mutant.file)
  if (await runner.finds(mutant, unit)) return 'tests'
  // The seeds take 4 s, and most mutants end them after 2 s. The tests in the Workers runtime take up to half a minute.
  if (SIMULATED.test(mutant.file) && (await isFoundBySimulation(mutant))) return 'simulation'
  if (await runner.finds(mutant, workers)) return 'tests'
  return runner.isRejected(mutant) ? 'types' : 'nothing'
}

const outdated = findOutdated(listMutants())
for (const { file, line, from, to } of outdated) console.log(`equivalents: src/${file} has no mutant ${from} -> ${to} in ${line}`)
const mutants = listMutants(prefixes)
const results = readResults()
const end = performance.now() + minutes * 60_000
for (const mutant of mutants) {
  if (performance.now() > end) break
  const known = results.get(mutant.key)
  if (isEquivalent(mutant) || (known && !(isRepeated && known === 'nothing'))) continue
  const finder = await findMutant(mutant)
  results.set(mutant.key, finder)
  writeResults(results)
  console.log(`${finder}: ${formatMutant(mutant)}`)
}
await runner.close()

/** Prints the score of some mutants: those that were found, of those that were run and are not equivalent. */
const printScore = (name: string, all: GeneratedMutant[]): void => {
  const run = all.filter((mutant) => results.has(mutant.key) && !isEquivalent(mutant))
  const found = run.filter(({ key }) => results.get(key) !== 'nothing').length
  const equivalent = all.filter(isEquivalent).length
  if (run.length)
    console.log(
      `${name}: ${found} of ${run.length} found (${Math.round((100 * found) / run.length)} %), ${all.length - run.length - equivalent} not run, ${equivalent} equivalent`,
    )
}
console.log('')
for (const [file, all] of Map.groupBy(mutants, (mutant) => mutant.file)) printScore(`src/${file}`, all)
printScore('all', mutants)
console.log('')
for (const mutant of mutants.filter(({ key }) => results.get(key) === 'nothing'))
  if (!isEquivalent(mutant)) console.log(`${formatMutant(mutant)}\n    ${mutant.lineText}`)
for (const test of runner.broken) console.log(`${test} fails without a mutant, so it was not used`)
process.exit(outdated.length || runner.broken.size ? 1 : 0)
