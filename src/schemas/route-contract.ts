import type { z } from 'zod'
import type { ErrorCode } from '../errors.ts'
import type * as Schemas from './all.ts'
import type { ResponseHeaders } from './response-headers.ts'
import type { Role } from './roles.ts'
import type { Scope } from './scopes.ts'

/** The contract of a route. Routing, access checks and the OpenAPI document are derived from it. */
export interface RouteContract {
  method: 'get' | 'post' | 'put' | 'patch' | 'delete'
  /** Path in OpenAPI notation: `/api/factory/{id}`. */
  path: string
  /** Name of the operation in OpenAPI, and of the function in generated clients: a verb and a noun, such as `createFactory`. */
  operationId: string
  /** Minimum role; `open` for a route without authentication. */
  role: Role | 'open'
  /** Additional scheme of the Authorization header, for clients that do not send Bearer. */
  scheme?: 'Token'
  /** Scope of the route, for keys that are limited to some factories. */
  scope: Scope
  summary: string
  tag: 'Factories' | 'Shifts' | 'Stops' | 'Readings' | 'Sprockets' | 'Keys' | 'Organisation' | 'Meta'
  /** Errors in addition to those that `listErrors` derives. */
  errors?: ErrorCode[]
  /** Request headers that the route supports. */
  headers?: ('If-Match' | 'If-None-Match' | 'Prefer')[]
  /** True if the response contains a secret. A lost response is then not built again for its Idempotency-Key. */
  secret?: true
  /** True for a route that reads a body although its method usually has none. POST, PUT and PATCH always have a body. */
  takesBody?: true
  /** Returns the schemas of requests and responses. Called only to build the OpenAPI document, because loading them takes long. */
  schemas: (schemas: typeof Schemas) => RouteSchemas
}

/** Schemas of the requests and responses of a route. */
export interface RouteSchemas {
  params?: z.ZodObject
  query?: z.ZodObject
  /** Request bodies by media type. */
  body?: Record<string, z.ZodType>
  /** True if the body is optional. */
  bodyOptional?: boolean
  /**
   * Responses without errors, by status. `more` holds alternatives to `schema` by media type. `example` is the response for the seed
   * data, if the example of the schema does not fit. `headers` lists headers in addition to those that `listHeaders` derives.
   */
  responses: Record<
    number,
    {
      description: string
      schema?: z.ZodType
      mediaType?: string
      more?: Record<string, z.ZodType>
      example?: unknown
      headers?: ResponseHeaders
    }
  >
}

/** True for a POST that writes. Such a route supports Idempotency-Key. */
export const isIdempotent = ({ method, role }: RouteContract) => method === 'post' && role !== 'open' && role !== 'viewer'

/** True for a route that may change data. It evaluates the preconditions of a request, or rejects them. */
export const mayChange = ({ method, role }: RouteContract): boolean => method !== 'get' && role !== 'open'

/** True for a route that reads a request body. */
export const hasBody = ({ method, takesBody }: RouteContract): boolean => takesBody === true || ['post', 'put', 'patch'].includes(method)
