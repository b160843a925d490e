import { takeExcerpt, toPointer } from './schemas/json-pointer.ts'
import { LIMITS } from './schemas/limits.ts'

/**
 * Every error of the API: code, status and title. The code is the fragment of the problem's `type` (RFC 9457). The title belongs to
 * the code. `detail` describes the single request.
 */
export const ERRORS = {
  'malformed-request': { status: 400, title: 'Malformed request' },
  unauthenticated: { status: 401, title: 'Missing or invalid API key' },
  forbidden: { status: 403, title: 'Insufficient permissions' },
  'not-found': { status: 404, title: 'Resource not found' },
  'method-not-allowed': { status: 405, title: 'Method not allowed' },
  conflict: { status: 409, title: 'Conflict with the current state' },
  'precondition-failed': { status: 412, title: 'Precondition failed' },
  'content-too-large': { status: 413, title: 'Request body too large' },
  'uri-too-long': { status: 414, title: 'URL too long' },
  'unsupported-media-type': { status: 415, title: 'Unsupported media type' },
  'invalid-content': { status: 422, title: 'Invalid content' },
  'idempotency-key-reused': { status: 422, title: 'Idempotency key reused with a different request' },
  'too-many-requests': { status: 429, title: 'Too many requests' },
  'headers-too-large': { status: 431, title: 'Request header too long' },
  'client-closed-request': { status: 499, title: 'Client closed the connection' },
  internal: { status: 500, title: 'Internal error' },
  unavailable: { status: 503, title: 'Service temporarily unavailable' },
  'not-migrated': { status: 503, title: 'Database migration missing' },
  'quota-exceeded': { status: 503, title: 'Daily platform limit reached' },
  'outcome-unknown': { status: 503, title: 'Write outcome unknown' },
  'database-full': { status: 507, title: 'Database full' },
} as const

export type ErrorCode = keyof typeof ERRORS

/** One invalid place of a request. `pointer` is a JSON pointer (RFC 6901) as a URI fragment, such as `#/readings/3/time`. */
export interface FieldError {
  pointer: string
  detail: string
}

/** Maximum number of field errors in one response. */
export const MAX_FIELD_ERRORS = LIMITS.fieldErrors

/** An error that the client sees. Any other thrown value becomes a 500 that shows only the request id. */
export class Problem extends Error {
  readonly code: ErrorCode
  readonly fieldErrors: FieldError[] | undefined
  readonly headers: Record<string, string>

  /**
   * @param code key of `ERRORS`
   * @param detail sentence for the client: the error, its place, the next step. Contains no secret and no internal name
   * @param more `fieldErrors` for invalid input, `headers` such as `Allow` and `Retry-After`
   */
  constructor(code: ErrorCode, detail: string, more: { fieldErrors?: FieldError[]; headers?: Record<string, string> } = {}) {
    super(detail)
    this.name = 'Problem'
    this.code = code
    this.fieldErrors = more.fieldErrors?.slice(0, MAX_FIELD_ERRORS)
    this.headers = more.headers ?? {}
  }
}

const countFieldErrors = ({ length }: FieldError[]): string => {
  if (length > MAX_FIELD_ERRORS) return `More than ${MAX_FIELD_ERRORS} fields are`
  return length === 1 ? '1 field is' : `${length} fields are`
}

/** Returns the problem of well-formed content with invalid fields. */
export const invalidContent = (fieldErrors: FieldError[]): Problem =>
  new Problem('invalid-content', `${countFieldErrors(fieldErrors)} invalid; see \`errors\`.`, { fieldErrors })

/** Returns the problem of an invalid query parameter. A client may send any name. */
export const invalidQueryParam = (name: string, detail: string) =>
  new Problem('malformed-request', `Invalid query parameter ${takeExcerpt(name)}; see \`errors\`.`, {
    fieldErrors: [{ pointer: toPointer(['query', name]), detail }],
  })
