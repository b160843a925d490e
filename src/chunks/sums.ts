import { sql } from 'drizzle-orm'
import { SUMMED_FIELDS } from '../schemas/reading-fields.ts'
import type { FieldName, SummedField } from '../schemas/reading-fields.ts'

export type SumName = SummedField | 'compared' | 'readings' | 'goal_readings'
/** The names of sums, in the order of tables. `compared` is the actual production of the readings that have a goal. */
export const SUM_NAMES: readonly SumName[] = [...SUMMED_FIELDS, 'compared', 'readings', 'goal_readings']

/** The sums of some readings; null if no reading has the figure. At most the largest integer that JavaScript represents exactly. */
export type Sums = { [Name in SummedField | 'compared']: number | null } & { readings: number; goal_readings: number }

/** The counts of a sum. All other members are sums of figures. */
const COUNTS: ReadonlySet<SumName> = new Set(['readings', 'goal_readings'])
export const isCount = (name: SumName): boolean => COUNTS.has(name)

/** Adds two sums of a figure. Null counts as no value; the result is null if both are. */
const addFigures = (a: number | null, b: number | null): number | null =>
  a === null || b === null ? (a ?? b) : Math.min(a + b, Number.MAX_SAFE_INTEGER)

/** Returns the sums of no readings. */
export const noSums = (): Sums => Object.fromEntries(SUM_NAMES.map((name) => [name, isCount(name) ? 0 : null])) as unknown as Sums

/** Adds two sums. */
export const addSums = (a: Sums, b: Sums): Sums =>
  Object.fromEntries(SUM_NAMES.map((name) => [name, addFigures(a[name], b[name])])) as unknown as Sums

/** Returns the sums of readings. */
export const sumsOf = (readings: readonly Record<FieldName, number | null>[]): Sums => {
  const sums = noSums()
  for (const reading of readings) {
    for (const name of SUMMED_FIELDS) sums[name] = addFigures(sums[name], reading[name])
    sums.readings++
    if (reading.goal === null) continue
    sums.compared = addFigures(sums.compared, reading.actual)
    sums.goal_readings++
  }
  return sums
}

/** Returns SQL of a sum that is null without values. `total()` cannot overflow, unlike `sum()`. */
const total = (value: string) => `case when count(${value}) then cast(min(total(${value}), ${Number.MAX_SAFE_INTEGER}) as integer) end`

/**
 * Returns SQL of one of the sums of readings.
 * @param prefix prefix of the columns, such as `r.`
 * @param when condition of the readings
 */
export const sumOfReadings = (name: SumName, prefix: string, when = 'true'): string => {
  if (name === 'readings') return `count(case when ${when} then 1 end)`
  if (name === 'goal_readings') return `count(case when ${when} then ${prefix}goal end)`
  const value = name === 'compared' ? `case when ${prefix}goal is not null then ${prefix}actual end` : `${prefix}${name}`
  return total(when === 'true' ? value : `case when ${when} then ${value} end`)
}

/** Returns SQL of one of the sums of rows that are themselves sums. */
export const sumOfSums = (name: SumName, prefix: string): string =>
  isCount(name) ? `coalesce(sum(${prefix}${name}), 0)` : total(`${prefix}${name}`)

/** The members of `Sums` in a JSON object. */
export const sumMembers = sql.raw(SUM_NAMES.map((name) => `'${name}', ${name}`).join(', '))
