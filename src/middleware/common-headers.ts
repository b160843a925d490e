import { cors } from 'hono/cors'
import { createMiddleware } from 'hono/factory'
import { BOOKMARK } from '../db/client.ts'
import { Problem } from '../errors.ts'
import type { AppEnv } from './app-env.ts'
import { ADDRESS_RATE_LIMIT_POLICY } from '../runtime/rate-limit-policies.ts'

/** Header with a bookmark. Writes return it, and a read that sends it sees that state of the database or a later one. */
export const BOOKMARK_HEADER = 'x-d1-bookmark'
/** Header of every chart: its points are `raw` readings, or sums per `hour` or `day`. */
export const RESOLUTION_HEADER = 'X-Resolution'
/** Header of a replayed response for an Idempotency-Key. */
export const REPLAYED_HEADER = 'Idempotent-Replayed'

/** Headers of a lenient write in line protocol: the number of refused lines, and the first of their line numbers. */
export const REFUSED_COUNT_HEADER = 'X-Refused-Count'
export const REFUSED_LINES_HEADER = 'X-Refused-Lines'

/** CORS for all origins. A foreign page cannot use a visitor's key, because browsers do not send Authorization by themselves. */
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

const respondToPreflight = cors(CROSS_ORIGIN)
const EXPOSED = CROSS_ORIGIN.exposeHeaders.join(',')

/**
 * Responds to CORS preflight requests. Other requests bypass Hono's cors, because it merges two responses and that takes longer than the
 * rest of a read from memory.
 */
export const preflight = createMiddleware<AppEnv>(async function preflight(c, next) {
  if (c.req.method === 'OPTIONS') return respondToPreflight(c, next)
  await next()
  return undefined
})

/** Sets the headers of every response, including errors, so that pages of other origins can read the error. */
export const commonHeaders = createMiddleware<AppEnv>(async function commonHeaders(c, next) {
  c.header('Vary', 'Authorization, Accept')
  c.header('RateLimit-Policy', ADDRESS_RATE_LIMIT_POLICY)
  c.header('X-Content-Type-Options', 'nosniff')
  c.header('Access-Control-Allow-Origin', CROSS_ORIGIN.origin)
  c.header('Access-Control-Expose-Headers', EXPOSED)
  // Lets pages of other origins see Server-Timing in their performance entries.
  c.header('Timing-Allow-Origin', CROSS_ORIGIN.origin)
  await next()
})

/**
 * Parses the bookmark of a request.
 * @throws Problem `malformed-request` for a malformed bookmark
 */
export const readBookmark = createMiddleware<AppEnv>(async function readBookmark(c, next) {
  const bookmark = c.req.header(BOOKMARK_HEADER)
  if (bookmark !== undefined && !BOOKMARK.test(bookmark))
    throw new Problem(
      'malformed-request',
      `${BOOKMARK_HEADER} is not a bookmark. Send the ${BOOKMARK_HEADER} of a write response unchanged.`,
    )
  c.set('bookmark', bookmark)
  await next()
})
