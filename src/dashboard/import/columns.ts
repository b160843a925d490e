import { COLUMN_ALIASES, describeSumMember, isSumMember } from '../../schemas/csv-columns.ts'
import { FIELD_NAMES } from '../../schemas/reading-fields.ts'
import type { FieldName } from '../../schemas/reading-fields.ts'
import { isTimeOfDay } from './time-cells.ts'

/** A part of a reading that a column of a file can hold. */
export type Member = 'time' | 'timeOfDay' | FieldName
/** `time` holds the date only if the file has a column for `timeOfDay`. */
export const MEMBERS: readonly Member[] = ['time', 'timeOfDay', ...FIELD_NAMES]
/** The index of the column of each member; undefined for a member that is not in the file. */
export type ColumnMapping = Partial<Record<Member, number>>

/** Other names of columns in files of other systems, without spaces and signs. The first one that a file has is chosen. */
const OTHER_NAMES: Partial<Record<Member, string[]>> = {
  time: ['timestamp', 'datetime', 'unixtime', 'isotime', 'date', 'zeit', 'zeitstempel', 'datum'],
  actual: ['made', 'produced', 'production', 'output', 'quantity', 'count', 'ist', 'istmenge', 'menge'],
  goal: ['planned', 'plan', 'target', 'soll', 'sollmenge'],
  scrap: ['rejects', 'rejected', 'waste', 'ausschuss'],
}

const simplify = (name: string): string => {
  const lower = name.trim().toLowerCase()
  return (COLUMN_ALIASES[lower] ?? lower).replaceAll(/[^\p{L}\p{N}]/gu, '')
}

/** Names of columns with the date and with the time of day, in files that have one column for each. */
const DATE_NAMES = ['date', 'localdate', 'datum']
const TIME_OF_DAY_NAMES = ['time', 'timeofday', 'clock', 'localtime', 'zeit', 'uhrzeit']

/**
 * Guesses the column of each member from the header of a file. The cells decide whether a column such as `time` has times of day that
 * belong to the dates of another column.
 * @param rows the cells of each line
 */
export const guessColumns = (header: readonly string[], rows: readonly (readonly string[])[]): ColumnMapping => {
  const simple = header.map(simplify)
  const find = (names: readonly string[]): number | undefined => {
    const name = names.find((each) => simple.includes(each))
    return name === undefined ? undefined : simple.indexOf(name)
  }
  const mapping: ColumnMapping = {}
  for (const member of ['time', ...FIELD_NAMES] as const) {
    const column = find([simplify(member), ...(OTHER_NAMES[member] ?? [])])
    if (column !== undefined) mapping[member] = column
  }
  const [date, timeOfDay] = [find(DATE_NAMES), find(TIME_OF_DAY_NAMES)]
  const isSeparate = date !== undefined && timeOfDay !== undefined && rows.some((cells) => isTimeOfDay(cells[timeOfDay] ?? ''))
  return isSeparate ? { ...mapping, time: date, timeOfDay } : mapping
}

/** Returns the message for a file with sums of hours or days; undefined for a file with readings. */
export const findSumColumn = (header: readonly string[]): string | undefined => {
  const sum = header.map((name) => name.trim().toLowerCase()).find(isSumMember)
  return sum === undefined ? undefined : describeSumMember(sum, 'column')
}
