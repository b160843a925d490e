import { importing } from './en/import.ts'
import { select } from './translation.ts'

/** The texts of the import, in the language of the browser. */
export const texts = select('importing', importing)
