import type { Context } from 'hono'
import type { ContentfulStatusCode } from 'hono/utils/http-status'
import { isUnavailable, errorMessages } from '../db/client.ts'
import { isNotMigrated } from '../runtime/error-text.ts'
import { findPlatformLimit, platformLimitProblem } from '../db/platform-limits.ts'
import { ERRORS, Problem } from '../errors.ts'
import { admitLine } from '../runtime/log.ts'
import { redactKeys } from '../schemas/redaction.ts'
import type { AppEnv } from './app-env.ts'
import { describeForInflux } from './influx-problem.ts'
import { isLocalNetwork } from '../schemas/local-network.ts'

/** Headers that describe a representation or a successful response, and do not apply to an error. */
const REPRESENTATION_HEADERS = [
  'Allow',
  'Cache-Control',
  'Cache-Status',
  'Content-Disposition',
  'ETag',
  'Link',
  'Location',
  'Preference-Applied',
  'Repr-Digest',
  'WWW-Authenticate',
]

/** Builds the response of a problem (RFC 9457). */
const problemResponse = (c: Context<AppEnv>, problem: Problem): Response => {
  const { status, title } = ERRORS[problem.code]
  for (const name of REPRESENTATION_HEADERS) c.header(name, undefined)
  const body = {
    type: new URL(`/docs/errors#${problem.code}`, c.req.url).href,
    title,
    status,
    detail: problem.message,
    request_id: c.get('requestId'),
    ...(problem.fieldErrors && { errors: problem.fieldErrors }),
    ...(c.req.path.startsWith('/api/v2/') && describeForInflux(problem, status)),
  }
  return c.body(JSON.stringify(body), status as ContentfulStatusCode, {
    'Cache-Control': 'no-store',
    ...problem.headers,
    'Content-Type': 'application/problem+json',
  })
}

/**
 * Returns the problem of a database that lacks a migration, with the command to run.
 * @param host host of the request; a local host means the local database
 */
const notMigrated = (host: string): Problem =>
  new Problem(
    'not-migrated',
    isLocalNetwork(host)
      ? 'The local database lacks a migration. Run "npx wrangler d1 migrations apply sprocket-telemetry --local" or "npm start".'
      : 'The database lacks a migration. The operator has to run "npm run deploy" or "npx wrangler d1 migrations apply DB --remote".',
    { headers: { 'Retry-After': '60' } },
  )

/** Converts an error to a problem. An unexpected error shows only the request id; the log has the details. */
const toProblem = (error: unknown, now: number, host: string): Problem => {
  if (error instanceof Problem) return error
  const limit = findPlatformLimit(error)
  if (limit) return platformLimitProblem(limit, now)
  if (isNotMigrated(error)) return notMigrated(host)
  if (isUnavailable(error))
    return new Problem('unavailable', 'The database does not respond. Retry after 5 s.', { headers: { 'Retry-After': '5' } })
  return new Problem('internal', 'Unexpected error. The log has it under the request id.')
}

/** Responds to an error, and logs it if its status is 500 or above. */
export const onError = (error: Error, c: Context<AppEnv>): Response => {
  const isolate = c.get('isolate')
  const problem = toProblem(error, isolate.clock.now(), new URL(c.req.url).hostname)
  const admitted = ERRORS[problem.code].status >= 500 && admitLine(isolate, 'errors')
  if (admitted) {
    const line = { request_id: c.get('requestId'), code: problem.code, error: errorMessages(error), ...admitted }
    console.error(redactKeys(JSON.stringify(line)))
  }
  return problemResponse(c, problem)
}

/** Responds to a path without a route: with a page to browsers, except under /api, and with a problem to programs. */
export const notFound = (c: Context<AppEnv>): Response | Promise<Response> => {
  const { pathname } = new URL(c.req.url)
  // Browsers name the media type of pages first.
  if (c.req.header('Accept')?.startsWith('text/html') && !pathname.startsWith('/api/')) return notFoundPage(c)
  return problemResponse(c, new Problem('not-found', `${pathname} not found. See /openapi.json for all paths.`))
}

/** Responds with dist/404.html and its security headers. */
const notFoundPage = async (c: Context<AppEnv>): Promise<Response> => {
  const page = await c.get('isolate').pages.fetch(new URL('/404', c.req.url))
  return c.body(await page.text(), 404, Object.fromEntries(page.headers))
}

/** Responds to a path that has routes only for other methods. */
export const onMethodNotAllowed = (c: Context<AppEnv>, methods: string[]): Response =>
  problemResponse(
    c,
    new Problem('method-not-allowed', `${c.req.method} is not allowed for this path. Use a method of the Allow header.`, {
      headers: { Allow: [...methods, 'OPTIONS'].join(', ') },
    }),
  )
