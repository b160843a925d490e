import { createMiddleware } from 'hono/factory'
import type { Isolate } from '../isolate.ts'
import { messages } from '../db/client.ts'
import { Problem } from '../errors.ts'
import type { Door } from './context.ts'

/** As wrangler.toml declares them: requests a minute, and writes among them, of one key or address at one location. */
export const READS_A_MINUTE = 12_000
export const WRITES_A_MINUTE = 6_000

/** What every answer says (draft-ietf-httpapi-ratelimit-headers). What is left of it nobody knows, so nobody says. */
export const RATE_LIMIT_POLICY = `"read";q=${READS_A_MINUTE};w=60, "write";q=${WRITES_A_MINUTE};w=60`

const isRead = (method: string) => method === 'GET' || method === 'HEAD'

/** Lets a request pass unless its key or address has had its share. A limiter that fails lets everything pass. */
export const limits = (isolate: Isolate) =>
  createMiddleware<Door>(async function limits(c, next) {
    const who = c.get('identity')
    const key = who?.key != null ? `key ${who.key}` : `address ${c.req.header('CF-Connecting-IP') ?? ''}`
    const spent = [isolate.readLimit, ...(isRead(c.req.method) ? [] : [isolate.writeLimit])].map((limit) => limit.limit({ key }))
    const results = await Promise.all(spent).catch((error: unknown) => {
      console.error('rate limiter failed:', messages(error))
      return []
    })
    if (results.some(({ success }) => !success)) {
      throw new Problem('too-many-requests', 'Please wait a minute and go on more slowly.', { headers: { 'Retry-After': '60' } })
    }
    await next()
  })
