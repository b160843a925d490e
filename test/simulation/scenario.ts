import type { D1Faults, SimulatedD1 } from '../support/simulated-d1.ts'
import type { KvFaults, SimulatedKv } from '../support/simulated-kv.ts'
import type { Timeline } from '../support/timeline.ts'
import type { Config } from '../../src/runtime/config.ts'
import type { createClients } from './clients.ts'
import type { Code } from './code.ts'
import type { ReadingsModel } from './readings-model.ts'
import type { SimulatedIsolate } from './simulated-isolate.ts'

/** The modes of a run. The file of the same name builds the scenario. */
export type Mode = 'no-faults' | 'faults' | 'backlog' | 'platform' | 'restored'

/** The parameters and the course of a run in one mode. */
export interface Scenario {
  kvFaults: KvFaults
  d1Faults: D1Faults
  factories: number
  /** Values of LEASE_SECONDS and MEMORY_SECONDS, of which a run picks one each. */
  leases: string[]
  memories: string[]
  /** Replaces configuration that no variable sets. */
  config?: Partial<Config>
  /** Limit of one invocation for statements and for KV operations, if lower than that of the platform. */
  operationsLimit?: number
  /** Replaces the paths that clients read. */
  paths?: string[]
  /** True if responses may be late or 503. */
  hasFaults: boolean
  /** True if a read may be older than its bookmark. */
  ignoresBookmarks?: boolean
  /** Returns the maximum age of a read without a bookmark or with a forged one, or undefined for any age. */
  maxAgeMs(isForged: boolean): number | undefined
  /** Plays the run until the cache must be coherent. */
  play(run: Run): Promise<void>
}

/** A state of the database, and of the model of its readings. */
export interface State {
  commits: number
  readings: ReturnType<ReadingsModel['copy']>
}

/** The objects of a run that a scenario uses. */
export interface Run {
  code: Code
  /** A release with another payload version. */
  next: Code | undefined
  timeline: Timeline
  kv: SimulatedKv
  d1: SimulatedD1
  isolates: SimulatedIsolate[]
  clients: ReturnType<typeof createClients>
  /** Terminates an isolate, and starts one of a release in its place. */
  replace(release: Code, index?: number): void
  /** Returns the current state of the database. */
  mark(): State
  /** Returns the database to a state, once. */
  restore(state: State): void
  /** Records a violation. */
  report(violation: string): void
  /** Records an exception as a violation. */
  reportError(error: unknown): void
  /** Records the current violations of KV and the cache directory. */
  recordViolations(repaired: boolean): void
  /** True if nothing is in progress and no invariant is violated. */
  isCoherent(): boolean
}
