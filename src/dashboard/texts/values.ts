import { values } from './en/values.ts'
import { select } from './translation.ts'

/** The texts of values: times, gaps, states and names, in the language of the browser. */
export const texts = select('values', values)
