import { sql } from 'drizzle-orm'
import type { SQL } from 'drizzle-orm'

/**
 * The figures of an upsert of readings in its audit entry. The log stores them as a JSON array in this order, with `to` as the number
 * of seconds since `from`, because most entries are upserts and the names would take most of their bytes.
 */
const FIGURES = ['received', 'changed', 'added', 'from', 'to', 'factories'] as const
type Figure = (typeof FIGURES)[number]

const arrayOf = (value: (name: Figure) => SQL): SQL =>
  sql`json_array(${sql.join(
    FIGURES.map((name) => (name === 'to' ? sql`${value('to')} - ${value('from')}` : value(name))),
    sql`, `,
  )})`

/** Returns SQL for the column `detail` of an upsert. */
export const figuresArray = (figures: Record<Figure, SQL>): SQL => arrayOf((name) => figures[name])

/** Returns the text of the column `detail` of an upsert whose figures are known. */
export const figuresText = ({
  received,
  changed,
  added,
  from,
  to,
  factories,
}: Record<Exclude<Figure, 'factories'>, number> & { factories: number[] }): string =>
  JSON.stringify([received, changed, added, from, to - from, factories])

/** SQL for the column `detail` of any entry of earlier releases, which stored the figures with their names. */
export const convertedDetail: SQL = sql`iif(detail ->> 'factories' is null, detail, ${arrayOf((name) => sql.raw(`(detail -> '${name}')`))})`

/** Returns SQL for one figure of the column `detail`; null if the entry is not an upsert. */
export const figure = (name: Exclude<Figure, 'to'>): SQL => sql.raw(`detail ->> ${FIGURES.indexOf(name)}`)

/** Parses the figures in `detail`. Returns undefined if the entry is not an upsert. */
export const parseFigures = (
  detail: string | null,
): (Record<Exclude<Figure, 'factories'>, number> & { factories: number[] }) | undefined => {
  if (!detail?.startsWith('[')) return undefined
  const [received, changed, added, from, seconds, factories] = JSON.parse(detail) as [number, number, number, number, number, number[]]
  return { received, changed, added, from, to: from + seconds, factories }
}
