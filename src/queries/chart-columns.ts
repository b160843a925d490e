import { sql } from 'drizzle-orm'
import { newestReading, selectNewestTexts } from '../chunks/select.ts'
import { LIMITS } from '../schemas/limits.ts'

/** Maximum number of readings in the default chart: the newest ones of the series. */
export const CHART_READINGS = LIMITS.chartReadings

/** The series of the surrounding `factories` row. */
const currentSeries = sql`factories.series_pk`

/** The texts of the chunks with the readings of the default chart, for `parseReadings`. */
export const chartTexts = selectNewestTexts(currentSeries, CHART_READINGS)

/** The newest reading as JSON text, or null if the series is empty. */
export const latestJson = newestReading(currentSeries)
