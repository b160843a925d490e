import { auth } from './equivalents/auth.ts'
import { cache } from './equivalents/cache.ts'
import { chunks } from './equivalents/chunks.ts'
import { commands } from './equivalents/commands.ts'
import { db } from './equivalents/db.ts'
import { jobs } from './equivalents/jobs.ts'
import { localTime } from './equivalents/local-time.ts'
import type { GeneratedMutant } from './mutants.ts'

/** Mutants of a line that no test can find, because they change nothing that a promise is about. */
interface Equivalent {
  /** A part of the line in which the edit begins. Several lines may have the same edits. */
  line: string | string[]
  from: string
  /** The text that replaces `from`, or each of several. */
  to: string | string[]
  reason: string
}

/** Reviewed equivalent mutants, by the file in src. An entry that matches no mutant must be removed. */
export type EquivalentMutants = Record<string, Equivalent[]>

const ALL: EquivalentMutants = { ...auth, ...cache, ...chunks, ...commands, ...db, ...jobs, ...localTime }

/** An equivalent mutant of one line, with one edit. */
interface Edit {
  file: string
  line: string
  from: string
  to: string
}

const edits: Edit[] = Object.entries(ALL).flatMap(([file, ofFile]) =>
  ofFile.flatMap(({ line, from, to }) =>
    [line].flat().flatMap((each) => [to].flat().map((text) => ({ file, line: each, from, to: text }))),
  ),
)

const matches = ({ file, line, from, to }: Edit, mutant: GeneratedMutant): boolean =>
  file === mutant.file && mutant.lineText.includes(line) && from === mutant.from && to === mutant.to

/** True if the mutant is in the table. */
export const isEquivalent = (mutant: GeneratedMutant): boolean => edits.some((edit) => matches(edit, mutant))

/** Returns the entries of the table that match no mutant. */
export const findOutdated = (mutants: GeneratedMutant[]): Edit[] => edits.filter((edit) => !mutants.some((mutant) => matches(edit, mutant)))
