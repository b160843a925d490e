import { sql } from 'drizzle-orm'
import type { Isolate } from '../runtime/isolate.ts'
import { toPayload } from '../cache/assemble.ts'
import { singleRow, openSession } from '../db/client.ts'
import { withRetries } from '../db/retry.ts'
import { Problem } from '../errors.ts'
import type { Mutation, Guard, Representation } from './mutation.ts'

/** Entity tags of a condition, or any state at all. */
export type Tags = '*' | readonly string[]

/** The conditions of a write (RFC 9110, section 13.1). Where there are both, both must hold. */
export interface Conditions {
  ifMatch?: Tags | undefined
  ifNoneMatch?: Tags | undefined
}

/** The entity tags of a header, without the `W/` that Cloudflare adds to ours when it compresses. */
export const tagsOf = (header: string): string[] => header.split(',').map((tag) => tag.trim().replace(/^W\//, ''))

const failed = (detail: string) => () => new Problem('precondition-failed', detail)
const changed = failed('If-Match does not match the current state. Read the resource again.')
const missing = failed('If-Match requires an existing resource, but it does not exist. Omit the header to create it.')
const present = failed('If-None-Match requires that the resource does not exist, but it does. Omit the header to change it.')
const unchanged = failed('If-None-Match matches the current state. Nothing was changed.')

const representationsOf = ({ conditionalOn }: Mutation<unknown>): readonly [Representation, ...Representation[]] => {
  const [first, ...more] = conditionalOn ?? []
  if (first) return [first, ...more]
  throw failed('This request has no state to compare with If-Match or If-None-Match. Omit these headers.')()
}

/**
 * Returns the guards of the conditions that ask only whether the resource exists (`*`). They hold or fail inside the batch.
 * @throws Problem `precondition-failed` if the write has no representation to compare with
 */
export const existenceGuards = (draft: Mutation<unknown>, { ifMatch, ifNoneMatch }: Conditions): Guard[] => {
  const [{ exists }] = representationsOf(draft)
  return [
    ...(ifMatch === '*' ? [{ condition: exists(), problem: missing }] : []),
    ...(ifNoneMatch === '*' ? [{ condition: sql`not ${exists()}`, problem: present }] : []),
  ]
}

/**
 * Compares entity tags with the representations on the primary. Returns the guards that the compared state stays until the
 * commit, so a write between the comparison and the commit aborts the batch.
 * @param guards the guards of the draft, which say what an absent resource means
 * @throws Problem `precondition-failed`, or that of the first guard that does not hold for an absent resource
 */
export const compareTags = async (
  isolate: Isolate,
  draft: Mutation<unknown>,
  guards: Guard[],
  { ifMatch, ifNoneMatch }: Conditions,
): Promise<Guard[]> => {
  const [wanted, unwanted] = [ifMatch, ifNoneMatch].map((tags) => (tags === '*' ? undefined : tags))
  if (!wanted && !unwanted) return []
  const representations = representationsOf(draft)
  const found = await withRetries(isolate, () => {
    const session = openSession(isolate, 'first-primary')
    return session.batch(representations.map(({ read }) => read(session.db)))
  })
  const shown = await Promise.all(
    representations.flatMap((representation, index) =>
      found[index]!.slice(0, 1).map(async (row: object) => {
        const { etag } = await toPayload(representation.render(row as never), representation.before?.(row as never))
        return { etag, stays: { holds: representation.unchanged(row as never), otherwise: changed } }
      }),
    ),
  )
  if (shown.length === 0) {
    await explainAbort(isolate, guards)
    if (wanted) throw missing()
    return [{ condition: sql`not ${representations[0].exists()}`, problem: present }]
  }
  const matched = wanted && shown.find(({ etag }) => wanted.includes(etag))
  if (wanted && !matched) throw changed()
  if (unwanted && shown.some(({ etag }) => unwanted.includes(etag))) throw unchanged()
  return [...(matched ? [matched.stays] : []), ...(unwanted ? shown.map(({ stays }) => stays) : [])]
}

/** Asks each guard by itself and throws the problem of the first that does not hold. */
export const explainAbort = async (isolate: Isolate, guards: Guard[]): Promise<void> => {
  const answers = await withRetries(isolate, () => {
    const session = openSession(isolate, 'first-primary')
    return session.batch(guards.map(({ condition }) => session.db.select({ holds: sql<number>`${condition}`.as('holds') }).from(singleRow)))
  })
  const broken = answers.findIndex(([row]) => !row!.holds)
  if (broken >= 0) throw guards[broken]!.problem()
}
