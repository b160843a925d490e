import { page } from './en/page.ts'
import { select } from './translation.ts'

/** The texts of the frame of every page, in the language of the browser. */
export const texts = select('page', page)
