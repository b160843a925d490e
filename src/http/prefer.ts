import type { AppContext } from '../middleware/app-env.ts'

/** The supported preferences. */
interface Preferences {
  lenient: boolean
  representation: boolean
}

/** A preference up to its parameters, and a part of a header between commas, in which a quoted text may contain commas. */
const PREFERENCE = /^\s*([^\s=;]+)\s*=\s*"?([^\s";]*)/
const PARTS = /(?:"(?:\\.|[^"\\])*"|[^",])+/g

/** Parses the Prefer header. If a preference occurs twice, the first one counts (RFC 7240, section 2). */
export const parsePreferences = (c: AppContext): Preferences => {
  const parts = (c.req.header('Prefer') ?? '').toLowerCase().match(PARTS) ?? []
  const preferences = new Map<string, string>()
  for (const part of parts) {
    const [, name, value] = PREFERENCE.exec(part) ?? []
    if (name !== undefined && !preferences.has(name)) preferences.set(name, value!)
  }
  return { lenient: preferences.get('handling') === 'lenient', representation: preferences.get('return') === 'representation' }
}

/** Sets Preference-Applied to the preferences that the response honours. */
export const setApplied = (c: AppContext, { lenient, representation = false }: Partial<Preferences>): void => {
  const applied = [...(lenient ? ['handling=lenient'] : []), ...(representation ? ['return=representation'] : [])]
  if (applied.length) c.header('Preference-Applied', applied.join(', '))
}
