import { factory } from './en/factory.ts'
import { select } from './translation.ts'

/** The texts of the page of a factory, in the language of the browser. */
export const texts = select('factory', factory)
