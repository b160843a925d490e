import type { ErrorCode } from '../errors.ts'
import { LIMITS } from '../schemas/limits.ts'

const figure = (number: number) => number.toLocaleString('en')

/** One cause of an error. */
export interface Cause {
  /** Words of `detail` that only this cause has. A test finds the cause of every error in the source by them. */
  words: string[]
  text: string
}

const cause = (text: string, ...words: string[]): Cause => ({ text, words })

const KEY_LIMITED = 'The key is limited to some factories, and the request concerns others or the whole organisation.'

/** Every cause of every error, and what to do. Total: a new row of the table of errors does not compile without its causes here. */
export const CAUSES: Record<ErrorCode, { causes: Cause[]; remedy: string }> = {
  'malformed-request': {
    causes: [
      cause('The body is not well-formed JSON, or is empty where one is needed.', 'well-formed JSON', 'The body is empty'),
      cause('The body is not text in UTF-8.', 'not text in UTF-8'),
      cause(
        'A line of CSV or line protocol cannot be read. errors has the line.',
        'Not every line',
        'a quoted field',
        'delimiter',
        'header line',
      ),
      cause('Content-Encoding says gzip, and the body is not gzip.', 'not the gzip'),
      cause('Content-Digest is malformed, or is the digest of another body.', 'Content-Digest'),
      cause(
        'A query parameter, or a part of the path, has a value that it cannot have. errors points to it.',
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
    remedy: 'Correct the request. Sending it again unchanged gets the same answer.',
  },
  unauthenticated: {
    causes: [
      cause('The request has no API key, and needs one.', 'Send an API key', 'an API key with the role'),
      cause(
        'The key is malformed, unknown, expired or revoked, or its organisation was deleted.',
        'API key is not valid',
        'isWellFormed',
        'detail, challenge',
      ),
    ],
    remedy: 'Send "Authorization: Bearer" and a valid key. An admin of your organisation can make one.',
  },
  forbidden: {
    causes: [
      cause('The role of the key is too low.', 'takes the role'),
      cause(KEY_LIMITED, 'limited to some factories'),
      cause('The request would give a new key more than the key that asks has.', 'A key cannot give'),
    ],
    remedy: 'Use a key with the role that detail names, or one without a limit. WWW-Authenticate names the role too.',
  },
  'not-found': {
    causes: [
      cause('No route has this path.', 'openapi.json', 'pathname'),
      cause(
        'The factory, sprocket type, key or reading does not exist, was deleted, or belongs to another organisation or to a factory that the key does not reach. The answer is the same in each case.',
        'There is no ${what}',
        'There is no factory',
        'There is no sprocket',
        'There is no key',
        'has no reading',
      ),
    ],
    remedy: 'Check the path against the reference and the id against the list. An id is never reused.',
  },
  'method-not-allowed': {
    causes: [cause('The path exists, but not for this method.', 'is not offered here')],
    remedy: 'Use a method that Allow lists.',
  },
  conflict: {
    causes: [
      cause('A factory was deleted, or taken out of the reach of the key, after the request was accepted.', 'on their way'),
      cause(
        'A series that retention has trimmed would be replaced, or summed in another time zone; its old readings are gone.',
        'keeps only sums',
      ),
      cause('The key has expired or was revoked, so it cannot be changed.', 'is no longer valid'),
      cause(
        'The key is the last that governs the organisation, or would be outlived by none that does.',
        'governs the organisation',
        'govern',
      ),
      cause(
        'The first request with this Idempotency-Key is still being answered, or its answer, which shows a secret, was lost.',
        'first request with this',
      ),
      cause(
        'The write succeeded, but the connection to the database broke, and the result has since been deleted.',
        'what it made is gone',
      ),
    ],
    remedy: 'Read the present state and decide again. detail says which cause it is.',
  },
  'precondition-failed': {
    causes: [
      cause(
        'If-Match names another state than the present one, or the resource does not exist.',
        'names another state',
        'asks for a resource',
        'keeps changing',
      ),
      cause('If-None-Match names the present state, or is * and the resource exists.', 'asks for no resource', 'names the present state'),
      cause(
        'The request has nothing that the condition could be compared with: resources have no date of modification, and some requests no state.',
        'could be compared',
        'no date of modification',
      ),
    ],
    remedy:
      'Nothing was changed. Read the resource again, and send the change with its new ETag if you still want it. If detail says that nothing can be compared, leave the condition out.',
  },
  'content-too-large': {
    causes: [
      cause(`The body has more than ${figure(LIMITS.bodyBytes)} bytes, as sent or unpacked.`, 'bytes'),
      cause(`The body has more than ${figure(LIMITS.readings)} readings.`, 'A request may hold'),
      cause(
        `A part of a JSON body is too large: an array of more than ${figure(LIMITS.readings)} items, an object of more than ${LIMITS.objectMembers} members, more than ${figure(LIMITS.bodyValues)} values, or more than ${LIMITS.bodyDepth} levels. errors has the place.`,
        'This body is too large',
      ),
      cause(`A body of CSV or line protocol has more than ${figure(LIMITS.lines)} lines.`, 'blank ones included'),
      cause(`The body is gzip of more than ${figure(LIMITS.gzipMembers)} members.`, 'A gzip body may have'),
    ],
    remedy: 'Send the body in parts. Parts may overlap: sending a reading twice has no effect.',
  },
  'uri-too-long': {
    causes: [cause(`The URL has more than ${figure(LIMITS.urlCharacters)} characters.`, 'The URL has')],
    remedy: 'Send a shorter query. No parameter of this API needs more than a few dozen characters.',
  },
  'unsupported-media-type': {
    causes: [
      cause(
        'Content-Type is missing, or names a type that the route does not read. detail names a type that it reads.',
        'say so in Content-Type',
      ),
      cause('charset is not UTF-8.', 'sent in UTF-8'),
      cause('Content-Encoding is neither gzip nor identity.', 'Content-Encoding: gzip'),
    ],
    remedy:
      'Send JSON as application/json, or where the reference says so, CSV as text/csv, line protocol as text/plain, a merge patch as application/merge-patch+json. Bodies may be compressed with gzip.',
  },
  'invalid-content': {
    causes: [
      cause(
        `The body can be read, but a value in it is not valid. errors lists up to ${LIMITS.fieldErrors} places, each a JSON pointer or a line with the reason.`,
        'errors says where',
      ),
    ],
    remedy:
      'Correct what errors points to; nothing was stored. With "Prefer: handling=lenient" valid readings are stored and the others are listed in refused.',
  },
  'idempotency-key-reused': {
    causes: [
      cause(
        'The same API key has sent this Idempotency-Key with another request: another body, path, query, Content-Type or Prefer.',
        'another request before',
      ),
    ],
    remedy: 'Nothing was changed. Make a new key for every new request, and repeat a key only with the request that it was made for.',
  },
  'too-many-requests': {
    causes: [
      cause(
        'The key, or the address of a request without a key, has used up a policy of RateLimit-Policy. detail names the policy.',
        'Rate limit exceeded',
      ),
      cause(
        `The key has sent ${figure(LIMITS.idempotencyRecords)} requests with an Idempotency-Key within a day; leave the header out, or wait.`,
        'requests with an Idempotency-Key',
      ),
    ],
    remedy: `Wait as many seconds as Retry-After says. Collect readings: a request may hold ${figure(LIMITS.readings)}.`,
  },
  'headers-too-large': {
    causes: [cause(`A header has more than ${figure(LIMITS.headerCharacters)} characters.`, 'header')],
    remedy: 'Send a shorter header.',
  },
  'client-closed-request': {
    causes: [
      cause(
        'The connection ended before the body did. Only the log of requests shows this status, because the client is gone.',
        'connection ended',
      ),
    ],
    remedy: 'Nothing was changed. Send the request again.',
  },
  internal: {
    causes: [cause('An error that was not foreseen. The log has it under the request id.', 'names this failure')],
    remedy: 'Try again once, later. If the error stays, report the request id.',
  },
  unavailable: {
    causes: [
      cause('The database does not answer, or has too much to do.', 'does not answer now'),
      cause('Other writes keep changing the resource at the same time.', 'keeps changing'),
    ],
    remedy: 'Nothing was changed. Try again after as many seconds as Retry-After says, then at growing intervals.',
  },
  'not-migrated': {
    causes: [cause('The database lacks a table or a column that this release needs: migrations were not applied.', 'lacks a migration')],
    remedy:
      'Nothing was changed. The operator applies the migrations: "npm run deploy" for a deployment, "npx wrangler d1 migrations apply sprocket-telemetry --local" or "npm start" on this machine.',
  },
  'quota-exceeded': {
    causes: [
      cause('The plan of the platform allows a number of rows read and written in a day, and one of them is used up. detail says which.'),
    ],
    remedy:
      'Nothing was changed. Keep readings and send them after as many seconds as Retry-After says, which is midnight UTC. Reads from the cache still work, for keys that were used within the last five minutes. The operator can choose a larger plan.',
  },
  'outcome-unknown': {
    causes: [
      cause(
        'The connection to the database broke during the write, and the database did not say afterwards whether it took place.',
        'did not say whether',
      ),
    ],
    remedy:
      'The write was done whole or not at all. Read the state, or send the request again: readings that are already there do not change. detail and request_id name the request.',
  },
  'database-full': {
    causes: [cause('The database, or all databases of the account together, are as large as the plan allows.')],
    remedy:
      'Nothing was stored; reads still work. The operator deletes data, sets RETENTION_DAYS, or chooses a larger plan. Sending the same again before that does not help.',
  },
}
