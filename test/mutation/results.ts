import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { PROJECT } from './mutants.ts'

/** The kind of check that found a mutant; `nothing` for a survivor. */
export type Finder = 'tests' | 'simulation' | 'types' | 'nothing'

const FILE = join(PROJECT, '.wrangler/mutation-results.json')

/** Reads the results of earlier runs, by the key of the mutant. */
export const readResults = (): Map<string, Finder> => {
  try {
    return new Map(Object.entries(JSON.parse(readFileSync(FILE, 'utf8')) as Record<string, Finder>))
  } catch {
    return new Map()
  }
}

/** Stores the results, so that an interrupted run continues. */
export const writeResults = (results: Map<string, Finder>): void => {
  mkdirSync(dirname(FILE), { recursive: true })
  writeFileSync(FILE, JSON.stringify(Object.fromEntries(results), null, 1))
}
