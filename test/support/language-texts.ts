import type { LanguageTexts } from '../../src/dashboard/texts/language-texts.ts'
import { de } from '../../src/dashboard/texts/de/de.ts'
import { admin } from '../../src/dashboard/texts/en/admin.ts'
import { chart } from '../../src/dashboard/texts/en/chart.ts'
import { factory } from '../../src/dashboard/texts/en/factory.ts'
import { forms } from '../../src/dashboard/texts/en/forms.ts'
import { importing } from '../../src/dashboard/texts/en/import.ts'
import { overview } from '../../src/dashboard/texts/en/overview.ts'
import { page } from '../../src/dashboard/texts/en/page.ts'
import { schedule } from '../../src/dashboard/texts/en/schedule.ts'
import { staticPages } from '../../src/dashboard/texts/en/static.ts'
import { stops } from '../../src/dashboard/texts/en/stops.ts'
import { values } from '../../src/dashboard/texts/en/values.ts'
import { wall } from '../../src/dashboard/texts/en/wall.ts'

const en: LanguageTexts = { admin, chart, factory, forms, importing, overview, page, schedule, staticPages, stops, values, wall }

/** The texts by language. */
export const LANGUAGE_TEXTS: Record<string, LanguageTexts> = { en, de }

/** A text of a language: its path, and the text with a mark in place of each parameter. */
export interface SampleText {
  path: string
  text: string
  /** The marks that the text must mention. */
  marks: string[]
}

/** Parameters that choose a form of the text, which does not mention them. */
const CHOICES: Record<string, unknown> = { resolution: 'hour' }
/** A number below 1,000, so that no language separates its digits. */
const FIRST_MARK = 701

/** Returns the names of the parameters of a function. */
const listParameters = (text: (...values: never[]) => string): string[] =>
  /^\(?([^)=]*)\)?\s*=>/
    .exec(text.toString())![1]!
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '')

const callWithMarks = (path: string, create: (...values: never[]) => string): SampleText => {
  const marks: string[] = []
  const values = listParameters(create).map((name, n) => {
    if (name in CHOICES) return CHOICES[name]
    const mark = String(FIRST_MARK + n)
    marks.push(mark)
    return name === 'factors' ? [mark] : mark
  })
  return { path, text: create(...(values as never[])), marks }
}

/** Returns the texts of a language, and of its functions with marks as parameters. */
export const listTexts = (value: unknown, path = ''): SampleText[] => {
  if (typeof value === 'string') return [{ path, text: value, marks: [] }]
  if (typeof value === 'function') return [callWithMarks(path, value as (...values: never[]) => string)]
  return Object.entries(value as object).flatMap(([key, member]) => listTexts(member, path === '' ? key : `${path}.${key}`))
}
