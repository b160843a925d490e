import type { z } from '@hono/zod-openapi'
import type { ErrorCode } from '../errors.ts'
import type * as Schemas from '../schemas/all.ts'
import type { Role } from '../schemas/roles.ts'
import type { Scope } from './require-scope.ts'

/** What a route promises. The OpenAPI document says the same, because it is made of it. */
export interface RouteContract {
  method: 'get' | 'post' | 'put' | 'patch' | 'delete'
  /** As OpenAPI writes it: `/api/factory/{id}`. */
  path: string
  /** Least role of those who may; `open` for everyone, key or none. A route cannot leave it out. */
  role: Role | 'open'
  /** What may stand before the key in Authorization beside Bearer, for clients that were made for others. */
  scheme?: 'Token'
  /** What of the organisation it concerns, for keys that are limited to some factories. A route cannot leave it out either. */
  reach: Scope
  summary: string
  tag: 'Factories' | 'Readings' | 'Sprockets' | 'Keys' | 'Organisation' | 'Meta'
  /** Errors beyond those that every route of its kind can answer. */
  errors?: ErrorCode[]
  /** Headers of the request that mean something here. */
  headers?: ('If-Match' | 'If-None-Match' | 'Prefer')[]
  /** Its answer shows a secret, once: it is not made out anew for an Idempotency-Key whose answer was lost. */
  secret?: true
  /** A body is read here though the method has none of itself; POST, PUT and PATCH always have one. */
  takesBody?: true
  /** What goes in and comes out, told once the contract is worded: until then nobody needs the schemas (openapi.ts). */
  shapes: (schemas: typeof Schemas) => Shapes
}

/** What goes into a route and what comes out. */
export interface Shapes {
  params?: z.ZodObject
  query?: z.ZodObject
  /** Bodies that are read, by media type. */
  body?: Record<string, z.ZodType>
  /** A request may go without a body. */
  bodyOptional?: boolean
  /**
   * Answers that are no errors; `more` by media type where there are others than the first. `example` is what the seed data
   * gives, unless the schema has one that fits.
   */
  answers: Record<
    number,
    { description: string; schema?: z.ZodType; mediaType?: string; more?: Record<string, z.ZodType>; example?: unknown }
  >
}

/** POSTs that write: what they do is done once for each Idempotency-Key. */
export const isIdempotent = ({ method, role }: RouteContract) => method === 'post' && role !== 'open' && role !== 'viewer'

/** Whether a route may change something: it then compares the conditions of a request, or refuses them. */
export const mayChange = ({ method, role }: RouteContract): boolean => method !== 'get' && role !== 'open'

/** Whether a request may have a body that is read. */
export const hasBody = ({ method, takesBody }: RouteContract): boolean => takesBody === true || ['post', 'put', 'patch'].includes(method)
