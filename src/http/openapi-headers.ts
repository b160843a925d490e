import type { OpenAPIRegistry } from '@asteasolutions/zod-to-openapi'
import type { ErrorCode } from '../errors.ts'
import { BOOKMARK_HEADER, REPLAYED_HEADER } from '../middleware/common-headers.ts'
import { RESPONSE_HEADERS } from '../schemas/response-headers.ts'
import type { ResponseHeader, ResponseHeaders } from '../schemas/response-headers.ts'
import { isIdempotent, mayChange } from '../schemas/route-contract.ts'
import type { RouteContract, RouteSchemas } from '../schemas/route-contract.ts'

/** Headers of every response. The reference describes them once. */
const COMMON: ResponseHeaders = {
  'X-Request-Id': 'always',
  'RateLimit-Policy': 'always',
  'Server-Timing': 'always',
  'Cache-Control': 'always',
  Vary: 'always',
  'X-Content-Type-Options': 'always',
  'Access-Control-Allow-Origin': 'always',
  'Access-Control-Expose-Headers': 'always',
  'Timing-Allow-Origin': 'always',
  'Strict-Transport-Security': 'sometimes',
}

/** Headers of an error by its code, in addition to those of every response. */
const ERROR_HEADERS: Partial<Record<ErrorCode, ResponseHeaders>> = {
  unauthenticated: { 'WWW-Authenticate': 'always' },
  forbidden: { 'WWW-Authenticate': 'always' },
  'unsupported-media-type': { Accept: 'sometimes', 'Accept-Encoding': 'sometimes' },
  conflict: { 'Retry-After': 'sometimes', [BOOKMARK_HEADER]: 'sometimes', [REPLAYED_HEADER]: 'sometimes' },
  'too-many-requests': { 'Retry-After': 'always' },
  unavailable: { 'Retry-After': 'always' },
  'not-migrated': { 'Retry-After': 'always' },
  'quota-exceeded': { 'Retry-After': 'always' },
  'outcome-unknown': { 'Retry-After': 'always', [REPLAYED_HEADER]: 'sometimes' },
}

/** Returns the headers of a successful response: those derived from the contract, then those that the response declares. */
export const listHeaders = (
  contract: RouteContract,
  status: number,
  { schema, headers }: RouteSchemas['responses'][number],
): ResponseHeaders => {
  const { method, role, headers: requestHeaders = [] } = contract
  const isRead = method === 'get'
  return {
    ...COMMON,
    ...(schema && { 'Repr-Digest': 'sometimes' }),
    ...(isRead && requestHeaders.includes('If-None-Match') && { ETag: 'always' }),
    ...(isRead && role !== 'open' && { 'Cache-Status': 'always' }),
    ...(mayChange(contract) && { [BOOKMARK_HEADER]: 'always' }),
    ...(method === 'post' && status === 201 && { Location: 'always' }),
    ...(requestHeaders.includes('Prefer') && { 'Preference-Applied': 'sometimes' }),
    ...(isIdempotent(contract) && { [REPLAYED_HEADER]: 'sometimes' }),
    ...headers,
  }
}

/** Returns the headers of a response that has one of several errors. A header is `always` present if every error has it. */
export const listErrorHeaders = (codes: readonly ErrorCode[]): ResponseHeaders => {
  const each = codes.map((code): ResponseHeaders => ERROR_HEADERS[code] ?? {})
  const names = [...new Set(each.flatMap((headers) => Object.keys(headers) as ResponseHeader[]))]
  const presence = (name: ResponseHeader) => (each.every((headers) => headers[name] === 'always') ? 'always' : 'sometimes')
  return { ...COMMON, 'Repr-Digest': 'sometimes', ...Object.fromEntries(names.map((name) => [name, presence(name)])) }
}

/** True if a component is registered. */
export const hasComponent = (registry: OpenAPIRegistry, type: 'headers' | 'responses', name: string): boolean =>
  registry.definitions.some((each) => each.type === 'component' && each.componentType === type && each.name === name)

/** Returns references to headers, and registers the components that they name. */
export const referenceHeaders = (registry: OpenAPIRegistry, headers: ResponseHeaders) =>
  Object.fromEntries(
    Object.entries(headers).map(([name, presence]) => {
      const component = presence === 'always' ? name : `${name}.optional`
      if (!hasComponent(registry, 'headers', component))
        registry.registerComponent('headers', component, { ...RESPONSE_HEADERS[name as ResponseHeader], required: presence === 'always' })
      return [name, { $ref: `#/components/headers/${component}` }]
    }),
  )
