import type { LanguageTexts } from '../language-texts.ts'
import { admin } from './admin.ts'
import { chart } from './chart.ts'
import { factory } from './factory.ts'
import { forms } from './forms.ts'
import { importing } from './import.ts'
import { overview } from './overview.ts'
import { page } from './page.ts'
import { schedule } from './schedule.ts'
import { staticPages } from './static.ts'
import { stops } from './stops.ts'
import { values } from './values.ts'
import { wall } from './wall.ts'

/** The German texts. */
export const de: LanguageTexts = { admin, chart, factory, forms, importing, overview, page, schedule, staticPages, stops, values, wall }
