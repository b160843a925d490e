import { LIMITS } from './schemas/limits.ts'

/**
 * Every error a client can be given: code, status and sentence. The code is the last part of the problem's `type`
 * (RFC 9457), the title never changes, and `detail` says what was wrong this time.
 */
export const ERRORS = {
  'malformed-request': { status: 400, title: 'The request could not be read' },
  unauthenticated: { status: 401, title: 'A valid API key is needed' },
  forbidden: { status: 403, title: 'The API key does not reach this' },
  'not-found': { status: 404, title: 'There is nothing here' },
  'method-not-allowed': { status: 405, title: 'This method is not offered here' },
  conflict: { status: 409, title: 'The request conflicts with the present state' },
  'precondition-failed': { status: 412, title: 'A precondition of the request does not hold' },
  'content-too-large': { status: 413, title: 'The body is larger than allowed' },
  'uri-too-long': { status: 414, title: 'The URL is longer than allowed' },
  'unsupported-media-type': { status: 415, title: 'This media type is not read here' },
  'invalid-content': { status: 422, title: 'The content is not valid' },
  'idempotency-key-reused': { status: 422, title: 'The idempotency key came with another request' },
  'too-many-requests': { status: 429, title: 'Too many requests' },
  'headers-too-large': { status: 431, title: 'A header is longer than allowed' },
  'client-closed-request': { status: 499, title: 'The client closed the connection' },
  internal: { status: 500, title: 'Something went wrong here' },
  unavailable: { status: 503, title: 'The service cannot answer now' },
  'not-migrated': { status: 503, title: 'The database lacks a migration' },
  'quota-exceeded': { status: 503, title: 'A daily limit of the platform is reached' },
  'outcome-unknown': { status: 503, title: 'Whether the write took place is not known' },
  'database-full': { status: 507, title: 'The database is full' },
} as const

/** One row of the table of errors. */
export type ErrorCode = keyof typeof ERRORS

/** What was wrong, and where: `pointer` is a JSON pointer (RFC 6901) as a URI fragment, such as `#/readings/3/time`. */
export interface FieldError {
  pointer: string
  detail: string
}

/** At most this many faults are listed in one answer. */
export const MAX_FIELD_ERRORS = LIMITS.faults

/** An error that a client is told about. Anything else that is thrown becomes a 500 with nothing but the request id. */
export class Problem extends Error {
  readonly code: ErrorCode
  readonly fieldErrors: FieldError[] | undefined
  readonly headers: Record<string, string>

  /**
   * @param code row of the table of errors
   * @param detail what was wrong this time, in words for the one who sent the request; never a secret or an internal name
   * @param more `faults` for invalid input, `headers` for answers that need them (`Allow`, `Retry-After`, …)
   */
  constructor(code: ErrorCode, detail: string, more: { faults?: FieldError[]; headers?: Record<string, string> } = {}) {
    super(detail)
    this.name = 'Problem'
    this.code = code
    this.fieldErrors = more.faults?.slice(0, MAX_FIELD_ERRORS)
    this.headers = more.headers ?? {}
  }
}
