import type { GeneratedMutant } from './mutants.ts'

/** A mutant that no test can find, because it changes nothing that a promise is about. */
interface Equivalent {
  file: string
  /** A part of the line in which the edit begins. */
  line: string
  from: string
  to: string
  reason: string
}

/** Reviewed mutants. An entry that matches no mutant must be removed. */
const EQUIVALENTS: Equivalent[] = [
  {
    file: 'cache/overdue.ts',
    line: 'seq: seq ?? 0',
    from: '0',
    to: '1',
    reason: 'The number is not read unless isOverdue is true.',
  },
]

const matches = ({ file, line, from, to }: Equivalent, mutant: GeneratedMutant): boolean =>
  file === mutant.file && mutant.lineText.includes(line) && from === mutant.from && to === mutant.to

/** True if the mutant is in the table. */
export const isEquivalent = (mutant: GeneratedMutant): boolean => EQUIVALENTS.some((equivalent) => matches(equivalent, mutant))

/** Returns the entries that match no mutant. */
export const findOutdated = (mutants: GeneratedMutant[]): Equivalent[] =>
  EQUIVALENTS.filter((equivalent) => !mutants.some((mutant) => matches(equivalent, mutant)))
