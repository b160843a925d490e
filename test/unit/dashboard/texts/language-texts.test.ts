import { describe, expect, test } from 'vitest'
import { chooseLocale, findDirection, LANGUAGES } from '../../../../src/dashboard/texts/locale.ts'
import { createCounter } from '../../../../src/dashboard/texts/plural.ts'
import { LANGUAGE_TEXTS, listTexts } from '../../../support/language-texts.ts'

// Promise: every language has every text of the dashboard with its parameters, and the browser's languages decide which one is shown.

const indexes: Record<string, string> = import.meta.glob('../../../../src/dashboard/index.html', {
  query: '?raw',
  import: 'default',
  eager: true,
})
const english = listTexts(LANGUAGE_TEXTS['en'])
/** Texts that are empty in every language: the smallest unit of a number, and the step of single readings. */
const EMPTY = ['chart.steps.raw', 'values.units.0']
/** Texts that may be equal in two languages, because the words are, or because they only join parameters. */
const EQUAL =
  /^(page\.(documentTitle|offline|frame\.organisation)|forms\.name|overview\.(sorts\.name|labels\.attainment)|factory\.(oee\.oee|oee\.definitions)|stops\.(reasonColumns\.name)|chart\.inZone|importing\.(label)|values\.(seconds|minutes|hours|hoursAndMinutes|units\.\d)|admin\.organisation\.(title|quota))$/

describe('the texts of each language', () => {
  test('there is one for each language', () => expect(Object.keys(LANGUAGE_TEXTS)).toEqual(LANGUAGES))

  test.each(Object.entries(LANGUAGE_TEXTS))('%s has every text, and no text is empty', (_, language) => {
    const texts = listTexts(language)
    expect(texts.map(({ path }) => path).toSorted()).toEqual(english.map(({ path }) => path).toSorted())
    expect(texts.filter(({ text }) => text.trim() === '').map(({ path }) => path)).toEqual(EMPTY)
  })

  test.each(Object.entries(LANGUAGE_TEXTS))('every text of %s mentions its parameters', (_, language) => {
    const incomplete = listTexts(language).filter(({ text, marks }) => marks.some((mark) => !text.includes(mark)))
    expect(incomplete.map(({ path }) => path)).toEqual([])
  })

  test('German has as many parameters as English, and translates every text whose words differ', () => {
    const german = new Map(listTexts(LANGUAGE_TEXTS['de']).map((each) => [each.path, each]))
    expect(english.filter(({ path, marks }) => german.get(path)!.marks.length !== marks.length)).toEqual([])
    const untranslated = english.filter(({ path, text }) => text !== '' && german.get(path)!.text === text)
    expect(untranslated.filter(({ path }) => !EQUAL.test(path)).map(({ path, text }) => `${path}: ${text}`)).toEqual([])
  })
})

test.each([
  ['en', ['1 shift.', '1 of 1 hour;', '1 hour with', '1 factory that reports']],
  ['de', ['1 Schicht.', '1 von 1 Stunde ', '1 Stunde mit', '1 Werk, das meldet']],
] as const)('the texts of %s use the singular for one', (language, parts) => {
  const { schedule, values, overview } = LANGUAGE_TEXTS[language]!
  const sentences = [
    schedule.describeWeek('', 1),
    values.goalReached(1, 1, ''),
    values.hoursWithoutGoal(1),
    overview.last24HoursOfReporting(1),
  ]
  for (const [n, part] of parts.entries()) expect(sentences[n]).toContain(part)
})

test('index.html has the English texts of the frame, which a browser shows before any script runs', () => {
  const html = Object.values(indexes)[0]!
  const { pages, ...texts } = LANGUAGE_TEXTS['en']!.page.frame
  const shown = [...html.matchAll(/data-text="(\w+)"[^>]*>([^<]+)</g)].map(([, name, text]) => [name, text])
  expect(Object.fromEntries(shown)).toEqual(texts)
  expect(html).toContain(`aria-label="${pages}" data-name="pages"`)
})

describe('chooseLocale', () => {
  test.each([
    [['de-DE', 'en'], 'de', 'de-DE'],
    [['de-CH'], 'de', 'de-CH'],
    [['en-US', 'de'], 'en', 'en-US'],
    [['fr-FR', 'de-AT', 'en'], 'de', 'de-AT'],
    [['ar'], 'en', 'ar'],
    [['DE'], 'de', 'DE'],
    [['en-US@posix', 'de'], 'de', 'de'],
    [[], 'en', 'en'],
  ])('of %j is the language %s with the formats of %s', (preferred, language, locale) => {
    expect(chooseLocale(preferred)).toEqual({ language, locale })
  })
})

test('findDirection is from right to left for languages such as Arabic and Hebrew', () => {
  expect(['en', 'de', 'ar-EG', 'he'].map(findDirection)).toEqual(['ltr', 'ltr', 'rtl', 'rtl'])
})

test('createCounter chooses the form of the language', () => {
  const forms = { one: 'one', few: 'few', other: 'other' }
  expect([1, 2, 5].map((count) => createCounter('pl')(count, forms))).toEqual(['1 one', '2 few', '5 other'])
})
