import { wallClock } from './clock.ts'
import type { Clock } from './clock.ts'
import type { Readiness } from '../schemas/meta.ts'
import type { Role } from '../schemas/roles.ts'
import type { Env, Limiters } from './env.ts'
import { parseConfig } from './config.ts'
import type { Queue, RequestTerms } from './database-queue.ts'
import type { Config } from './config.ts'
import type { Usage } from './operation-budget.ts'

/**
 * What one isolate of the Worker holds: its bindings, its clock and what it remembers between requests. Made once in
 * index.ts and passed along, so that a test can run several isolates in one process, each with a clock of its own.
 */
export interface Isolate {
  readonly database: D1Database
  readonly kv: KVNamespace
  readonly limiters: Limiters
  readonly clock: Clock
  readonly config: Config
  readonly memory: Memory
  /** What this invocation has sent; of an isolate that belongs to none, nothing. */
  readonly usage: Usage
  /** Takes a line of the log. */
  readonly log: (line: string) => void
  /** Weight of the questions to the database in progress, by what they are for (see db/persist.ts). */
  readonly pendingQueries: Record<Queue, number>
  readonly request?: RequestTerms
}

/** The isolate as one request sees it. */
export type RequestIsolate = Isolate & { readonly request: RequestTerms }

/** The latest commit this isolate made that touched a path: its reads of that path must not be older. */
export interface RecentCommit {
  seq: number
  bookmark: string
  until: number
}

/** The latest commit when copies of an organisation were found overdue (see cache/overdue.ts). */
export interface OverdueCommit {
  seq: number
  bookmark: string
  /** False where a later look-up found none overdue. */
  isOverdue: boolean
}

/** A document's bytes and what labels them. `seq` and `bookmark` say which commits they are known to contain. */
export interface Payload {
  body: Uint8Array
  etag: string
  /** Where it goes on backwards: the time of its first reading, where the series has older ones. */
  previousPageEnd?: number | undefined
}

/**
 * What labels an entry of KV: which commits its bytes contain. It is at most a few hundred of the 1,024 bytes that KV allows;
 * `path` is in it so that an entry found under a wrong key is known for what it is.
 */
export interface EntryMetadata {
  version: number
  path: string
  seq: number
  bookmark: string
  etag: string
  previousPageEnd?: number | undefined
  /** Unix ms; past it the entry is void wherever it is still seen. */
  leasedUntil: number
}

/** A payload in the isolate's own memory; without a body where only its label was read. */
export interface MemoryEntry {
  metadata: EntryMetadata
  body: Uint8Array | ArrayBuffer | undefined
  until: number
}

/** What KV had to say: an entry, none that may be served, or nothing at all in time. No body: nobody wants it. */
export type KvLookup = { entry: { body: ArrayBuffer | undefined; metadata: EntryMetadata } } | { entry: undefined; failed: boolean }

/** Who asks. A request without a key is a viewer of the public organisation, with `key` null. */
export interface Identity {
  /** The organisation's internal number, and its name to people. */
  organisation: number
  slug: string
  role: Role
  /** The key's internal number, and the id by which its organisation knows it. */
  key: number | null
  keyId: number | null
  /** Ids of the factories that the key is limited to; null for all. */
  factories: number[] | null
  /** Unix ms; null for a key that does not lapse. */
  expiresAt: number | null
}

/** An identity, and when the primary was last asked for it. */
export interface CachedIdentity {
  identity: Identity
  askedAt: number
  /** Not asked again before this moment: a question is under way, or has just failed. */
  nextAsk: number
  /** The last question found no database. */
  failed: boolean
}

/** Status and headers of an answer, with the bytes and without, and the payload that they speak of. */
export interface CachedResponse {
  path: string
  etag: string
  route: string
  whole: Response
  unchanged: Response
}

/** How many lines of one kind an isolate has written in the present minute (see log.ts). */
export interface LogWindow {
  until: number
  written: number
  leftOut: number
}

/** An answer made from the database for one address, with the latest commit that was known when it was asked for. */
export interface RecentAnswer extends Payload {
  headers: [name: string, value: string][]
  commit: number | undefined
  until: number
}

