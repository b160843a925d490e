import { createMiddleware } from 'hono/factory'
import { Problem } from '../errors.ts'
import { formatNumber, LIMITS } from '../schemas/limits.ts'
import type { AppEnv } from './app-env.ts'

/** True for an absent header, or a value within the length limit. */
export const isWithinLimit = (value: string | null): boolean => value === null || value.length <= LIMITS.headerCharacters

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
    if (!isWithinLimit(value))
      throw new Problem(
        'headers-too-large',
        `The header ${name.slice(0, 100)} has ${formatNumber(value.length)} characters; the limit is ${formatNumber(headerCharacters)}. Send a shorter one.`,
      )
  await next()
})
