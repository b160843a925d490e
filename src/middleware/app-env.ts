import type { Context, Hono } from 'hono'
import type { IdempotencyRecord } from '../commands/idempotency.ts'
import type { Identity } from '../runtime/isolate.ts'
import type { Role } from '../schemas/roles.ts'
import type { RequestMetrics } from './request-metrics.ts'

/** What the rooms may rely on once a request has passed the door. */
export interface AppEnv {
  Variables: {
    requestId: string
    /** Set for every route that is not open. */
    identity: Identity
    /** The least role that the route takes; set for every route that is not open. */
    role: Role
    /** The pattern of the route, such as `/api/factory/{id}`; unset where there is none. */
    route: string
    /** What the request has asked of database and KV. */
    meter: RequestMetrics
    /** The answer is sent while it is made, and not known as a whole. */
    isStreamed: boolean
    /** The request has spent from a limiter. */
    isCounted: boolean
    /** The bookmark the client sent, well-formed. */
    bookmark: string | undefined
    /** Set by a write: whether it changed anything. */
    hasChanged: boolean | undefined
    /** Set for a request with an Idempotency-Key; `earlier` is the commit that carried it out, where one did. */
    once: (IdempotencyRecord & { earlier: string | undefined }) | undefined
  }
}

export type App = Hono<AppEnv>
export type AppContext = Context<AppEnv>
