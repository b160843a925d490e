import { COLUMN_ALIASES, describeSumMember, isSumMember } from '../../schemas/csv-columns.ts'
import { FIELD_NAMES } from '../../schemas/reading-fields.ts'
import type { FieldName } from '../../schemas/reading-fields.ts'

/** A part of a reading that a column of a file can hold. */
export type Member = 'time' | FieldName
export const MEMBERS: readonly Member[] = ['time', ...FIELD_NAMES]
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

/** Guesses the column of each member from the header of a file. */
export const guessColumns = (header: readonly string[]): ColumnMapping => {
  const simple = header.map(simplify)
  const mapping: ColumnMapping = {}
  for (const member of MEMBERS) {
    const name = [simplify(member), ...(OTHER_NAMES[member] ?? [])].find((each) => simple.includes(each))
    if (name !== undefined) mapping[member] = simple.indexOf(name)
  }
  return mapping
}

/** Returns the message for a file with sums of hours or days; undefined for a file with readings. */
export const findSumColumn = (header: readonly string[]): string | undefined => {
  const sum = header.map((name) => name.trim().toLowerCase()).find(isSumMember)
  return sum === undefined ? undefined : describeSumMember(sum, 'column')
}
