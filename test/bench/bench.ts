import { mkdir, writeFile } from 'node:fs/promises'
import { loadavg } from 'node:os'
import { join } from 'node:path'
import workerd from 'workerd/package.json' with { type: 'json' }
import { readCommandLine } from '../../src/cli/options.ts'
import { buildEntry, buildProduction, BUDGET } from './bundle.ts'
import { fillDatabase, isProfiled, COUNTED_FACTORY, partsOf, prepareCases } from './cases.ts'
import { costsOf } from './cost.ts'
import { countUsage } from './counts.ts'
import { startMachine } from './machine.ts'
import { PROCESSOR } from './origin.ts'
import { profileCase } from './profile.ts'
import type { Profile } from './profile.ts'
import { reportOf, sectionsOf } from './report.ts'
import type { Findings } from './report.ts'
import { writeSections } from './sections.ts'
import { timeCases } from './timing.ts'

const root = join(import.meta.dirname, '../..')
const FULL = { rounds: 7, seconds: 1.5 }
const QUICK = { rounds: 1, seconds: 0.5 }

const { values } = await readCommandLine({
  command: 'npm run bench',
  usage: `[--quick] [--write-guides]
  --quick         one payload and one kind of append, once: enough to see that nothing is broken
  --write-guides  writes the tables into the guides benchmarks.md and cost.md`,
  options: { quick: { type: 'boolean', default: false }, 'write-guides': { type: 'boolean', default: false } },
})
const { quick } = values
const plan = quick ? QUICK : FULL
const tell = (line: string) => console.error(line)
/** The load average before the benchmark started. */
const loadBefore = loadavg()[0]!

tell('Building the Worker and profiling its start.')
const { code, ...bundle } = await buildProduction()
if (bundle.gzipKiB > BUDGET.gzipKiB || bundle.startupMs > BUDGET.startupMs) {
  tell(`Over budget (test/bench/bundle.ts): ${bundle.gzipKiB.toFixed(0)} KiB gzipped, ${bundle.startupMs.toFixed(0)} ms to start.`)
  process.exitCode = 1
}
const [baseline, production, instrumented] = await Promise.all([
  buildEntry('baseline'),
  buildEntry('production'),
  buildEntry('instrumented'),
])
const parts = partsOf(code, { baseline, production, instrumented }, quick)

/** Profiles on a separate machine, because an inspector slows down its Workers. */
const profilesOf = async (seconds: number): Promise<Profile[]> => {
  const inspected = await startMachine(parts, { inspected: true })
  try {
    const cases = await prepareCases(inspected, await fillDatabase(inspected), quick)
    const profiles: Profile[] = []
    // With --quick, one profile shows that profiling works.
    for (const each of cases.filter(isProfiled).slice(0, quick ? 1 : undefined))
      profiles.push(await profileCase(inspected, each, code, seconds))
    return profiles
  } finally {
    await inspected.stop()
  }
}

const machine = await startMachine(parts)
try {
  tell('Counting.')
  const keys = await fillDatabase(machine)
  const usages = await countUsage(machine, keys.plant, COUNTED_FACTORY)
  tell('Timing.')
  const timed = await timeCases(await prepareCases(machine, keys, quick), plan, tell)
  tell('Profiling.')
  const profiles = await profilesOf(2 * plan.seconds)
  const cpuOf = (name: string) => {
    const { cpuMs, perSecond } = timed.find((each) => each.name === name)!
    return cpuMs?.median ?? 1000 / perSecond.median
  }
  const costs = costsOf(usages, {
    memory: cpuOf('ours: memory'),
    kv: cpuOf('ours: kv'),
    miss: cpuOf('ours: miss'),
    append: cpuOf('ours: append'),
  })
  const findings: Findings = {
    at: new Date().toISOString(),
    machine: { ...PROCESSOR, node: process.version, workerd: workerd.version, loadBefore },
    plan,
    bundle,
    timed,
    profiles,
    usages,
    costs,
  }
  console.log(reportOf(findings))
  await mkdir(join(root, '.bench'), { recursive: true })
  await writeFile(join(root, '.bench/bench.json'), `${JSON.stringify(findings, null, 2)}\n`)
  tell('All figures are in .bench/bench.json.')
  if (values['write-guides']) {
    const guides = ['benchmarks', 'cost'].map((name) => join(root, `src/docs/guides/internals/${name}.md`))
    await writeSections(guides, sectionsOf(findings))
  }
} finally {
  await machine.stop()
}