/** What an isolate remembers. Everything in here may be forgotten at any time without harm to an answer. */
export interface Memory {
  /** Identities by the hash of their key, or the public one (see middleware/remember.ts). */
  identityCache: Map<string, CachedIdentity>
  /** Hashes of keys that are none, until when that is taken for granted, and for how long it was. */
  rejectedKeys: Map<string, { until: number; forMs: number }>
  /** Exhausted rate limits by policy and client, and until when the limiter is not asked again. */
  refusedUntil: Map<string, number>
  /** When each refusal that is held back is sent, in order (see middleware/hold.ts). */
  heldUntil: number[]
  /** The latest bookmark of the primary that the isolate has seen. */
  latestBookmark: string
  /** Answers made from the database (see routes/recent.ts), and the latest own commit by organisation, which ends them. */
  recent: Map<string, RecentAnswer>
  recentBytes: number
  commits: Map<number, number>
  /** When the use of a key was last noted here, by its number. */
  keyUsage: Map<number, number>
  /** The epoch of the copies, as far as is known here (see cache/epoch.ts). */
  epoch: number
  /** Own commits by path (see cache/own.ts). */
  recentCommits: Map<string, RecentCommit>
  /** Organisations with overdue copies, by number (see cache/overdue.ts). */
  overdue: Map<number, OverdueCommit>
  /** Copies found good as of a bookmark though their label is older: an unchanged payload is not put again. */
  validatedEntries: Map<string, { etag: string; bookmark: string }>
  /** Payloads by path, oldest first, and what they weigh together (see cache/memory.ts). */
  payloads: Map<string, MemoryEntry>
  payloadBytes: number
  /** Answers given from memory or KV, to be given again as they are (see routes/shortcut.ts). */
  responses: Map<string, CachedResponse>
  /** What a request was answered from, for those answers. */
  servedFrom: WeakMap<Request, { path: string; route: string }>
  /** What KV told requests on the short way, and how many ms that took: the general way, if it has to answer, need not ask again. */
  kvLookups: WeakMap<Request, { found: KvLookup; ms: number }>
  /** Hashes by key (see middleware/hashes.ts). */
  keyHashes: Map<string, { hash: string; until: number }>
  /** Assemblies under way, so that concurrent misses share one. */
  inFlight: Map<string, Promise<Payload | null>>
  /** When a key was last offered a lease here; once in a few seconds is enough. */
  leaseOffers: Map<string, number>
  /** Limits of the platform that calls have met, and until when they count as exceeded (see db/platform-limits.ts). */
  platformLimits: Map<string, number>
  /** What was written of each kind of log lines (see log.ts). */
  logWindows: Map<string, LogWindow>
  /** What was last found out of whether the service can work, and until when that is taken for granted. */
  readinessResult: { found: Readiness; until: number } | undefined
}

/** Makes the state of an isolate from its environment. */
export const createIsolate = (env: Env, clock: Clock = wallClock, log: Isolate['log'] = console.log): Isolate => ({
  database: env.DB,
  kv: env.CACHE,
  limiters: env,
  clock,
  config: parseConfig(env),
  log,
  usage: { begun: 0, kvReads: 0, kvWrites: 0 },
  pendingQueries: { write: 0, read: 0, anonymous: 0, lookup: 0, replica: 0 },
  memory: {
    identityCache: new Map(),
    rejectedKeys: new Map(),
    refusedUntil: new Map(),
    heldUntil: [],
    latestBookmark: '',
    recent: new Map(),
    recentBytes: 0,
    commits: new Map(),
    keyUsage: new Map(),
    epoch: 0,
    recentCommits: new Map(),
    overdue: new Map(),
    validatedEntries: new Map(),
    payloads: new Map(),
    payloadBytes: 0,
    responses: new Map(),
    servedFrom: new WeakMap(),
    kvLookups: new WeakMap(),
    keyHashes: new Map(),
    inFlight: new Map(),
    leaseOffers: new Map(),
    platformLimits: new Map(),
    logWindows: new Map(),
    readinessResult: undefined,
  },
})
