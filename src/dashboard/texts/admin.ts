import { admin } from './en/admin.ts'
import { select } from './translation.ts'

/** The texts of the pages of keys, the organisation, the audit log and the sprocket types, in the language of the browser. */
export const texts = select('admin', admin)
