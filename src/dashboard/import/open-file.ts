import type { Api } from '../api/api.ts'
import type { CheckedFile, ImportSettings } from './check-lines.ts'
import { guessColumns } from './columns.ts'
import type { ColumnMapping } from './columns.ts'
import { hash, hashText } from './parts.ts'
import type { createProgressStore } from './progress.ts'
import { readTable } from './read-table.ts'
import type { Table } from './read-table.ts'
import { readTimeText } from './time-cells.ts'
import { detectFormat } from './time-formats.ts'

/** The chosen file. */
export interface OpenFile {
  /** The API key that was in use. Another one may write to another organisation. */
  key: string | undefined
  /** The hash of the content and the API key. */
  progressKey: string
  table: Table
  checked: CheckedFile
  /** The columns for which the format of times was guessed. */
  columns: ColumnMapping
}

/** Returns the format of times that the cells of their column show; undefined if they do not show it. */
export const guessFormat = ({ rows }: Table, columns: ColumnMapping) =>
  columns.time === undefined ? undefined : detectFormat(rows.map(({ fields }) => readTimeText(fields, columns)))

/** Guesses the settings of a file. */
const guessSettings = (table: Table, zone: string): ImportSettings => {
  const columns = guessColumns(
    table.header,
    table.rows.map(({ fields }) => fields),
  )
  return { columns, zone, format: guessFormat(table, columns) }
}

/**
 * Reads a file. Returns it with its settings: those of the import that it continues, or guessed ones.
 * @throws FileError for a file without readings
 */
export const openFile = async (
  chosen: File,
  api: Api,
  store: ReturnType<typeof createProgressStore>,
  zone: string,
): Promise<{ file: OpenFile; settings: ImportSettings }> => {
  const bytes = new Uint8Array(await chosen.arrayBuffer())
  const table = readTable(bytes)
  const fileHash = await hash(bytes)
  const { key } = api
  const progressKey = await hashText(fileHash, key ?? '')
  const settings = store.read(progressKey)?.settings ?? guessSettings(table, zone)
  const checked = { readings: [], refused: [], repeated: 0 }
  return { file: { key, progressKey, table, checked, columns: settings.columns }, settings }
}
