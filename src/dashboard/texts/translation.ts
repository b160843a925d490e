import type { Catalogue } from './catalogue.ts'
import { language } from './locale.ts'
import type { Language } from './locale.ts'

/** The catalogues other than English, which each page has in its code. A browser loads only the one of its language. */
const TRANSLATIONS: Record<Exclude<Language, 'en'>, () => Promise<Catalogue>> = {
  de: async () => (await import('./de/de.ts')).de,
}

/** The catalogue of the language of the browser. It is undefined for English, and if it cannot be loaded: the page is then English. */
const translation = language === 'en' ? undefined : await TRANSLATIONS[language]().catch(() => undefined)

/** The language of the texts that the page shows. */
export const shownLanguage: Language = translation === undefined ? 'en' : language

/** Returns the texts of a part of the dashboard in the language of the browser. */
export const select = <Part extends keyof Catalogue>(part: Part, english: Catalogue[Part]): Catalogue[Part] =>
  translation?.[part] ?? english
