import { createMiddleware } from 'hono/factory'
import { Problem } from '../errors.ts'
import { formatNumber, LIMITS } from '../schemas/limits.ts'
import type { AppEnv } from './app-env.ts'

const isTooLong = (value: string): boolean => value.length > LIMITS.headerCharacters

/** True if a header has a value above the length limit. */
export const hasLongHeader = (headers: Headers): boolean => {
  for (const value of headers.values()) if (isTooLong(value)) return true
  return false
}

/**
 * Rejects a URL or header above its length limit before other code reads it. This bounds the processor time and memory that client text
 * can use.
 * @throws Problem `uri-too-long`, `headers-too-large`
 */
export const lengthLimits = createMiddleware<AppEnv>(async function lengths(c, next) {
  const { url, headers } = c.req.raw
  const { urlCharacters, headerCharacters } = LIMITS
  if (url.length > urlCharacters)
    throw new Problem(
      'uri-too-long',
      `The URL has ${formatNumber(url.length)} characters; the limit is ${formatNumber(urlCharacters)}. Send a shorter query.`,
    )
  for (const [name, value] of headers)
    if (isTooLong(value))
      throw new Problem(
        'headers-too-large',
        `The header ${name.slice(0, 100)} has ${formatNumber(value.length)} characters; the limit is ${formatNumber(headerCharacters)}. Send a shorter one.`,
      )
  await next()
})
