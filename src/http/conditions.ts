import type { Conditions, Tags } from '../commands/preconditions.ts'
import { Problem } from '../errors.ts'
import type { AppContext } from '../middleware/app-env.ts'

/** An entity tag, strong or weak (RFC 9110, section 8.8.3). */
const TAG = /(?:W\/)?("[\x21\x23-\x7e\x80-\uffff]*")/g

/**
 * Returns the entity tags of a condition, weak ones as if they were strong: Cloudflare weakens ours when it compresses.
 * @throws Problem `malformed-request` for anything else, which would otherwise match nothing and let If-None-Match pass
 */
const parseTags = (name: string, header: string | undefined): Tags | undefined => {
  if (header === undefined) return undefined
  if (header.trim() === '*') return '*'
  const tags = Array.from(header.matchAll(TAG), ([, tag]) => tag!)
  if (tags.length > 0 && /^[\s,]*$/.test(header.replaceAll(TAG, ''))) return tags
  throw new Problem('malformed-request', `${name} is neither * nor entity tags in quotes; send the ETag of an answer as it came.`)
}

/**
 * Returns the conditions under which a request may change something; undefined if it has none. If-Modified-Since means
 * nothing here (RFC 9110, section 13.1.3), and If-Unmodified-Since nothing beside If-Match (section 13.1.4).
 * @throws Problem `malformed-request` for a condition that cannot be read, `precondition-failed` for one on a date
 */
export const parseConditions = (c: AppContext): Conditions | undefined => {
  const ifMatch = parseTags('If-Match', c.req.header('If-Match'))
  const ifNoneMatch = parseTags('If-None-Match', c.req.header('If-None-Match'))
  if (ifMatch === undefined && c.req.header('If-Unmodified-Since') !== undefined)
    throw new Problem(
      'precondition-failed',
      'Resources have no date of modification to compare If-Unmodified-Since with; send If-Match with an ETag.',
    )
  return ifMatch === undefined && ifNoneMatch === undefined ? undefined : { ifMatch, ifNoneMatch }
}
