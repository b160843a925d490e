import { sql } from 'drizzle-orm'
import type { Isolate } from '../isolate.ts'
import { pack } from '../cache/assemble.ts'
import { oneRow, openSession } from '../db/client.ts'
import { persist } from '../db/persist.ts'
import { Problem } from '../errors.ts'
import type { Draft, Guard } from './draft.ts'

/** The entity tags of a header, without the `W/` that Cloudflare adds to ours when it compresses. */
export const tagsOf = (header: string): string[] => header.split(',').map((tag) => tag.trim().replace(/^W\//, ''))

/**
 * Compares If-Match with the representation on the primary and answers the guard that it stays so until the commit. Where
 * there is none, the guards say what that means; a write that would create it finds its precondition failed.
 */
export const matchRevision = async (
  isolate: Isolate,
  { representation }: Draft<unknown>,
  guards: Guard[],
  ifMatch: string,
): Promise<Guard> => {
  const failed = () => new Problem('precondition-failed', 'If-Match names another state than the present one; read it again.')
  const [[row]] = await persist(isolate, () => {
    const session = openSession(isolate, 'first-primary')
    return session.batch([representation!.read(session.db)])
  })
  if (!row) {
    await explainAbort(isolate, guards)
    throw failed()
  }
  const { etag } = await pack(representation!.render(row as never), representation!.before?.(row as never))
  if (ifMatch.trim() !== '*' && !tagsOf(ifMatch).includes(etag)) throw failed()
  return { holds: representation!.unchanged(row.revision), otherwise: failed }
}

/** Asks each guard by itself and throws the problem of the first that does not hold. */
export const explainAbort = async (isolate: Isolate, guards: Guard[]): Promise<void> => {
  const answers = await persist(isolate, () => {
    const session = openSession(isolate, 'first-primary')
    return session.batch(guards.map(({ holds }) => session.db.select({ holds: sql<number>`${holds}`.as('holds') }).from(oneRow)))
  })
  const broken = answers.findIndex(([row]) => !row!.holds)
  if (broken >= 0) throw guards[broken]!.otherwise()
}
