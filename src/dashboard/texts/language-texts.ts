import type { admin } from './en/admin.ts'
import type { chart } from './en/chart.ts'
import type { factory } from './en/factory.ts'
import type { forms } from './en/forms.ts'
import type { importing } from './en/import.ts'
import type { overview } from './en/overview.ts'
import type { page } from './en/page.ts'
import type { schedule } from './en/schedule.ts'
import type { staticPages } from './en/static.ts'
import type { stops } from './en/stops.ts'
import type { values } from './en/values.ts'
import type { wall } from './en/wall.ts'

/** The texts of a language, by part of the dashboard. The English texts define which there are. */
export interface LanguageTexts {
  admin: typeof admin
  chart: typeof chart
  factory: typeof factory
  forms: typeof forms
  importing: typeof importing
  overview: typeof overview
  page: typeof page
  schedule: typeof schedule
  staticPages: typeof staticPages
  stops: typeof stops
  values: typeof values
  wall: typeof wall
}
