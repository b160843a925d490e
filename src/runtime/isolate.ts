import { wallClock } from './clock.ts'
import type { Clock } from './clock.ts'
import type { Env, Limiters } from './env.ts'
import { parseConfig } from './config.ts'
import type { RequestTerms } from './database-queue.ts'
import type { Config } from './config.ts'
import type { Usage } from './operation-budget.ts'
import { createState } from './state.ts'
import type { State } from './state.ts'

/**
 * The bindings, the clock and the configuration of one isolate of the Worker, and the state of its modules. index.ts creates it once
 * and passes it on, so a test can run several isolates in one process, each with its own clock.
 */
export interface Isolate {
  readonly database: D1Database
  readonly kv: KVNamespace
  /** The files of the pages. */
  readonly pages: Fetcher
  readonly limiters: Limiters
  readonly clock: Clock
  readonly config: Config
  /** Only a module itself knows the type of its state (state.ts). */
  readonly state: State
  /** Operations that the current invocation has begun. They stay 0 outside an invocation. */
  readonly usage: Usage
  /** Writes a line to the log. */
  readonly log: (line: string) => void
  readonly request?: RequestTerms
}

/** The isolate with the conditions of one request. */
export type RequestIsolate = Isolate & { readonly request: RequestTerms }

/** Creates an isolate without state from its environment. */
export const createIsolate = (env: Env, clock: Clock = wallClock, log: Isolate['log'] = console.log): Isolate => ({
  database: env.DB,
  kv: env.CACHE,
  pages: env.ASSETS,
  limiters: env,
  clock,
  config: parseConfig(env),
  state: createState(),
  usage: { begun: 0, kvReads: 0, kvWrites: 0 },
  log,
})
