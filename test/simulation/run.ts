import { SimulatedD1 } from '../support/simulated-d1.ts'
import type { Query } from '../support/simulated-d1.ts'
import { SimulatedKv } from '../support/simulated-kv.ts'
import { Timeline } from '../support/timeline.ts'
import { behind } from './behind.ts'
import { makeClients } from './clients.ts'
import type { Code } from './code.ts'
import { seedDatabase, makeDeterministic } from './seed-database.ts'
import { ill } from './faults.ts'
import { inspect } from './check-invariants.ts'
import { startIsolate } from './simulated-isolate.ts'
import { Oracle } from './oracle.ts'
import type { Mode, Run } from './scenario.ts'
import { WARM_MS } from './traffic.ts'
import { well } from './no-faults.ts'

/** What a run did, and what it found wrong; no violations where all is right. */
export interface Verdict {
  seed: number
  mode: Mode
  violations: string[]
  puts: number
  trips: number
  writes: number
  reads: number
  /** The most that one invocation sent to D1 and to KV. */
  mostStatements: number
  mostOperations: number
}

const SCENARIOS = { well, ill, behind }
const MINUTE = 60_000
const LOCATIONS = ['north', 'south']

/** True for the batch of a write, unless it notes an Idempotency-Key: that is kept even if the write changes nothing. */
const shouldBeLogged = (queries: Query[]): boolean =>
  queries.some(({ sql }) => sql.startsWith('insert into "changes"')) && !queries.some(({ sql }) => sql.startsWith('insert into "answers"'))

/**
 * One random interleaving of writes, reads, ticks and whatever fails in this mode.
 * @param code the release under proof
 * @param next another, whose payloads have another version; it comes and is taken back in some runs
 */
export const runOnce = async (code: Code, next: Code | undefined, seed: number, mode: Mode): Promise<Verdict> => {
  const timeline = new Timeline(seed)
  const scenario = SCENARIOS[mode](timeline)
  const kv = new SimulatedKv(timeline, scenario.kvFaults)
  const d1 = new SimulatedD1(timeline, scenario.d1Faults, 'north')
  const { operationsLimit, settings } = scenario
  if (operationsLimit !== undefined) d1.perInvocation.limit = kv.perInvocation.limit = operationsLimit
  makeDeterministic(timeline)
  seedDatabase(d1, scenario.factories)
  const oracle = new Oracle(code, d1.primary)
  const violations: string[] = []
  d1.onCommit = (commit, queries) => {
    if (!oracle.committed(commit, timeline.now) && shouldBeLogged(queries)) violations.push('a write that is not logged changed something')
  }
  const variables = { MEMORY_SECONDS: timeline.pick(scenario.memories), LEASE_SECONDS: timeline.pick(scenario.leases) }
  const surroundings = { timeline, kv, d1, variables, ...(settings && { settings }) }
  const members = [...LOCATIONS, ...LOCATIONS].map((location) => startIsolate(code, location, surroundings))
  const born = [...members]
  const clients = makeClients(timeline, d1, oracle, scenario, violations)
  const { wanted, look, done } = clients
  oracle.watch(wanted.map((path) => `1${path}`))
  const check = (repaired: boolean) => inspect(code, kv, d1, oracle, timeline.now, repaired)

  const run: Run = {
    code,
    next,
    timeline,
    kv,
    d1,
    members,
    clients,
    replace(release, index = timeline.between(0, members.length - 1)) {
      members[index]!.life.ended = true
      born.push((members[index] = startIsolate(release, members[index]!.location, surroundings)))
    },
    told: (error) => void violations.push(`thrown: ${String(error)}`),
    note: (repaired) => void violations.push(...check(repaired)),
    isRight: () => timeline.pending === 0 && check(true).length === 0,
  }
  await scenario.play(run)
  run.note(true)
  // What each place shows once KV has shown it everywhere.
  await timeline.run(timeline.now + WARM_MS)
  for (const member of members.slice(0, LOCATIONS.length)) void look(member, timeline.pick(wanted)).catch(run.told)
  await timeline.run(timeline.now + MINUTE)
  for (const [{ most, limit }, what] of [
    [d1.perInvocation, 'statements to D1'],
    [kv.perInvocation, 'operations to KV'],
  ] as const)
    if (most > limit) violations.push(`one invocation sent ${most} ${what}`)
  d1.close()
  for (const member of born) member.leave()
  const mosts = { mostStatements: d1.perInvocation.most, mostOperations: kv.perInvocation.most }
  return { seed, mode, violations, puts: kv.puts, trips: d1.trips, ...done, ...mosts }
}
