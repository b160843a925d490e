import { getRefId, OpenApiGeneratorV31, OpenAPIRegistry } from '@asteasolutions/zod-to-openapi'
import type { RouteConfig } from '@asteasolutions/zod-to-openapi'
import type { z } from 'zod'
import type { ErrorCode } from '../errors.ts'
import * as schemas from '../schemas/all.ts'
import { LIMITS } from '../schemas/limits.ts'
import { OPENAPI_INFO } from './openapi-info.ts'
import { listHeaders, referenceHeaders } from './openapi-headers.ts'
import { isIdempotent, mayChange, hasBody } from '../schemas/route-contract.ts'
import type { RouteContract, RouteSchemas } from '../schemas/route-contract.ts'
import { buildErrorResponses } from './error-responses.ts'

const HEADERS = {
  'If-Match': 'Entity tags of the expected state, or `*` for any state; a different state returns 412',
  'If-None-Match': 'Entity tags that the client has cached; a match returns 304',
  Prefer: '`return=representation` returns the resource; `handling=lenient` stores valid readings and lists the others',
  'Idempotency-Key':
    'A unique string such as a UUID. For 24 hours, a repeated request with the same key is not executed again and gets the first response',
  'x-d1-bookmark': 'Bookmark of a write response; the read includes that write',
} as const

/** Description of If-None-Match for writes. */
const IF_NONE_MATCH_OF_WRITE = 'Entity tags of states that must not be changed, or `*` for any state; a match returns 412'

/** Returns the response to a client that has the current state. It has the headers of the 200, without a body. */
const notModified = ({ headers }: RouteSchemas['responses'][number]): RouteSchemas['responses'][number] => ({
  description: 'Not modified: the client has the current state',
  ...(headers && { headers }),
})

/** Returns the errors of a route: those derived from its contract, then those that it declares. */
const listErrors = (contract: RouteContract, { params }: RouteSchemas): ErrorCode[] => {
  const { role, scope, errors = [] } = contract
  return [
    ...new Set<ErrorCode>([
      'malformed-request',
      ...(role === 'open' ? [] : (['unauthenticated'] as const)),
      ...(role === 'open' || (role === 'viewer' && scope !== 'organisation') ? [] : (['forbidden'] as const)),
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

const buildOperation = (registry: OpenAPIRegistry, contract: RouteContract): RouteConfig => {
  const { method, path, operationId, role, summary, tag, headers = [] } = contract
  const routeSchemas = contract.schemas(schemas)
  const { params, query, body, bodyOptional = false } = routeSchemas
  const successes = {
    ...routeSchemas.responses,
    ...(method === 'get' && headers.includes('If-None-Match') && { 304: notModified(routeSchemas.responses[200]!) }),
  }
  const headerNames = [
    ...headers,
    ...(method === 'get' && role !== 'open' ? (['x-d1-bookmark'] as const) : []),
    ...(isIdempotent(contract) ? (['Idempotency-Key'] as const) : []),
  ]
  if ((body !== undefined) !== hasBody(contract))
    throw new Error(`${method} ${path} must either read a body and have its schema, or neither`)
  return {
    method,
    path,
    operationId,
    summary,
    tags: [tag],
    security: role === 'open' ? [] : role === 'viewer' ? [{ key: [] }, {}] : [{ key: [] }],
    description: role === 'open' ? 'No key is needed.' : `Minimum role: ${role}.`,
    request: {
      ...(params && { params }),
      ...(query && { query }),
      ...(body && {
        body: { required: !bodyOptional, content: Object.fromEntries(Object.entries(body).map(([type, schema]) => [type, { schema }])) },
      }),
    },
    parameters: headerNames.map((name) => ({
      name,
      in: 'header',
      description: name === 'If-None-Match' && mayChange(contract) ? IF_NONE_MATCH_OF_WRITE : HEADERS[name],
      schema: { type: 'string', maxLength: LIMITS.headerCharacters },
    })),
    responses: {
      ...buildErrorResponses(registry, listErrors(contract, routeSchemas)),
      ...Object.fromEntries(
        Object.entries(successes).map(([status, response]) => {
          const { description, schema, mediaType = 'application/json', more = {}, example } = response
          const headers = referenceHeaders(registry, listHeaders(contract, Number(status), response))
          const others = Object.fromEntries(Object.entries(more).map(([type, other]) => [type, { schema: other }]))
          const first = schema && { [mediaType]: { schema, ...(example !== undefined && { example }) } }
          return [status, { description, headers, ...(first && { content: { ...first, ...others } }) }]
        }),
      ),
    },
  }
}

type OpenApiDocument = ReturnType<OpenApiGeneratorV31['generateDocument']>

/**
 * Replaces `allOf` of a reference and its description by a reference with a description, which OpenAPI 3.1 permits. For `allOf`, client
 * generators build another type.
 */
const describeReferences = (document: OpenApiDocument): OpenApiDocument =>
  JSON.parse(JSON.stringify(document), (_, value: { allOf?: object[] } | null) =>
    value?.allOf?.some((part) => '$ref' in part) ? (Object.assign({}, ...value.allOf) as unknown) : value,
  ) as OpenApiDocument

/**
 * Registers every named schema, so that the description of a member that refers to it does not become its own. The order is by name,
 * because bundlers reorder the exports of a module.
 */
const registerSchemas = (registry: OpenAPIRegistry) => {
  for (const [, schema] of Object.entries(schemas).toSorted(([one], [other]) => (one < other ? -1 : 1))) {
    const name = schema instanceof schemas.z.ZodType ? getRefId(schema) : undefined
    if (name !== undefined) registry.register(name, schema as z.ZodType)
  }
}

/** Builds the OpenAPI document from the contracts of all routes. */
export const buildOpenApi = (contracts: readonly RouteContract[]) => {
  const registry = new OpenAPIRegistry()
  registerSchemas(registry)
  registry.registerComponent('securitySchemes', 'key', {
    type: 'http',
    scheme: 'bearer',
    description: 'An API key. A request without a key has the role viewer in the public organisation, if there is one.',
  })
  for (const contract of contracts) registry.registerPath(buildOperation(registry, contract))
  return describeReferences(new OpenApiGeneratorV31(registry.definitions).generateDocument(OPENAPI_INFO))
}
