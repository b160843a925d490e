import { locale } from '../texts/locale.ts'
import { displayName } from './format.ts'

type NamedFactory = Parameters<typeof displayName>[0]

const collator = new Intl.Collator(locale, { numeric: true, sensitivity: 'base' })

/** Compares factories by name, so that "Line 2" is before "Line 10". Ids order equal names. */
export const compareNames = (a: NamedFactory, b: NamedFactory): number => collator.compare(displayName(a), displayName(b)) || a.id - b.id
