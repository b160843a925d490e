/** Chooses the language of texts and the locale of dates and numbers from the languages that the browser prefers. */

/** The languages that the dashboard has, English first. */
export const LANGUAGES = ['en', 'de'] as const
export type Language = (typeof LANGUAGES)[number]

/** The languages that are written from right to left, of those in which texts may be added. */
const RIGHT_TO_LEFT = new Set(['ar', 'ckb', 'dv', 'fa', 'he', 'ps', 'sd', 'ug', 'ur', 'yi'])

/** Returns the language of a tag: `de` of `de-AT`. */
const findLanguage = (tag: string): string => tag.toLowerCase().split('-')[0]!

/** True for a tag that `Intl` accepts. Some systems give a browser tags such as `en-US@posix`. */
const isLocale = (tag: string): boolean => {
  try {
    return Intl.getCanonicalLocales(tag).length > 0
  } catch {
    return false
  }
}

/**
 * Returns the first preferred language that the dashboard has, or English, and the locale of dates and numbers: the preferred one of
 * this language with its region, such as `de-CH`, or the first preferred one if there are no texts in its language.
 * @param preferred language tags in order of preference
 */
export const chooseLocale = (preferred: readonly string[]): { language: Language; locale: string } => {
  const tags = preferred.filter(isLocale)
  const language = tags.map(findLanguage).flatMap((each) => LANGUAGES.find((known) => known === each) ?? [])[0]
  const locale = tags.find((tag) => language === undefined || findLanguage(tag) === language)
  return { language: language ?? 'en', locale: locale ?? 'en' }
}

/** Returns the direction in which a language is written. */
export const findDirection = (language: string): 'ltr' | 'rtl' => (RIGHT_TO_LEFT.has(findLanguage(language)) ? 'rtl' : 'ltr')

/** The language of this browser, and the locale of its dates and numbers. */
export const { language, locale } = chooseLocale(navigator.languages)
