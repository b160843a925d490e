import type { ErrorCode } from '../errors.ts'
import { formatNumber, LIMITS } from '../schemas/limits.ts'

/** One cause of an error. */
export interface Cause {
  /** Parts of `detail` that only this cause has. A test uses them to find the cause of every error in the source. */
  words: string[]
  text: string
}

const cause = (text: string, ...words: string[]): Cause => ({ text, words })

const KEY_LIMITED = 'The key is limited to some factories, and the request concerns others or the whole organisation.'

/** Causes of every error and the remedy. Total: a new error code does not compile without its causes. */
export const CAUSES: Record<ErrorCode, { causes: Cause[]; remedy: string }> = {
  'malformed-request': {
    causes: [
      cause('The body is not well-formed JSON, or is empty although the route needs one.', 'well-formed JSON', 'The body is empty'),
      cause('The body is not UTF-8.', 'not valid UTF-8'),
      cause('The request has Content-Range. The API takes no part of a body.', 'no part of a body'),
      cause(
        'A line of CSV or line protocol is malformed. errors has the line.',
        'Some lines',
        'a quoted field',
        'delimiter',
        'header line',
      ),
      cause('Content-Encoding is gzip, but the body is not.', 'not valid gzip'),
      cause('Content-Digest is malformed, or does not match the body.', 'Content-Digest'),
      cause(
        'A query parameter or a part of the path has an invalid value, or a parameter is repeated. errors points to it.',
        'query parameter',
        'in the path',
      ),
      cause(
        'Idempotency-Key, x-d1-bookmark, If-Match or If-None-Match is malformed.',
        'Idempotency-Key',
        'is not a bookmark',
        'entity tags',
      ),
    ],
    remedy: 'Correct the request. The unchanged request gets the same error again.',
  },
  unauthenticated: {
    causes: [
      cause('The request needs an API key and has none.', 'Missing API key'),
      cause(
        'The key is malformed, unknown, expired or revoked, or its organisation was deleted.',
        'Not an API key',
        'Invalid API key',
        'isWellFormed',
        'detail, challenge',
      ),
    ],
    remedy: 'Send "Authorization: Bearer" and a valid key. An admin of your organisation can create one.',
  },
  forbidden: {
    causes: [
      cause('The role of the key is too low.', 'Insufficient role'),
      cause(KEY_LIMITED, 'limited to some factories'),
      cause('The request would give a new key more than the requesting key has.', 'A key cannot give'),
    ],
    remedy: 'Use a key with the role that detail names, or a key without a limit. WWW-Authenticate also contains the role.',
  },
  'not-found': {
    causes: [
      cause('The path has no route.', 'openapi.json', 'pathname'),
      cause(
        'The factory, sprocket type, annotation, key or reading does not exist, was deleted, belongs to another organisation, or is outside the scope of the key. The response is the same in each case.',
        'not found.',
        'has no reading',
      ),
    ],
    remedy: 'Compare the path with the reference, and the id with the list. Ids are never reused.',
  },
  'method-not-allowed': {
    causes: [cause('The path exists, but does not support this method.', 'is not allowed for this path')],
    remedy: 'Use a method that Allow lists.',
  },
  conflict: {
    causes: [
      cause(
        'A factory was deleted, or the key lost access to it, while the request was processed.',
        'deleted during the request',
        'lost access',
      ),
      cause(
        'The series has been trimmed by retention, so it can neither be replaced nor be summed in another time zone: its old readings no longer exist.',
        'keeps only sums',
      ),
      cause('Two annotations of a factory would overlap.', 'Overlaps'),
      cause('A stop reason that annotations use is missing from the new list, or has another category.', 'Annotations use the reason'),
      cause('The key has expired or was revoked, so it cannot be changed.', 'is no longer valid'),
      cause('The key is the last admin key without a limit, or the one with the latest expiry.', 'last admin key'),
      cause(
        'The first request with this Idempotency-Key is still in progress, or its response contained a secret and was lost.',
        'first request with this',
      ),
      cause(
        'The write succeeded, but the connection to the database failed, and the result has since been deleted.',
        'has since been deleted',
      ),
    ],
    remedy: 'Read the current state and decide again. detail names the cause.',
  },
  'precondition-failed': {
    causes: [
      cause(
        'If-Match does not match the current state, or the resource does not exist.',
        'does not match the current state',
        'requires an existing resource',
        'keeps changing',
      ),
      cause(
        'If-None-Match matches the current state, or is * and the resource exists.',
        'requires that the resource does not exist',
        'If-None-Match matches',
      ),
      cause(
        'The condition cannot be evaluated: resources have no modification date, and some requests have no state.',
        'no state to compare',
        'no modification date',
      ),
    ],
    remedy:
      'Nothing was changed. Read the resource again, and repeat the change with its new ETag if it is still needed. If the condition cannot be evaluated, omit it.',
  },
  'content-too-large': {
    causes: [
      cause(`The body has more than ${formatNumber(LIMITS.bodyBytes)} bytes, as sent or after decompression.`, 'bytes'),
      cause(`The body has more than ${formatNumber(LIMITS.readings)} readings.`, 'Too many readings'),
      cause(
        `A part of a JSON body is too large: an array of more than ${formatNumber(LIMITS.readings)} items, an object of more than ${LIMITS.objectMembers} fields, more than ${formatNumber(LIMITS.bodyValues)} values, or more than ${LIMITS.bodyDepth} levels. errors has the place.`,
        'Body too large',
      ),
      cause(`A body of CSV or line protocol has more than ${formatNumber(LIMITS.lines)} lines.`, 'Too many lines'),
      cause(`A gzip body has more than ${formatNumber(LIMITS.gzipMembers)} members.`, 'Too many gzip members'),
    ],
    remedy: 'Send the body in parts. Parts may overlap: sending the same reading twice has no effect.',
  },
  'uri-too-long': {
    causes: [cause(`The URL has more than ${formatNumber(LIMITS.urlCharacters)} characters.`, 'The URL has')],
    remedy: 'Send a shorter query. Parameters of this API need a few dozen characters at most.',
  },
  'unsupported-media-type': {
    causes: [
      cause(
        'Content-Type is missing, or is a type that the route does not support. detail lists the supported types.',
        'Content-Type is missing',
      ),
      cause('charset is not UTF-8.', 'charset is not supported'),
      cause('Content-Encoding is neither gzip nor identity.', 'Content-Encoding is not supported'),
    ],
    remedy:
      'Send JSON as application/json. Routes whose reference lists them also accept CSV as text/csv, line protocol as text/plain, or a merge patch as application/merge-patch+json. Bodies may be compressed with gzip.',
  },
  'invalid-content': {
    causes: [
      cause(
        `The body is well-formed, but contains invalid values. errors lists up to ${LIMITS.fieldErrors} places, each as a JSON pointer or a line with the reason.`,
        'invalid; see',
      ),
      cause(
        'A reading is older than the retained readings of its factory. Of its time only sums remain, which cannot be changed.',
        'older than the retained readings',
      ),
      cause('A reading would have more scrap than actual production, sent or stored.', 'more scrap than actual production'),
    ],
    remedy:
      'Correct the places in errors. Nothing was stored. With "Prefer: handling=lenient" valid readings are stored and the others are listed in refused.',
  },
  'idempotency-key-reused': {
    causes: [
      cause(
        'The same API key has sent this Idempotency-Key with a different request: another path, query, body, Content-Type, Prefer, Accept or condition.',
        'used with a different request',
      ),
    ],
    remedy: 'Nothing was changed. Create a new Idempotency-Key for every request, and send it again only to repeat that request.',
  },
  'too-many-requests': {
    causes: [
      cause(
        'The key, or the address of a request without a key, has exceeded a policy of RateLimit-Policy. detail names the policy.',
        'Rate limit exceeded',
      ),
      cause(
        `The key has sent ${formatNumber(LIMITS.idempotencyRecords)} requests with an Idempotency-Key within a day. Omit the header, or wait.`,
        'requests with an Idempotency-Key',
      ),
    ],
    remedy: `Wait for the seconds in Retry-After. Collect readings: a request may contain ${formatNumber(LIMITS.readings)}.`,
  },
  'headers-too-large': {
    causes: [cause(`A header has more than ${formatNumber(LIMITS.headerCharacters)} characters.`, 'header')],
    remedy: 'Send a shorter header.',
  },
  'client-closed-request': {
    causes: [
      cause(
        'The connection closed before the body was complete. Only the request log shows this status, because the client is gone.',
        'connection closed',
      ),
    ],
    remedy: 'Nothing was changed. Send the request again.',
  },
  internal: {
    causes: [cause('An unexpected error. The log has it under the request id.', 'Unexpected error')],
    remedy: 'Retry once, later. If the error persists, report the request id.',
  },
  unavailable: {
    causes: [
      cause('The database does not respond, or is overloaded.', 'does not respond'),
      cause('Concurrent writes keep changing the resource.', 'keeps changing'),
      cause('A restore of the database undid the first request with the same Idempotency-Key.', 'was undone'),
    ],
    remedy: 'Nothing was changed. Retry after the seconds in Retry-After, then at growing intervals.',
  },
  'not-migrated': {
    causes: [cause('The database lacks a table or a column that this release needs: migrations were not applied.', 'lacks a migration')],
    remedy:
      'Nothing was changed. The operator applies the migrations: "npm run deploy" for a deployment, "npx wrangler d1 migrations apply sprocket-telemetry --local" or "npm start" for a local database.',
  },
  'quota-exceeded': {
    causes: [cause('The plan of the platform limits the rows read and written per day, and one limit is reached. detail names it.')],
    remedy:
      'Nothing was changed. Keep the readings and send them after the seconds in Retry-After, which end at midnight UTC. Reads from the cache still work for keys that were used within the last five minutes. The operator can choose a larger plan.',
  },
  'outcome-unknown': {
    causes: [
      cause(
        'The connection to the database failed during the write, and the database did not confirm afterwards whether the write was applied.',
        'did not confirm whether',
      ),
    ],
    remedy:
      'The write was applied completely or not at all. Read the state, or send the request again: readings that are already stored do not change. detail and request_id name the request.',
  },
  'database-full': {
    causes: [cause('The database, or all databases of the account together, have reached the size that the plan allows.')],
    remedy:
      'Nothing was stored. Reads still work. The operator deletes data, sets RETENTION_DAYS, or chooses a larger plan. Until then, a retry gets the same error.',
  },
}
