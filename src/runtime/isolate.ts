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
 * The bindings, the clock, the configuration and the stores of one isolate of the Worker. index.ts creates it once and passes
 * it on, so a test can run several isolates in one process, each with its own clock.
 */
export interface Isolate {
  readonly database: D1Database
  readonly kv: KVNamespace
  readonly limiters: Limiters
  readonly clock: Clock
  readonly config: Config
  readonly memory: Memory
  /** Operations that the current invocation has begun. They stay 0 outside an invocation. */
  readonly usage: Usage
  /** Writes a line to the log. */
  readonly log: (line: string) => void
  /** Places that the pending queries take in each queue (db/retry.ts). */
  readonly pendingQueries: Record<Queue, number>
  readonly request?: RequestTerms
}

/** The isolate with the conditions of one request. */
export type RequestIsolate = Isolate & { readonly request: RequestTerms }

/** The latest commit of this isolate that affected a path. Reads of that path must not be older. */
export interface RecentCommit {
  seq: number
  bookmark: string
  until: number
}

/** The latest commit at the time when cache entries of an organisation were found overdue (cache/overdue.ts). */
export interface OverdueCommit {
  seq: number
  bookmark: string
  /** False if a later look-up found no overdue entry. */
  isOverdue: boolean
}

/** The bytes of a response and their entity tag. */
export interface Payload {
  body: Uint8Array
  etag: string
  /** Where the previous page ends: the time of the first reading, if the series has older readings. */
  previousPageEnd?: number | undefined
}

/**
 * The metadata of an entry in KV. `seq` and `bookmark` name the commits that its bytes contain. `path` reveals an entry that is
 * stored under a wrong key. The metadata takes at most a few hundred of the 1,024 bytes that KV allows.
 */
export interface EntryMetadata {
  version: number
  path: string
  seq: number
  bookmark: string
  etag: string
  previousPageEnd?: number | undefined
  /** End of the lease in Unix ms. A later reader must treat the entry as missing, wherever KV still shows it. */
  leasedUntil: number
}

/** A payload in the memory of the isolate; without a body if only its metadata was read. */
export interface MemoryEntry {
  metadata: EntryMetadata
  body: Uint8Array | ArrayBuffer | undefined
  until: number
}

/** The result of a KV read. Without an entry, `failed` tells a failed or slow read from a miss. Without a body, the client has it. */
export type KvLookup = { entry: { body: ArrayBuffer | undefined; metadata: EntryMetadata } } | { entry: undefined; failed: boolean }

/** The identity behind a request. A request without a key is a viewer of the public organisation, with `key` null. */
export interface Identity {
  /** Internal number of the organisation. `slug` is its public name. */
  organisation: number
  slug: string
  role: Role
  /** Internal number of the key. `keyId` is its id within the organisation. */
  key: number | null
  keyId: number | null
  /** Ids of the factories that the key is limited to; null for all. */
  factories: number[] | null
  /** Unix ms; null for a key that does not expire. */
  expiresAt: number | null
}

/** An identity and the time of the query to the primary that found it. */
export interface CachedIdentity {
  identity: Identity
  queriedAt: number
  /** The primary is not queried again before this time, because a query is pending or has just failed. */
  nextQueryAt: number
  /** True if the database was unavailable for the last query. */
  failed: boolean
}

/** The prebuilt responses for a payload: `whole` with status 200 and `unchanged` with status 304, both without the bytes. */
export interface CachedResponse {
  path: string
  etag: string
  route: string
  whole: Response
  unchanged: Response
}

/** The number of lines of one kind that an isolate has written or left out in the current minute (log.ts). */
export interface LogWindow {
  until: number
  written: number
  leftOut: number
}

/** A response from the database for one URL, with the latest commit that the isolate knew at the time of the request. */
export interface RecentResponse extends Payload {
  headers: [name: string, value: string][]
  commit: number | undefined
  until: number
}

/** The stores of an isolate. Any entry may be lost at any time without an effect on the content of a response. */
export interface Memory {
  /** Identities by the hash of their key, and the public identity (auth/identity-cache.ts). */
  identityCache: Map<string, CachedIdentity>
  /** Hashes of keys that the primary has rejected, the end of that entry, and its length (auth/identity-cache.ts). */
  rejectedKeys: Map<string, { until: number; durationMs: number }>
  /** Exhausted rate limits by policy and client, with the time until which the limiter is not called again. */
  refusedUntil: Map<string, number>
  /** Times at which delayed error responses are sent, in order (middleware/hold-refusals.ts). */
  heldUntil: number[]
  /** The latest bookmark from the primary. */
  latestBookmark: string
  /** Responses from the database (http/recent-responses.ts). A newer commit of the organisation in `commits` ends them. */
  recent: Map<string, RecentResponse>
  recentBytes: number
  /** Sequence number of the latest commit of this isolate, by organisation. */
  commits: Map<number, number>
  /** Time at which this isolate last recorded the use of a key, by internal number. */
  keyUsage: Map<number, number>
  /** The latest known cache epoch (cache/epoch.ts). */
  epoch: number
  /** Recent commits of this isolate by path (cache/recent-commits.ts). */
  recentCommits: Map<string, RecentCommit>
  /** Organisations with overdue cache entries, by internal number (cache/overdue.ts). */
  overdue: Map<number, OverdueCommit>
  /**
   * Bookmarks as of which cache entries were found valid although their metadata is older. That occurs because an unchanged
   * payload is not put again.
   */
  validatedEntries: Map<string, { etag: string; bookmark: string }>
  /** Payloads by path, oldest first, and their total size (cache/memory-store.ts). */
  payloads: Map<string, MemoryEntry>
  payloadBytes: number
  /** Prebuilt responses of the fast path (http/cached-read.ts). */
  responses: Map<string, CachedResponse>
  /** Hashes by key (auth/key-hash-cache.ts). */
  keyHashes: Map<string, { hash: string; until: number }>
  /** Pending renderings, so that concurrent misses share one query. */
  inFlight: Map<string, Promise<Payload | null>>
  /** Time at which this isolate last offered a lease to a path, because an offer every few seconds is enough. */
  leaseOffers: Map<string, number>
  /** Limits of the platform that calls have met, with the time until which they count as exceeded (db/platform-limits.ts). */
  platformLimits: Map<string, number>
  /** Counts of log lines by kind (log.ts). */
  logWindows: Map<string, LogWindow>
  /** The last result of the readiness probe and the time until which it is reused. */
  readinessResult: { found: Readiness; until: number } | undefined
}

/** Creates the state of an isolate from its environment. */
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
    keyHashes: new Map(),
    inFlight: new Map(),
    leaseOffers: new Map(),
    platformLimits: new Map(),
    logWindows: new Map(),
    readinessResult: undefined,
  },
})
