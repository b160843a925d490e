import type { Conditions, Tags } from '../commands/preconditions.ts'
import { Problem } from '../errors.ts'
import type { AppContext } from '../middleware/app-env.ts'

/** An entity tag, strong or weak (RFC 9110, section 8.8.3). */
const TAG = /(?:W\/)?("[\x21\x23-\x7e\x80-\uffff]*")/g

/**
 * Parses the entity tags of a condition. Weak tags count as strong, because Cloudflare weakens tags when it compresses.
 * @throws Problem `malformed-request` for other values: they would match no tag, so If-None-Match would always pass
 */
const parseTags = (name: string, header: string | undefined): Tags | undefined => {
  if (header === undefined) return undefined
  if (header.trim() === '*') return '*'
  const tags = Array.from(header.matchAll(TAG), ([, tag]) => tag!)
  if (tags.length > 0 && /^[\s,]*$/.test(header.replaceAll(TAG, ''))) return tags
  throw new Problem('malformed-request', `${name} is neither * nor entity tags in quotes. Send the ETag of a response unchanged.`)
}

/**
 * Parses the condition of a read (RFC 9110, section 13.1.2: weak comparison). Returns a function that is true for the entity tags that the
 * client has, or undefined without the header. Drops the prefix `W/`, which Cloudflare adds when it compresses a response.
 */
export const parseIfNoneMatch = (header: string | null | undefined): ((etag: string) => boolean) | undefined => {
  if (header === null || header === undefined) return undefined
  // Most clients send one tag as they got it.
  const includes = (etag: string) => header.split(',').some((tag) => tag.trim().replace(/^W\//, '') === etag)
  return (etag) => header === etag || header.trim() === '*' || includes(etag)
}

/**
 * Parses the preconditions of a write; undefined if it has none. If-Modified-Since is ignored (RFC 9110, section 13.1.3), and so is
 * If-Unmodified-Since if there is an If-Match (section 13.1.4).
 * @throws Problem `malformed-request` for a malformed condition, `precondition-failed` for a condition on a date
 */
export const parseConditions = (c: AppContext): Conditions | undefined => {
  const ifMatch = parseTags('If-Match', c.req.header('If-Match'))
  const ifNoneMatch = parseTags('If-None-Match', c.req.header('If-None-Match'))
  if (ifMatch === undefined && c.req.header('If-Unmodified-Since') !== undefined)
    throw new Problem(
      'precondition-failed',
      'If-Unmodified-Since cannot be evaluated, because resources have no modification date. Send If-Match with an ETag.',
    )
  return ifMatch === undefined && ifNoneMatch === undefined ? undefined : { ifMatch, ifNoneMatch }
}
