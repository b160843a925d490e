import type { LanguageTexts } from './language-texts.ts'
import { language } from './locale.ts'
import type { Language } from './locale.ts'

/** The texts in other languages than English, which each page has in its code. A browser loads only those of its language. */
const TRANSLATIONS: Record<Exclude<Language, 'en'>, () => Promise<LanguageTexts>> = {
  de: async () => (await import('./de/de.ts')).de,
}

/** The texts in the language of the browser. They are undefined for English, and if they cannot be loaded: the page is then English. */
let translation: LanguageTexts | undefined

/** Loads the texts in the language of the browser. The code of every page is loaded after it, because it reads its texts at once. */
export const loadTranslation = async (): Promise<void> => {
  if (language !== 'en') translation = await TRANSLATIONS[language]().catch(() => undefined)
}

/** Returns the language of the texts that the page shows. */
export const getShownLanguage = (): Language => (translation === undefined ? 'en' : language)

/** Returns the texts of a part of the dashboard in the language of the browser. */
export const select = <Part extends keyof LanguageTexts>(part: Part, english: LanguageTexts[Part]): LanguageTexts[Part] =>
  translation?.[part] ?? english
