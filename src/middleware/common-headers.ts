import { cors } from 'hono/cors'
import { createMiddleware } from 'hono/factory'
import { BOOKMARK } from '../db/client.ts'
import { Problem } from '../errors.ts'
import type { AppEnv } from './app-env.ts'
import { ADDRESS_RATE_LIMIT_POLICY } from '../runtime/rate-limit-policies.ts'

/** Header that writes give and reads take: the state of the database that a reader wants to see at least. */
export const BOOKMARK_HEADER = 'x-d1-bookmark'
/** Header of every chart that says what its points are: `raw` readings, or the sums of each `hour` or `day`. */
export const RESOLUTION_HEADER = 'X-Resolution'
/** Header of an answer that was given before, to the same request under the same Idempotency-Key. */
export const REPLAYED_HEADER = 'Idempotent-Replayed'

/** Headers of a write that stored the good lines of a body: how many others there are, and the first of them. */
export const REFUSED_COUNT_HEADER = 'X-Refused-Count'
export const REFUSED_LINES_HEADER = 'X-Refused-Lines'

/** Any page may read, and write with a key: keys travel in a header, so another site's page cannot use a visitor's. */
const CROSS_ORIGIN = {
  origin: '*',
  allowMethods: ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'],
  allowHeaders: [
    'Authorization',
    'Content-Digest',
    'Content-Encoding',
    'Content-Type',
    'Idempotency-Key',
    'If-Match',
    'If-None-Match',
    'Prefer',
    'Repr-Digest',
    'Want-Repr-Digest',
    BOOKMARK_HEADER,
    'X-Request-Id',
  ],
  exposeHeaders: [
    'ETag',
    'Link',
    'Location',
    'Retry-After',
    BOOKMARK_HEADER,
    'X-Request-Id',
    'RateLimit-Policy',
    'Cache-Status',
    'Server-Timing',
    'Preference-Applied',
    'Repr-Digest',
    REFUSED_COUNT_HEADER,
    REFUSED_LINES_HEADER,
    RESOLUTION_HEADER,
    REPLAYED_HEADER,
  ],
  maxAge: 86_400,
}

const answerPreflight = cors(CROSS_ORIGIN)
const EXPOSED = CROSS_ORIGIN.exposeHeaders.join(',')

/**
 * Answers a preflight. Only preflights go through Hono's cors: it sets headers on a response made for the purpose, which is
 * then merged into the answer's, body and all, and that takes longer than the rest of a read from memory.
 */
export const preflight = createMiddleware<AppEnv>(async function preflight(c, next) {
  if (c.req.method === 'OPTIONS') return answerPreflight(c, next)
  await next()
  return undefined
})

/** Sets the headers of every answer, so that a refusal has them too and a page of another origin may read why. */
export const commonHeaders = createMiddleware<AppEnv>(async function commonHeaders(c, next) {
  c.header('Vary', 'Authorization, Accept')
  c.header('RateLimit-Policy', ADDRESS_RATE_LIMIT_POLICY)
  c.header('X-Content-Type-Options', 'nosniff')
  c.header('Access-Control-Allow-Origin', CROSS_ORIGIN.origin)
  c.header('Access-Control-Expose-Headers', EXPOSED)
  // Without it a page of another origin sees no Server-Timing in its performance entries.
  c.header('Timing-Allow-Origin', CROSS_ORIGIN.origin)
  await next()
})

/**
 * Reads the bookmark that every request may send.
 * @throws Problem `malformed-request` for anything that no write gave out
 */
export const readBookmark = createMiddleware<AppEnv>(async function readBookmark(c, next) {
  const bookmark = c.req.header(BOOKMARK_HEADER)
  if (bookmark !== undefined && !BOOKMARK.test(bookmark))
    throw new Problem('malformed-request', `${BOOKMARK_HEADER} is not a bookmark that a write gave out.`)
  c.set('bookmark', bookmark)
  await next()
})
