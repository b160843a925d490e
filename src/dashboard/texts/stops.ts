import { stops } from './en/stops.ts'
import { select } from './translation.ts'

/** The texts of stops and their reasons, in the language of the browser. */
export const texts = select('stops', stops)
