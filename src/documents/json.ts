import { keepNewest, parseReadings } from '../chunks/parse.ts'
import type { Readings } from '../chunks/parse.ts'
import { LIMITS } from '../schemas/limits.ts'
import type { FactorySettings } from '../schemas/factory-settings.ts'
import { CHART_FIELDS, mapColumns, pickFigures } from '../schemas/reading-fields.ts'
import type { FieldName } from '../schemas/reading-fields.ts'
import type { Page } from './document.ts'

/**
 * Renders rows as the JSON of responses. The newest reading is JSON text from SQLite, which is inserted without parsing. Sprockets are
 * rendered here, because SQLite's JSON writes the real number 5 as 5.0 and others with up to 17 digits.
 */

interface ProfileRow extends FactorySettings {
  id: number
  name: string | null
  time_zone: string
}
interface FactoryRow extends ProfileRow {
  latest: string | null
  texts: string
}

/** Renders a profile. A setting that is null is left out. */
export const renderProfile = ({ id, name, time_zone, ideal_per_hour, stop_after_seconds }: ProfileRow): string =>
  JSON.stringify({
    id,
    name,
    time_zone,
    ideal_per_hour: ideal_per_hour ?? undefined,
    stop_after_seconds: stop_after_seconds ?? undefined,
  })

/** Returns the readings of the default chart: the newest ones of the selected chunks. */
export const chartReadings = (texts: string): Readings => keepNewest(parseReadings(texts), LIMITS.chartReadings)

/** Renders readings as the columns of a chart. */
const renderChart = (readings: Readings): string =>
  JSON.stringify({ ...mapColumns(CHART_FIELDS, (name) => readings[name]), time: readings.time })

/** Renders a factory, alone or as an item of a list. If `texts` is null, `chart_data` is omitted. */
export const renderFactory = ({ latest, texts, ...profile }: ProfileRow & { latest: string | null; texts: string | null }): string => {
  const series = texts === null ? '' : `,"chart_data":${renderChart(chartReadings(texts))}`
  return `{"factory":${renderProfile(profile).slice(0, -1)},"latest":${latest ?? 'null'}${series}}}`
}

/** The chunks of a chart, and the time of the oldest reading of their series. */
export interface ChartRow {
  texts: string
  oldest: number | null
}

/** Renders the default chart. The previous page ends at the first reading of the chart, unless that is the oldest. */
export const renderChartPage = ({ texts, oldest }: ChartRow): Page => {
  const readings = chartReadings(texts)
  const [first] = readings.time
  return { text: renderChart(readings), previousPageEnd: oldest !== null && first !== undefined && oldest < first ? first : undefined }
}

/** Renders the members at the end of both lists. `next` is the start of the page that contains the next id. */
const renderListTail = ({ count, next }: { count: number; next: number | null }, pageSize: number) =>
  `"count":${count},"next":${next === null ? 'null' : `"${next - (next % pageSize)}"`}`

/** Returns the rows without the row of nulls that a left join returns for an empty page. */
const omitNullRow = <Row extends { id: number | null }>(rows: Row[]) => rows.filter((row) => row.id !== null)

export const renderFactoryPage = (
  rows: ({ count: number; next: number | null; latest: string | null; texts: string | null } & {
    [K in keyof ProfileRow]: ProfileRow[K] | null
  })[],
  chartData: boolean,
  pageSize: number,
): string => {
  const items = omitNullRow(rows).map((row) => renderFactory({ ...(row as FactoryRow), texts: chartData ? row.texts : null }))
  return `{"factories":[${items.join(',')}],${renderListTail(rows[0]!, pageSize)}}`
}

interface SprocketRow {
  id: number
  teeth: number
  pitch_diameter: number
  outside_diameter: number
  pitch: number
}

export const renderSprocket = ({ id, teeth, pitch_diameter, outside_diameter, pitch }: SprocketRow): string =>
  JSON.stringify({ id, teeth, pitch_diameter, outside_diameter, pitch })

export const renderSprocketPage = (
  rows: ({ count: number; next: number | null } & { [K in keyof SprocketRow]: SprocketRow[K] | null })[],
  pageSize: number,
): string =>
  `{"sprockets":[${omitNullRow(rows)
    .map((row) => renderSprocket(row as SprocketRow))
    .join(',')}],${renderListTail(rows[0]!, pageSize)}}`

export const renderReading = (reading: { time: number } & Record<FieldName, number | null>): string =>
  JSON.stringify({ time: reading.time, ...pickFigures((name) => reading[name]) })
