import { createMiddleware } from 'hono/factory'
import type { RouteConfig } from '@hono/zod-openapi'
import type { z } from '@hono/zod-openapi'
import type { Isolate } from '../isolate.ts'
import type { ErrorCode } from '../errors.ts'
import type { App, Door, RequestContext } from '../middleware/context.ts'
import { identity } from '../middleware/identity.ts'
import { limits } from '../middleware/limits.ts'
import { ROLES } from '../schemas/roles.ts'
import type { Role } from '../schemas/roles.ts'
import { limitBody } from './body.ts'
import { errorAnswers } from './error-answers.ts'
import { once } from './once.ts'
import { REACHES, reach } from './reach.ts'
import type { Reach } from './reach.ts'

/** What a route promises. The OpenAPI document says the same, because it is made of it. */
export interface Contract {
  method: 'get' | 'post' | 'put' | 'patch' | 'delete'
  /** As OpenAPI writes it: `/api/factory/{id}`. */
  path: string
  /** Least role of those who may; `open` for everyone, key or none. A route cannot leave it out. */
  role: Role | 'open'
  /** Open, and yet limited by address, for it asks more than itself. What is not open always is. */
  limited?: true
  /** What may stand before the key in Authorization beside Bearer, for clients that were made for others. */
  scheme?: 'Token'
  /** What of the organisation it concerns, for keys that are limited to some factories. A route cannot leave it out either. */
  reach: Reach
  summary: string
  tag: 'Factories' | 'Readings' | 'Sprockets' | 'Keys' | 'Organisation' | 'Meta'
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
  /** Errors beyond those that every route of its kind can answer. */
  errors?: ErrorCode[]
  /** Headers of the request that mean something here. */
  headers?: ('If-Match' | 'If-None-Match' | 'Prefer')[]
  /** Its answer shows a secret, once: it is not made out anew for an Idempotency-Key whose answer was lost. */
  secret?: true
}

const HEADERS = {
  'If-Match': 'Entity tag of the state that this may change; another gets 412',
  'If-None-Match': 'Entity tags that the client has; the present one gets 304',
  Prefer: '`return=representation` answers with the resource; `handling=lenient` stores what is good and lists the rest',
  'Idempotency-Key':
    "A string of the client's making, such as a UUID: for 24 hours the same request under it is carried out once and answered as the first time",
  'x-d1-bookmark': 'Bookmark of a write that this must not be older than',
} as const

/** The answer to who has the present state: wherever the client may say what it has. */
const NOT_MODIFIED: Contract['answers'][number] = { description: 'The client has the present state' }

/** POSTs that write: what they do is done once for each Idempotency-Key. */
const isOnce = ({ method, role }: Contract) => method === 'post' && role !== 'open' && role !== 'viewer'

/** Errors that follow from what a route is. */
const errorsOf = (contract: Contract): ErrorCode[] => {
  const { role, reach: concerns, params, body, errors = [] } = contract
  return [
    ...new Set<ErrorCode>([
      'malformed-request',
      ...(role === 'open' ? [] : (['unauthenticated'] as const)),
      ...(role === 'open' || (role === 'viewer' && concerns !== 'organisation') ? [] : (['forbidden'] as const)),
      ...(params ? (['not-found'] as const) : []),
      ...(body ? (['content-too-large', 'unsupported-media-type', 'invalid-content'] as const) : []),
      ...(isOnce(contract) ? (['conflict', 'idempotency-key-reused'] as const) : []),
      ...(role === 'open' && !contract.limited ? [] : (['too-many-requests'] as const)),
      'internal',
      'unavailable',
      ...errors,
    ]),
  ]
}

/**
 * The name of an operation in clients that are made from the contract: method and path, so that either tells the other.
 * `GET /api/factory/{id}/chart-data/{time}` is `getFactoryChartDataByTime`.
 */
