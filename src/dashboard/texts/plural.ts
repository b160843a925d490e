import { formatNumber } from '../values/numbers.ts'

/** The forms of a noun by the categories of a language. `other` serves the categories that are left out. */
type Forms = Partial<Record<Intl.LDMLPluralRule, string>> & { other: string }

/** Creates the function of a language that formats a count with its noun, such as "1 reading" and "2 readings". */
export const createCounter = (language: string): ((count: number, forms: Forms) => string) => {
  const rules = new Intl.PluralRules(language)
  return (count, forms) => `${formatNumber(count)} ${forms[rules.select(count)] ?? forms.other}`
}
