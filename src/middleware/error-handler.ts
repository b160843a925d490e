import type { Context } from 'hono'
import type { ContentfulStatusCode } from 'hono/utils/http-status'
import { isUnavailable, errorMessages } from '../db/client.ts'
import { isNotMigrated } from '../runtime/error-text.ts'
import { findPlatformLimit, platformLimitProblem } from '../db/platform-limits.ts'
import { ERRORS, Problem } from '../errors.ts'
import type { Isolate } from '../runtime/isolate.ts'
import { admitLine } from '../runtime/log.ts'
import { redactKeys } from '../schemas/redaction.ts'
import type { AppEnv } from './app-env.ts'
import { describeForInflux } from './influx-problem.ts'
import { isLocalNetwork } from './https.ts'

/** Headers that speak of an answer which is not given after all. */
const FORGONE = [
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

/** Writes an error down as problem+json (RFC 9457). */
export const problemResponse = (c: Context<AppEnv>, problem: Problem): Response => {
  const { status, title } = ERRORS[problem.code]
  for (const name of FORGONE) c.header(name, undefined)
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
 * @param host of the request: a local one means the local database
 */
const notMigrated = (host: string): Problem =>
  new Problem(
    'not-migrated',
    isLocalNetwork(host)
      ? 'The local database lacks a migration. Run "npx wrangler d1 migrations apply sprocket-telemetry --local", or start with "npm start".'
      : 'The database lacks a migration. The operator has to run "npm run deploy", or "npx wrangler d1 migrations apply DB --remote".',
    { headers: { 'Retry-After': '60' } },
  )

/** Returns what the client is told of an error. For an error that was not foreseen this is the request id; the log has the rest. */
export const toProblem = (error: unknown, now: number, host: string): Problem => {
  if (error instanceof Problem) return error
  const limit = findPlatformLimit(error)
  if (limit) return platformLimitProblem(limit, now)
  if (isNotMigrated(error)) return notMigrated(host)
  if (isUnavailable(error))
    return new Problem('unavailable', 'The database does not answer now; please try again.', { headers: { 'Retry-After': '5' } })
  return new Problem('internal', 'The request id names this failure in the log.')
}

/** Returns the error handler of the app. */
export const onError =
  (isolate: Isolate) =>
  (error: Error, c: Context<AppEnv>): Response => {
    const problem = toProblem(error, isolate.clock.now(), new URL(c.req.url).hostname)
    const admitted = ERRORS[problem.code].status >= 500 && admitLine(isolate, 'errors')
    if (admitted) {
      const line = { request_id: c.get('requestId'), code: problem.code, error: errorMessages(error), ...admitted }
      console.error(redactKeys(JSON.stringify(line)))
    }
    return problemResponse(c, problem)
  }

/** Where no route stands. */
export const notFound = (c: Context<AppEnv>): Response =>
  problemResponse(c, new Problem('not-found', `There is no ${new URL(c.req.url).pathname} here; /openapi.json lists what is.`))

/** Where a route stands, but not for this method. */
export const onMethodNotAllowed = (c: Context<AppEnv>, methods: string[]): Response =>
  problemResponse(
    c,
    new Problem('method-not-allowed', `${c.req.method} is not offered here.`, { headers: { Allow: [...methods, 'OPTIONS'].join(', ') } }),
  )
