import { OpenAPIHono } from '@hono/zod-openapi'
import type { RouteConfig } from '@hono/zod-openapi'
import type { ErrorCode } from '../errors.ts'
import * as schemas from '../schemas/all.ts'
import { OPENAPI_INFO } from './openapi-info.ts'
import { isIdempotent, mayChange, hasBody } from './route-contract.ts'
import type { RouteContract, Shapes } from './route-contract.ts'
import { errorResponses } from './error-responses.ts'
import type { Registry } from './error-responses.ts'

const HEADERS = {
  'If-Match': 'Entity tags of the state that this may change, or `*` for any; another state gets 412',
  'If-None-Match': 'Entity tags that the client has; the present one gets 304',
  Prefer: '`return=representation` answers with the resource; `handling=lenient` stores what is good and lists the rest',
  'Idempotency-Key':
    "A string of the client's making, such as a UUID: for 24 hours the same request under it is carried out once and answered as the first time",
  'x-d1-bookmark': 'Bookmark of a write that this must not be older than',
} as const

/** What If-None-Match means for a write. */
const UNLESS = 'Entity tags of the state that this must not change, or `*` for any; that state gets 412'

/** The answer to who has the present state: wherever the client may say what it has. */
const NOT_MODIFIED: Shapes['answers'][number] = { description: 'The client has the present state' }

/** Errors that follow from what a route is. */
const errorsOf = (contract: RouteContract, { params }: Shapes): ErrorCode[] => {
  const { role, reach: concerns, errors = [] } = contract
  return [
    ...new Set<ErrorCode>([
      'malformed-request',
      ...(role === 'open' ? [] : (['unauthenticated'] as const)),
      ...(role === 'open' || (role === 'viewer' && concerns !== 'organisation') ? [] : (['forbidden'] as const)),
      ...(params ? (['not-found'] as const) : []),
      ...(hasBody(contract) ? (['content-too-large', 'unsupported-media-type', 'invalid-content'] as const) : []),
      ...(mayChange(contract) ? (['precondition-failed'] as const) : []),
      ...(isIdempotent(contract) ? (['conflict', 'idempotency-key-reused'] as const) : []),
      'too-many-requests',
      'uri-too-long',
      'headers-too-large',
      'internal',
      'unavailable',
      ...(role === 'open' ? [] : (['not-migrated', 'quota-exceeded', 'database-full'] as const)),
      ...errors,
    ]),
  ]
}

/**
 * The name of an operation in clients that are made from the contract: method and path, so that either tells the other.
 * `GET /api/factory/{id}/chart-data/{time}` is `getFactoryChartDataByTime`.
 */
const operationId = ({ method, path }: RouteContract): string => {
  const words = path
    .replace(/^\/api\//, '/')
    .replaceAll('{id}', '')
    .replaceAll(/\{(\w+)\}/g, 'by-$1')
    .match(/[a-z\d]+/gi)
  return [method, ...(words ?? []).map((word) => word[0]!.toUpperCase() + word.slice(1))].join('')
}

const describe = (registry: Registry, contract: RouteContract): RouteConfig => {
  const { method, path, role, summary, tag, headers = [] } = contract
  const shapes = contract.shapes(schemas)
  const { params, query, body, bodyOptional = false } = shapes
  const answers = { ...shapes.answers, ...(method === 'get' && headers.includes('If-None-Match') && { 304: NOT_MODIFIED }) }
  const named = [
    ...headers,
    ...(method === 'get' && role !== 'open' ? (['x-d1-bookmark'] as const) : []),
    ...(isIdempotent(contract) ? (['Idempotency-Key'] as const) : []),
  ]
  if ((body !== undefined) !== hasBody(contract)) throw new Error(`${method} ${path} limits another body than it has`)
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
    parameters: named.map((name) => ({
      name,
      in: 'header',
      description: name === 'If-None-Match' && mayChange(contract) ? UNLESS : HEADERS[name],
      schema: { type: 'string' },
    })),
    responses: {
      ...errorResponses(registry, errorsOf(contract, shapes)),
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

/** What routes promise as an OpenAPI document. */
export const buildOpenApi = (contracts: readonly RouteContract[]) => {
  const document = new OpenAPIHono()
  const registry = document.openAPIRegistry
  registry.registerComponent('securitySchemes', 'key', {
    type: 'http',
    scheme: 'bearer',
    description: 'An API key. Without one a request is a viewer of the public organisation, where there is one.',
  })
  for (const contract of contracts) registry.registerPath(describe(registry, contract))
  return document.getOpenAPI31Document(OPENAPI_INFO)
}
