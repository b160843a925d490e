import type { Context, Hono } from 'hono'
import type { IdempotencyRecord } from '../commands/idempotency.ts'
import type { Actor } from '../commands/mutation.ts'
import type { Identity } from '../auth/identity-cache.ts'
import type { KvLookup } from '../cache/kv-store.ts'
import type { RequestIsolate } from '../runtime/isolate.ts'
import type { MeasuredIsolate } from './measured-isolate.ts'

/** The earlier response to a repeated request, or if it was lost, the id of the commit that executed the request. */
export type Replay = { response: Response } | { commitId: string }

/** A request with an Idempotency-Key. */
export interface RequestIdempotency {
  record: IdempotencyRecord
  /** Id of the commit that has executed the request, if the response to it was lost. */
  earlierCommit: string | undefined
  /** Replays a concurrent request with the same key that was committed first. */
  replay(): Promise<Replay>
}

/** The payload of a response: its cache entry, entity tag and route. */
export interface SentPayload {
  path: string
  etag: string
  route: string
}

/** Notes of the fast path and the router about one request. Each reads what the other wrote. */
export interface ReadNotes {
  /** True if the request has been counted by a rate limiter. */
  isCounted: boolean
  /** The KV look-up of the fast path and its duration, if it has made one. */
  kvLookup: { lookup: KvLookup; ms: number } | undefined
  /** The payload that the router has sent from memory or KV. */
  sent: SentPayload | undefined
}

/** Hono environment of the app: the notes of the fast path, and the variables that middleware sets for handlers. */
export interface AppEnv {
  Bindings: { notes: ReadNotes }
  Variables: {
    /** The isolate as this request uses it. Set before every other variable. */
    isolate: RequestIsolate & MeasuredIsolate
    requestId: string
    /** True if the server has made the request id and no commit has used it. */
    isNewRequestId: boolean
    /** The identity of the client. Set on every route that is not open. */
    identity: Identity
    /** The actor of a write. Set on every route that is not open. */
    actor: Actor
    /** The path of the route in OpenAPI notation, such as `/api/factory/{id}`. Unset if no route matches. */
    route: string
    /** True if the response is streamed, so that its body is not available as a whole. */
    isStreamed: boolean
    /** The bookmark that the client sent. It is well-formed. */
    bookmark: string | undefined
    /**
     * Set by a write: true if its response is stored under its Idempotency-Key. A write that changed and refused nothing gives the same
     * response when it runs again.
     */
    storesResponse: boolean | undefined
    /** Set for a request with an Idempotency-Key. */
    idempotency: RequestIdempotency | undefined
  }
}

export type App = Hono<AppEnv>
export type AppContext = Context<AppEnv>
export type Handler = (c: AppContext) => Response | Promise<Response>
