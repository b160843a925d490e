import { schedule } from './en/schedule.ts'
import { select } from './translation.ts'

/** The texts of the schedule of a factory, in the language of the browser. */
export const texts = select('schedule', schedule)
