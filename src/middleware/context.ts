import type { OpenAPIHono } from '@hono/zod-openapi'
import type { Context } from 'hono'
import type { Identity } from './identity.ts'

/** What the rooms may rely on once a request has passed the door. */
export interface Door {
  Variables: {
    requestId: string
    /** Set for every route that is not open. */
    identity: Identity
    /** The bookmark the client sent, well-formed. */
    bookmark: string | undefined
  }
}

export type App = OpenAPIHono<Door>
export type RequestContext = Context<Door>
