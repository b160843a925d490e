/**
 * Rows to the bytes that clients see. Charts arrive as JSON text from SQLite and are placed, not parsed. Sprockets are
 * written here, because SQLite's JSON prints the real number 5 as 5.0 and rounds others to 15 digits.
 */

interface ProfileRow {
  id: number
  name: string | null
  time_zone: string
}
interface FactoryRow extends ProfileRow {
  latest: string | null
  chart: string
}

/** A factory's number, name and zone. */
export const renderProfile = ({ id, name, time_zone }: ProfileRow): string => JSON.stringify({ id, name, time_zone })

/** A factory as it stands alone and in lists; `chart` null leaves the series out. */
export const renderFactory = ({ latest, chart, ...profile }: ProfileRow & { latest: string | null; chart: string | null }): string => {
  const series = chart === null ? '' : `,"chart_data":${chart}`
  return `{"factory":${renderProfile(profile).slice(0, -1)},"latest":${latest ?? 'null'}${series}}}`
}

/** A chart as its query gives it, with the time of the oldest reading that the series has. */
export interface ChartRow {
  chart: string
  oldest: number | null
}

/** Where a chart goes on backwards: the time of its first reading, where the series has older ones. */
export const previousPageEnd = ({ chart, oldest }: ChartRow): number | undefined => {
  const first = Number(/"time":\[(-?\d+)/.exec(chart)?.[1])
  return oldest !== null && oldest < first ? first : undefined
}

/** The part that both lists end with. `next` becomes the cursor that its id begins, in steps of `step`. */
const renderEnd = ({ count, next }: { count: number; next: number | null }, step: number) =>
  `"count":${count},"next":${next === null ? 'null' : `"${next - (next % step)}"`}`

/** The rows that are there: a left join gives one row of nulls where there are none. */
const present = <Row extends { id: number | null }>(rows: Row[]) => rows.filter((row) => row.id !== null)

/** A page of factories. */
export const renderFactoryPage = (
  rows: ({ count: number; next: number | null; latest: string | null; chart: string | null } & {
    [K in keyof ProfileRow]: ProfileRow[K] | null
  })[],
  chartData: boolean,
  step: number,
): string => {
  const items = present(rows).map((row) => renderFactory({ ...(row as FactoryRow), chart: chartData ? row.chart : null }))
  return `{"factories":[${items.join(',')}],${renderEnd(rows[0]!, step)}}`
}

interface SprocketRow {
  id: number
  teeth: number
  pitch_diameter: number
  outside_diameter: number
  pitch: number
}

/** A sprocket type. */
export const renderSprocket = ({ id, teeth, pitch_diameter, outside_diameter, pitch }: SprocketRow): string =>
  JSON.stringify({ id, teeth, pitch_diameter, outside_diameter, pitch })

/** A page of the catalogue. */
export const renderSprocketPage = (
  rows: ({ count: number; next: number | null } & { [K in keyof SprocketRow]: SprocketRow[K] | null })[],
  step: number,
): string =>
  `{"sprockets":[${present(rows)
    .map((row) => renderSprocket(row as SprocketRow))
    .join(',')}],${renderEnd(rows[0]!, step)}}`

/** One reading. */
export const renderReading = ({ time, actual, goal }: { time: number; actual: number | null; goal: number | null }): string =>
  JSON.stringify({ time, actual, goal })
