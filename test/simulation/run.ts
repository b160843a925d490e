import { SimulatedD1 } from '../support/simulated-d1.ts'
import type { Query } from '../support/simulated-d1.ts'
import { SimulatedKv } from '../support/simulated-kv.ts'
import { Timeline } from '../support/timeline.ts'
import { backlog } from './backlog.ts'
import { createClients } from './clients.ts'
import type { Code } from './code.ts'
import { seedDatabase, makeDeterministic } from './seed-database.ts'
import { faults } from './faults.ts'
import { checkInvariants } from './check-invariants.ts'
import { checkDocuments, createStorageCheck } from './check-readings.ts'
import { startIsolate } from './simulated-isolate.ts'
import { Oracle } from './oracle.ts'
import { ReadingsModel } from './readings-model.ts'
import type { Mode, Run } from './scenario.ts'
import { WARM_MS } from './traffic.ts'
import { noFaults } from './no-faults.ts'
import { platform } from './platform.ts'
import { restored } from './restored.ts'

/** The counts of one run, or of many. */
export interface RunCounts {
  puts: number
  trips: number
  writes: number
  reads: number
  /** Maximum number of statements and KV operations of one invocation. */
  maxStatements: number
  maxOperations: number
}

/** The result of a run: its counts and the violations that it found. */
export interface Verdict extends RunCounts {
  seed: number
  mode: Mode
  violations: string[]
}

const SCENARIOS = { 'no-faults': noFaults, faults, backlog, platform, restored }
const MINUTE = 60_000
const LOCATIONS = ['north', 'south']

/** True for the batch of a write without an Idempotency-Key. Its record is inserted even if the write changes nothing. */
const shouldBeLogged = (queries: Query[]): boolean =>
  queries.some(({ sql }) => sql.startsWith('insert into "audit_log"')) &&
  !queries.some(({ sql }) => sql.startsWith('insert into "idempotency_records"'))

/** True for a batch that may change readings or their sums. No trigger changes them. */
const namesReadings = (queries: Query[]): boolean => queries.some(({ sql }) => /chunks|daily_sums/.test(sql))

/**
 * Runs one random interleaving of writes, reads, cron runs and the faults of the mode.
 * @param code the release under test
 * @param next a release with another payload version, which some runs deploy and roll back
 */
export const runOnce = async (code: Code, next: Code | undefined, seed: number, mode: Mode): Promise<Verdict> => {
  const timeline = new Timeline(seed)
  const scenario = SCENARIOS[mode](timeline)
  const kv = new SimulatedKv(timeline, scenario.kvFaults)
  const d1 = new SimulatedD1(timeline, scenario.d1Faults, 'north')
  const { operationsLimit, config } = scenario
  if (operationsLimit !== undefined) d1.perInvocation.limit = kv.perInvocation.limit = operationsLimit
  const restore = makeDeterministic(timeline)
  seedDatabase(d1, scenario.factories)
  const oracle = new Oracle(code, d1)
  const violations: string[] = []
  const model = new ReadingsModel(d1.primary)
  const checkStorage = createStorageCheck(d1.primary, model, scenario.factories)
  d1.onCommit = (commit, queries) => {
    if (!oracle.recordCommit(commit, timeline.now) && shouldBeLogged(queries) && d1.restoredAt !== timeline.now)
      violations.push('a write changed a document but is not in the audit log')
    model.recordCommit()
    if (namesReadings(queries)) violations.push(...checkStorage())
  }
  const variables = { MEMORY_SECONDS: timeline.pick(scenario.memories), LEASE_SECONDS: timeline.pick(scenario.leases) }
  const platform = { timeline, kv, d1, variables, ...(config && { config }) }
  const isolates = [...LOCATIONS, ...LOCATIONS].map((location) => startIsolate(code, location, platform))
  const started = [...isolates]
  const clients = createClients(timeline, d1, oracle, model, scenario, violations)
  const { pathsRead, readCurrent, counts } = clients
  oracle.watch(pathsRead)
  const check = (repaired: boolean) => checkInvariants(code, kv, d1, oracle, timeline.now, repaired)

  const run: Run = {
    code,
    next,
    timeline,
    kv,
    d1,
    isolates,
    clients,
    replace(release, index = timeline.between(0, isolates.length - 1)) {
      isolates[index]!.life.ended = true
      started.push((isolates[index] = startIsolate(release, isolates[index]!.location, platform)))
    },
    mark: () => ({ commits: d1.commits, readings: model.copy() }),
    restore({ commits, readings }) {
      model.restore(readings)
      d1.restore(commits)
    },
    report: (violation) => void violations.push(violation),
    reportError: (error) => void violations.push(`thrown: ${String(error)}`),
    recordViolations: (repaired) => void violations.push(...check(repaired)),
    isCoherent: () => timeline.pending === 0 && check(true).length === 0,
  }
  await scenario.play(run)
  run.recordViolations(true)
  // By now every location shows the last puts.
  await timeline.run(timeline.now + WARM_MS)
  for (const isolate of isolates.slice(0, LOCATIONS.length)) void readCurrent(isolate, timeline.pick(pathsRead)).catch(run.reportError)
  await timeline.run(timeline.now + MINUTE)
  for (const isolate of isolates) for (const pending of isolate.listPending()) violations.push(`an isolate never releases ${pending}`)
  for (let factory = 0; factory < scenario.factories; factory++) violations.push(...checkDocuments(oracle, model, factory))
  for (const [{ most, limit }, unit] of [
    [d1.perInvocation, 'statements to D1'],
    [kv.perInvocation, 'operations to KV'],
  ] as const)
    if (most > limit) violations.push(`one invocation sent ${most} ${unit}`)
  d1.close()
  for (const isolate of started) isolate.release()
  restore()
  const maxima = { maxStatements: d1.perInvocation.most, maxOperations: kv.perInvocation.most }
  return { seed, mode, violations, puts: kv.puts, trips: d1.trips, ...counts, ...maxima }
}
