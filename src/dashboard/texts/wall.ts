import { wall } from './en/wall.ts'
import { select } from './translation.ts'

/** The texts of the wall and its links, in the language of the browser. */
export const texts = select('wall', wall)
