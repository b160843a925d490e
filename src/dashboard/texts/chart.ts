import { chart } from './en/chart.ts'
import { select } from './translation.ts'

/** The texts of the chart of a factory, in the language of the browser. */
export const texts = select('chart', chart)