const operationId = ({ method, path }: Contract): string => {
  const words = path
    .replace(/^\/api\//, '/')
    .replaceAll('{id}', '')
    .replaceAll(/\{(\w+)\}/g, 'by-$1')
    .match(/[a-z\d]+/gi)
  return [method, ...(words ?? []).map((word) => word[0]!.toUpperCase() + word.slice(1))].join('')
}

const describe = (app: App, contract: Contract): RouteConfig => {
  const { method, path, role, summary, tag, params, query, body, bodyOptional = false, headers = [] } = contract
  const answers = { ...contract.answers, ...(headers.includes('If-None-Match') && { 304: NOT_MODIFIED }) }
  const named = [
    ...headers,
    ...(method === 'get' && role !== 'open' ? (['x-d1-bookmark'] as const) : []),
    ...(isOnce(contract) ? (['Idempotency-Key'] as const) : []),
  ]
  return {
    method,
    path,
    operationId: operationId(contract),
    summary,
    tags: [tag],
    security: role === 'open' ? [] : role === 'viewer' ? [{ key: [] }, {}] : [{ key: [] }],
    ...(role !== 'open' && { description: `Role: ${role}.` }),
    request: {
      ...(params && { params }),
      ...(query && { query }),
      ...(body && {
        body: { required: !bodyOptional, content: Object.fromEntries(Object.entries(body).map(([type, schema]) => [type, { schema }])) },
      }),
    },
    parameters: named.map((name) => ({ name, in: 'header', description: HEADERS[name], schema: { type: 'string' } })),
    responses: {
      ...errorAnswers(app, errorsOf(contract)),
      ...Object.fromEntries(
        Object.entries(answers).map(([status, { description, schema, mediaType = 'application/json', more = {}, example }]) => {
          const others = Object.fromEntries(Object.entries(more).map(([type, other]) => [type, { schema: other }]))
          const first = schema && { [mediaType]: { schema, ...(example !== undefined && { example }) } }
          return [status, { description, ...(first && { content: { ...first, ...others } }) }]
        }),
      ),
    },
  }
}

/** The house's way to write a parameter in a path, for the router. */
const routerPath = (path: string) => path.replaceAll(/\{(\w+)\}/g, ':$1')

/** True for a contract that says whom the route is for. The types say so too, but a route that slipped past them must not open. */
const isGuarded = ({ role, reach: concerns }: Partial<Contract>): boolean =>
  role === 'open' ? concerns === 'none' : ROLES.includes(role!) && concerns !== 'none' && REACHES.includes(concerns!)

/** Tells the request log which route it is. */
const named = (path: string) =>
  createMiddleware<Door>(async function named(c, next) {
    c.set('route', path)
    await next()
  })

/** What the contract does not say yet, by app: an isolate that nobody asks for the contract does not pay for wording it. */
const unsaid = new WeakMap<App, Contract[]>()

/** The contract of an app as an OpenAPI document. */
export const contractOf = (app: App, about: Parameters<App['getOpenAPI31Document']>[0]) => {
  for (const contract of unsaid.get(app) ?? []) app.openAPIRegistry.registerPath(describe(app, contract))
  unsaid.delete(app)
  return app.getOpenAPI31Document(about)
}

/** Opens a route: contract first, then the guards that it asks for, then the handler. */
export const addRoute = (
  app: App,
  isolate: Isolate,
  contract: Contract,
  handler: (c: RequestContext) => Response | Promise<Response>,
): void => {
  if (!isGuarded(contract)) throw new Error(`${contract.method} ${contract.path} does not say whom it is for`)
  unsaid.set(app, [...(unsaid.get(app) ?? []), contract])
  app.on(
    [contract.method.toUpperCase()],
    [routerPath(contract.path)],
    named(contract.path),
    ...(contract.role === 'open'
      ? contract.limited
        ? [limits(isolate)]
        : []
      : [identity(isolate, contract.role, contract.scheme), limits(isolate, contract.role), reach(contract.reach)]),
    ...(contract.body || isOnce(contract) ? [limitBody] : []),
    isOnce(contract) ? once(isolate, contract.secret === true, handler) : handler,
  )
}
