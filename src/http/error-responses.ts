import type { OpenAPIHono } from '@hono/zod-openapi'
import { PLATFORM_LIMITS } from '../db/platform-limits.ts'
import { ERRORS } from '../errors.ts'
import type { ErrorCode, FieldError } from '../errors.ts'
import { LIMITS } from '../schemas/limits.ts'
import { ProblemDetails } from '../schemas/problem.ts'

/** What gathers the parts of an OpenAPI document. */
export type Registry = OpenAPIHono['openAPIRegistry']

/** What each error may say, as the OpenAPI document shows it. A new code does not compile without. */
const EXAMPLES: Record<ErrorCode, { detail: string; errors?: FieldError[] }> = {
  'malformed-request': {
    detail: 'The query parameter limit is not valid.',
    errors: [{ pointer: '#/query/limit', detail: 'A whole number from 1 to 100.' }],
  },
  unauthenticated: { detail: 'The API key is not valid.' },
  forbidden: { detail: 'This takes the role engineer; the key has the role operator.' },
  'not-found': { detail: 'There is no factory 9.' },
  'method-not-allowed': { detail: 'DELETE is not offered here.' },
  conflict: { detail: 'A factory was deleted during the request. Send the readings of the other factories.' },
  'precondition-failed': { detail: 'If-Match names another state than the current one. Read the resource again.' },
  'content-too-large': { detail: `A body may have ${LIMITS.bodyBytes} bytes, unpacked too; send it in parts.` },
  'uri-too-long': { detail: 'The URL has 9000 characters; the limit is 8192. Send a shorter query.' },
  'unsupported-media-type': { detail: 'Send the body as application/json, and say so in Content-Type.' },
  'invalid-content': {
    detail: 'One thing is not valid; errors says where.',
    errors: [{ pointer: '#/readings/3/time', detail: 'This looks like milliseconds; send seconds.' }],
  },
  'idempotency-key-reused': { detail: 'This Idempotency-Key came with another request before.' },
  'too-many-requests': { detail: 'Rate limit exceeded: 24,000 requests per 60 s (policy "read"). Retry after 60 s.' },
  'headers-too-large': { detail: 'The header cookie has 5000 characters; the limit is 4096. Send a shorter one.' },
  'client-closed-request': { detail: 'The connection ended before the body did.' },
  internal: { detail: 'The request id names this failure in the log.' },
  unavailable: { detail: 'The database does not answer now; please try again.' },
  'not-migrated': {
    detail: 'The database lacks a migration. The operator has to run "npm run deploy", or "npx wrangler d1 migrations apply DB --remote".',
  },
  'quota-exceeded': { detail: PLATFORM_LIMITS['rows-written'].detail },
  'database-full': { detail: PLATFORM_LIMITS['database-size'].detail },
  'outcome-unknown': {
    detail: 'The database did not say whether request 4d0a6f0e-6f0c-4b6e-9f43-0d7c4c4f2b11 was carried out. Read before you repeat it.',
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

const answer = (codes: ErrorCode[]) => ({
  description: codes.map((code) => ERRORS[code].title).join('; or: '),
  content: {
    'application/problem+json': {
      schema: { $ref: '#/components/schemas/Problem' },
      examples: Object.fromEntries(codes.map((code) => [code, { value: example(code) }])),
    },
  },
})

/** Error answers by status; codes of one status share an answer, and routes with the same codes share a component. */
export const errorResponses = (registry: Registry, codes: ErrorCode[]) => {
  const byStatus = Map.groupBy(codes, (code) => ERRORS[code].status)
  return Object.fromEntries(
    [...byStatus].map(([status, alike]) => {
      const name = alike.join('.')
      if (!registry.definitions.some((each) => each.type === 'component' && each.name === name)) {
        registry.register('Problem', ProblemDetails)
        registry.registerComponent('responses', name, answer(alike))
      }
      return [status, { $ref: `#/components/responses/${name}` }]
    }),
  )
}
