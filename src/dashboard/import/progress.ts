import { readStored, writeStored } from '../browser/storage.ts'
import type { ImportSettings, RefusedLine } from './check-lines.ts'

/** The parts of a file that are sent, and their results. */
export interface Progress {
  settings: ImportSettings
  /** A random id. An import that continues keeps it; one that starts again has another. */
  importId: string
  /** Number of parts that are sent. */
  parts: number
  /** Number of readings that are new or differ from the stored ones. */
  changed: number
  /** Number of readings that were stored already. */
  unchanged: number
  /** Lines that the API has refused. */
  refused: RefusedLine[]
}

/** Maximum number of refused lines that are stored, because browsers limit the size of storage. */
const MAX_REFUSED = 2_000

/**
 * Creates the store of the progress of an import. It outlives the tab, so that the same file continues where it stopped. A wrong or a
 * lost record only costs time, because sending the same readings twice has no effect.
 */
export const createProgressStore = (id: number) => {
  const name = `sprocket-import-${id}`
  return {
    /** @param file the hash of the file and of the API key, because another key may write to another organisation */
    read(file: string): Progress | undefined {
      try {
        const stored = JSON.parse(readStored('browser', name) ?? 'null') as { file: string; progress: Progress } | null
        return stored?.file === file ? stored.progress : undefined
      } catch {
        return undefined
      }
    },
    write(file: string, progress: Progress) {
      const kept = { ...progress, refused: progress.refused.slice(0, MAX_REFUSED) }
      writeStored('browser', name, JSON.stringify({ file, progress: kept }))
    },
    clear: () => writeStored('browser', name, undefined),
  }
}

/** Creates the progress of an import that has sent nothing. */
export const createProgress = (settings: ImportSettings): Progress => ({
  settings,
  importId: crypto.randomUUID(),
  parts: 0,
  changed: 0,
  unchanged: 0,
  refused: [],
})
