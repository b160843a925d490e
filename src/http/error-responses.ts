import type { OpenAPIRegistry } from '@asteasolutions/zod-to-openapi'
import { PLATFORM_LIMITS } from '../db/platform-limits.ts'
import { ERRORS } from '../errors.ts'
import type { ErrorCode, FieldError } from '../errors.ts'
import { formatNumber, LIMITS } from '../schemas/limits.ts'
import { hasComponent, listErrorHeaders, referenceHeaders } from './openapi-headers.ts'

/** Example details by error code. Total: a new error code does not compile without an example. */
const EXAMPLES: Record<ErrorCode, { detail: string; errors?: FieldError[] }> = {
  'malformed-request': {
    detail: 'Invalid query parameter limit; see `errors`.',
    errors: [{ pointer: '#/query/limit', detail: 'Invalid value. Send a whole number from 1 to 100.' }],
  },
  unauthenticated: { detail: 'Invalid API key: it is unknown, expired or revoked. Send another key.' },
  forbidden: { detail: 'Insufficient role: this request needs engineer, and the key has operator. Use a key with a higher role.' },
  'not-found': { detail: 'Factory 9 not found.' },
  'method-not-allowed': { detail: 'DELETE is not allowed for this path. Use a method of the Allow header.' },
  conflict: { detail: 'A factory was deleted during the request.' },
  'precondition-failed': { detail: 'If-Match does not match the current state. Read the resource again.' },
  'content-too-large': {
    detail: `Body too large: at most ${formatNumber(LIMITS.bodyBytes)} bytes, also after decompression. Send it in parts.`,
  },
  'uri-too-long': { detail: `The URL has 9,000 characters; the limit is ${formatNumber(LIMITS.urlCharacters)}. Send a shorter query.` },
  'unsupported-media-type': { detail: 'Content-Type is missing or not supported. Send the body as application/json.' },
  'invalid-content': {
    detail: '1 field is invalid; see `errors`.',
    errors: [{ pointer: '#/readings/3/time', detail: 'This looks like milliseconds; send seconds.' }],
  },
  'idempotency-key-reused': { detail: 'This Idempotency-Key was used with a different request. Send a new key.' },
  'too-many-requests': { detail: 'Rate limit exceeded: 24,000 requests per 60 s (policy "read"). Retry after 60 s.' },
  'headers-too-large': {
    detail: `The header cookie has 5,000 characters; the limit is ${formatNumber(LIMITS.headerCharacters)}. Send a shorter one.`,
  },
  'client-closed-request': { detail: 'The connection closed before the body was complete.' },
  internal: { detail: 'Unexpected error. The log has it under the request id.' },
  unavailable: { detail: 'The database does not respond. Retry after 5 s.' },
  'not-migrated': {
    detail: 'The database lacks a migration. The operator has to run "npm run deploy" or "npx wrangler d1 migrations apply DB --remote".',
  },
  'quota-exceeded': { detail: PLATFORM_LIMITS['rows-written'].detail },
  'database-full': { detail: PLATFORM_LIMITS['database-size'].detail },
  'outcome-unknown': {
    detail:
      'The database did not confirm whether request 4d0a6f0e-6f0c-4b6e-9f43-0d7c4c4f2b11 was applied. Read the resource before you retry.',
  },
}

const example = (code: ErrorCode) => {
  const { detail, errors } = EXAMPLES[code]
  return {
    type: `https://api.example.com/docs/errors#${code}`,
    ...ERRORS[code],
    detail,
    request_id: '4d0a6f0e-6f0c-4b6e-9f43-0d7c4c4f2b11',
    ...(errors && { errors }),
  }
}

const buildResponse = (registry: OpenAPIRegistry, codes: ErrorCode[]) => ({
  description: codes.map((code) => ERRORS[code].title).join('; or: '),
  headers: referenceHeaders(registry, listErrorHeaders(codes)),
  content: {
    'application/problem+json': {
      schema: { $ref: '#/components/schemas/Problem' },
      examples: Object.fromEntries(codes.map((code) => [code, { value: example(code) }])),
    },
  },
})

/** Builds the error responses of a route by status. Codes with the same status share a response, routes with the same codes a component. */
export const buildErrorResponses = (registry: OpenAPIRegistry, codes: ErrorCode[]) => {
  const byStatus = Map.groupBy(codes, (code) => ERRORS[code].status)
  return Object.fromEntries(
    [...byStatus].map(([status, sameStatus]) => {
      const name = sameStatus.join('.')
      if (!hasComponent(registry, 'responses', name)) registry.registerComponent('responses', name, buildResponse(registry, sameStatus))
      return [status, { $ref: `#/components/responses/${name}` }]
    }),
  )
}
