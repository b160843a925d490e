import type { Case } from './cases.ts'
import { ask } from './load.ts'
import type { Round } from './load.ts'
import { spreadOf } from './statistics.ts'
import type { Spread } from './statistics.ts'

/** What a case came to. Ratios are made within a round, so that what slows a whole round cancels out. */
export interface Timed {
  group: string
  name: string
  to?: string
  target?: number
  perSecond: Spread
  cpuMs: Spread | null
  /** Requests a second against those of `to`. */
  ratio?: Spread
  /** The same of processor time: what `to` takes for a request, against what this takes. */
  cpuRatio?: Spread | null
}

export interface Plan {
  rounds: number
  seconds: number
}

/** Times every case in each round, so that all see the same weather. */
export const timeCases = async (cases: Case[], { rounds, seconds }: Plan, tell: (line: string) => void): Promise<Timed[]> => {
  const found = new Map<Case, Round[]>(cases.map((each) => [each, []]))
  // The first answers are slower: modules are compiled, connections opened, identities looked up.
  for (const each of cases) await ask(each, Math.min(0.5, seconds))
  for (let round = 0; round < rounds; round++) {
    // What the round before has left running would be charged to the first case.
    await ask(cases[0]!, seconds)
    for (const each of cases) found.get(each)!.push(await ask(each, seconds))
    tell(`round ${round + 1} of ${rounds}`)
  }
  return cases.map((each) => {
    const { group, name, to, target } = each
    const own = found.get(each)!
    const base = found.get(cases.find((other) => other.group === group && other.name === to) ?? each)!
    const ratios = own.map(({ perSecond }, round) => perSecond / base[round]!.perSecond)
    const cpuRatios = own.map(({ cpuMs }, round) => (base[round]!.cpuMs ?? Number.NaN) / (cpuMs ?? Number.NaN))
    const hasCpu = own.every(({ cpuMs }) => cpuMs !== null)
    return {
      group,
      name,
      perSecond: spreadOf(own.map(({ perSecond }) => perSecond)),
      cpuMs: hasCpu ? spreadOf(own.map(({ cpuMs }) => cpuMs!)) : null,
      ...(to !== undefined && { to, ratio: spreadOf(ratios), cpuRatio: hasCpu ? spreadOf(cpuRatios) : null }),
      ...(target !== undefined && { target }),
    }
  })
}
