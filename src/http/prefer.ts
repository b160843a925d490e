import type { AppContext } from '../middleware/app-env.ts'

/** The supported preferences. */
interface Preferences {
  lenient: boolean
  representation: boolean
}

/** Parses the Prefer header (RFC 7240). */
export const parsePreferences = (c: AppContext): Preferences => {
  const header = (c.req.header('Prefer') ?? '').toLowerCase()
  const preferences = new Set(header.split(/[,;]/).map((preference) => preference.replaceAll(/["\s]/g, '')))
  return { lenient: preferences.has('handling=lenient'), representation: preferences.has('return=representation') }
}

/** Sets Preference-Applied to the preferences that the response honours. */
export const setApplied = (c: AppContext, { lenient, representation = false }: Partial<Preferences>): void => {
  const applied = [...(lenient ? ['handling=lenient'] : []), ...(representation ? ['return=representation'] : [])]
  if (applied.length) c.header('Preference-Applied', applied.join(', '))
}
