import { createMiddleware } from 'hono/factory'
import { Problem } from '../errors.ts'
import { LIMITS } from '../schemas/limits.ts'
import type { AppEnv } from './app-env.ts'

/** True for a header value that is short enough to be read. An absent header is. */
export const isWithinLimit = (value: string | null): boolean => value === null || value.length <= LIMITS.headerCharacters

/**
 * Refuses a URL or a header that is longer than any client of this API needs, before anything reads it. This bounds the
 * processor time and the memory that everything behind it can spend on client text.
 * @throws Problem `uri-too-long`, `headers-too-large`
 */
export const lengthLimits = createMiddleware<AppEnv>(async function lengths(c, next) {
  const { url, headers } = c.req.raw
  const { urlCharacters, headerCharacters } = LIMITS
  if (url.length > urlCharacters)
    throw new Problem('uri-too-long', `The URL has ${url.length} characters; the limit is ${urlCharacters}. Send a shorter query.`)
  for (const [name, value] of headers)
    if (!isWithinLimit(value))
      throw new Problem(
        'headers-too-large',
        `The header ${name.slice(0, 100)} has ${value.length} characters; the limit is ${headerCharacters}. Send a shorter one.`,
      )
  await next()
})
