import type { D1Faults, SimulatedD1 } from '../support/simulated-d1.ts'
import type { KvFaults, SimulatedKv } from '../support/simulated-kv.ts'
import type { Timeline } from '../support/timeline.ts'
import type { Config } from '../../src/runtime/config.ts'
import type { makeClients } from './clients.ts'
import type { Code } from './code.ts'
import type { Member } from './simulated-isolate.ts'

/** What may go wrong in a run, each in a file of its name. */
export type Mode = 'well' | 'ill' | 'behind'

/** What a mode makes of a run. */
export interface Scenario {
  kvFaults: KvFaults
  d1Faults: D1Faults
  factories: number
  /** LEASE_SECONDS and MEMORY_SECONDS, one of which is chosen. */
  leases: string[]
  memories: string[]
  /** Replaces settings that no variable sets. */
  settings?: Partial<Config>
  /** What one invocation may send to D1, and to KV, where that is less than usual. */
  operationsLimit?: number
  /** The paths that are read, where they are not the usual ones. */
  paths?: string[]
  /** True if answers may be 503 and late. */
  isIll: boolean
  /** The oldest that a read may be now which has no bookmark, or a forged one; undefined for any age. */
  mostAgeMs(isForged: boolean): number | undefined
  /** Lets everything happen until all must be right. */
  play(run: Run): Promise<void>
}

/** What a scenario plays with. */
export interface Run {
  code: Code
  /** Another release, whose payloads have another version. */
  next: Code | undefined
  timeline: Timeline
  kv: SimulatedKv
  d1: SimulatedD1
  members: Member[]
  clients: ReturnType<typeof makeClients>
  /** Replaces a member by a new isolate of a release: the old one is dead. */
  replace(release: Code, index?: number): void
  /** Notes what was thrown: nothing should be. */
  told(error: unknown): void
  /** Notes what is wrong with KV and the directory now. */
  note(repaired: boolean): void
  /** True if nothing is under way and all is right. */
  isRight(): boolean
}
