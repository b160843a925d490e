import { SUMMED_FIELDS } from '../schemas/reading-fields.ts'
import type { FieldName, SummedField } from '../schemas/reading-fields.ts'

/** A part of the actual production: of the readings that have a goal (`compared`), and of those that have scrap (`inspected`). */
const PARTS = { compared: 'goal', inspected: 'scrap' } as const
type Part = keyof typeof PARTS
const PART_NAMES = Object.keys(PARTS) as Part[]

export type SumName = SummedField | Part | 'readings' | 'goal_readings'
/** The names of sums, in the order of tables. */
export const SUM_NAMES: readonly SumName[] = [...SUMMED_FIELDS, ...PART_NAMES, 'readings', 'goal_readings']

/** The sums of some readings; null if no reading has the figure. At most the largest integer that JavaScript represents exactly. */
export type Sums = { [Name in SummedField | Part]: number | null } & { readings: number; goal_readings: number }

/** The counts of a sum. All other members are sums of figures. */
const COUNTS: ReadonlySet<SumName> = new Set(['readings', 'goal_readings'])
export const isCount = (name: SumName): boolean => COUNTS.has(name)

const isPart = (name: SumName): name is Part => Object.hasOwn(PARTS, name)

/** Adds two sums of a figure. Null counts as no value; the result is null if both are. */
const addFigures = (a: number | null, b: number | null): number | null =>
  a === null || b === null ? (a ?? b) : Math.min(a + b, Number.MAX_SAFE_INTEGER)

/** Returns sums with a value for each name. */
export const mapSums = (build: (name: SumName, index: number) => number | null | undefined): Sums => {
  // Object.fromEntries takes several times as long.
  const sums: Partial<Record<SumName, number | null | undefined>> = {}
  for (const [index, name] of SUM_NAMES.entries()) sums[name] = build(name, index)
  return sums as Sums
}

/** Returns the sums of no readings. */
export const noSums = (): Sums => mapSums((name) => (isCount(name) ? 0 : null))

/** Adds two sums. */
export const addSums = (a: Sums, b: Sums): Sums => mapSums((name) => addFigures(a[name], b[name]))

/** Returns the sums of readings. */
export const computeSums = (readings: readonly Record<FieldName, number | null>[]): Sums => {
  const sums = noSums()
  for (const reading of readings) {
    for (const name of SUMMED_FIELDS) sums[name] = addFigures(sums[name], reading[name])
    for (const name of PART_NAMES) if (reading[PARTS[name]] !== null) sums[name] = addFigures(sums[name], reading.actual)
    sums.readings++
    if (reading.goal !== null) sums.goal_readings++
  }
  return sums
}

/** Returns SQL of the sum of all values of expressions. It is null without values. `total()` cannot overflow, unlike `sum()`. */
export const total = (...values: string[]): string => {
  const add = (aggregate: string) => values.map((value) => `${aggregate}(${value})`).join(' + ')
  return `case when ${add('count')} then cast(min(${add('total')}, ${Number.MAX_SAFE_INTEGER}) as integer) end`
}

/**
 * Returns SQL of one of the sums of readings.
 * @param when condition of the readings
 */
export const sumOfReadings = (name: SumName, when = 'true'): string => {
  if (name === 'readings') return `count(case when ${when} then 1 end)`
  if (name === 'goal_readings') return `count(case when ${when} then goal end)`
  const value = isPart(name) ? `case when ${PARTS[name]} is not null then actual end` : name
  return total(when === 'true' ? value : `case when ${when} then ${value} end`)
}

/** Returns SQL of one of the sums of rows that are themselves sums. */
export const sumOfSums = (name: SumName, prefix: string): string =>
  isCount(name) ? `coalesce(sum(${prefix}${name}), 0)` : total(`${prefix}${name}`)
