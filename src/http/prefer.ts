import type { AppContext } from '../middleware/app-env.ts'

/** What a client may like that is heard here. */
interface Preferences {
  lenient: boolean
  representation: boolean
}

/** What the client would like (RFC 7240). */
export const parsePreferences = (c: AppContext): Preferences => {
  const header = (c.req.header('Prefer') ?? '').toLowerCase()
  const wishes = new Set(header.split(/[,;]/).map((wish) => wish.replaceAll(/["\s]/g, '')))
  return { lenient: wishes.has('handling=lenient'), representation: wishes.has('return=representation') }
}

/** The answer's word on what of it was done. */
export const setApplied = (c: AppContext, { lenient, representation = false }: Partial<Preferences>): void => {
  const applied = [...(lenient ? ['handling=lenient'] : []), ...(representation ? ['return=representation'] : [])]
  if (applied.length) c.header('Preference-Applied', applied.join(', '))
}
