/** A figure of a reading. */
type ReadingField = Views & {
  /** The name in columns. */
  column: string
  /** The lowest value. The highest is 2^53 - 1, the largest integer that JavaScript and SQLite both represent exactly. */
  minimum: number
  description: string
}

/**
 * `isInChart` is true if the default chart has the column. Any other field is in columns only if the client asks for it, and a reading
 * or a sum without the figure leaves it out, so a new field changes no response without data. `isSummed` is true if hours and days have
 * the sum.
 */
type Views = { isInChart: true; isSummed: true } | { isInChart: false; isSummed: boolean }

/**
 * The fields of a reading, in the order of responses and of the columns of the table `chunks`. Schemas, SQL, JSON, CSV and line
 * protocol are derived from this table.
 */
export const READING_FIELDS = {
  actual: { column: 'sprocket_production_actual', isInChart: true, isSummed: true, minimum: 0, description: 'Sprockets made' },
  goal: { column: 'sprocket_production_goal', isInChart: true, isSummed: true, minimum: 0, description: 'Sprockets planned' },
  scrap: {
    column: 'sprocket_production_scrap',
    isInChart: false,
    isSummed: true,
    minimum: 0,
    description: 'Sprockets made that cannot be used, at most `actual`',
  },
} as const satisfies Record<string, ReadingField>

type Fields = typeof READING_FIELDS
export type FieldName = keyof Fields
/** A field that the default chart has a column for. */
export type ChartField = { [Name in FieldName]: Fields[Name] extends { isInChart: true } ? Name : never }[FieldName]
/** A field that the default chart has no column for. */
export type OtherField = Exclude<FieldName, ChartField>
/** A field that hours and days have the sum of. */
export type SummedField = { [Name in FieldName]: Fields[Name] extends { isSummed: true } ? Name : never }[FieldName]
/** The figures of a reading; null if unknown. */
export type Figures = { [Name in ChartField]: number | null } & { [Name in OtherField]?: number | null }

const fields = Object.entries(READING_FIELDS) as [FieldName, ReadingField][]
export const FIELD_NAMES: readonly FieldName[] = fields.map(([name]) => name)
export const CHART_FIELDS = fields.flatMap(([name, { isInChart }]) => (isInChart ? [name as ChartField] : []))
export const OTHER_FIELDS = fields.flatMap(([name, { isInChart }]) => (isInChart ? [] : [name as OtherField]))
export const SUMMED_FIELDS = fields.flatMap(([name, { isSummed }]) => (isSummed ? [name as SummedField] : []))

/** The names of the fields, as sentences for clients list them. */
export const FIELD_LIST = `${FIELD_NAMES.join(', ')} or ${FIELD_NAMES.length > 2 ? 'several' : 'both'}`

/** Returns an object with one value per field. */
export const mapFields = <Name extends FieldName, T>(names: readonly Name[], build: (name: Name) => T): { [N in Name]: T } => {
  // It runs once for each reading, and Object.fromEntries takes several times as long.
  const fields: Partial<{ [N in Name]: T }> = {}
  for (const name of names) fields[name] = build(name)
  return fields as { [N in Name]: T }
}

/** Returns an object with one value per field, by the name of its column. */
export const mapColumns = <Name extends FieldName, T>(
  names: readonly Name[],
  build: (name: Name) => T,
): { [N in Name as Fields[N]['column']]: T } =>
  Object.fromEntries(names.map((name) => [READING_FIELDS[name].column, build(name)])) as { [N in Name as Fields[N]['column']]: T }

/** Returns the figures of a reading or of a sum as responses show them: null for an unknown figure of the chart, no other unknown figure. */
export const pickFigures = (read: (name: FieldName) => number | null | undefined): Figures => {
  const figures: Figures = mapFields(CHART_FIELDS, (name) => read(name) ?? null)
  for (const name of OTHER_FIELDS) {
    const value = read(name)
    if (value != null) figures[name] = value
  }
  return figures
}
