import { createHash } from 'node:crypto'
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { applyEdit } from './edit.ts'
import { generateEdits } from './source-edits.ts'

export const PROJECT = join(import.meta.dirname, '../..')

/** The files of `src` that are changed: the cache protocol, the writes, and the data that both depend on. */
const FILES = [
  ...['auth', 'cache', 'chunks', 'commands', 'db', 'jobs', 'local-time'].map((folder) => `${folder}/*.ts`),
  'http/cached-read.ts',
]

/** A source file with one edit. */
export interface GeneratedMutant {
  /** Identifies the mutant as long as its line does not change. */
  key: string
  /** Path in `src`. */
  file: string
  line: number
  /** The line in which the edit begins, and the edit. */
  lineText: string
  from: string
  to: string
  /** The whole source, without and with the edit. */
  source: string
  mutated: string
}

const hash = (text: string) => createHash('sha256').update(text).digest('hex')

const mutantsOf = (file: string): GeneratedMutant[] => {
  const source = readFileSync(join(PROJECT, 'src', file), 'utf8')
  /** Number of mutants so far with the same line and edit. */
  const counts = new Map<string, number>()
  return generateEdits(source).map((edit) => {
    const lineStart = source.lastIndexOf('\n', edit.start - 1) + 1
    const lineText = source.slice(lineStart, source.indexOf('\n', edit.start)).trim()
    const from = source.slice(edit.start, edit.end)
    const name = JSON.stringify([file, lineText, edit.start - lineStart, from, edit.text])
    const count = counts.get(name) ?? 0
    counts.set(name, count + 1)
    const key = hash(name + '+'.repeat(count)).slice(0, 16)
    const line = source.slice(0, edit.start).split('\n').length
    return { key, file, line, lineText, from, to: edit.text, source, mutated: applyEdit(source, edit) }
  })
}

/** Lists the mutants of the files whose path begins with a prefix, in an order that is random and always the same. */
export const listMutants = (prefixes: string[] = ['']): GeneratedMutant[] =>
  FILES.flatMap((pattern) => globSync(pattern, { cwd: join(PROJECT, 'src') }))
    .filter((file) => prefixes.some((prefix) => file.startsWith(prefix)))
    .flatMap(mutantsOf)
    .toSorted((a, b) => (a.key < b.key ? -1 : 1))

const shorten = (text: string) => JSON.stringify(text.replaceAll(/\s+/g, ' ')).slice(0, 80)

/** Formats a mutant: its place and its edit. */
export const formatMutant = ({ file, line, from, to }: GeneratedMutant): string => `src/${file}:${line} ${shorten(from)} -> ${shorten(to)}`
