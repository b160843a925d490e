import { overview } from './en/overview.ts'
import { select } from './translation.ts'

/** The texts of the overview, in the language of the browser. */
export const texts = select('overview', overview)
