import { forms } from './en/forms.ts'
import { select } from './translation.ts'

/** The texts of forms, in the language of the browser. */
export const texts = select('forms', forms)
