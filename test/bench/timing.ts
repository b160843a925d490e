import type { Case } from './cases.ts'
import { runLoad } from './load.ts'
import type { Round } from './load.ts'
import { spreadOf } from './statistics.ts'
import type { Spread } from './statistics.ts'

/** The result of a case. Ratios are computed within a round, so that a slow round cancels out. */
export interface Timed {
  group: string
  name: string
  to?: string
  target?: number
  perSecond: Spread
  cpuMs: Spread | null
  /** Requests per second compared with those of `to`. */
  ratio?: Spread
  /** CPU time of `to` compared with that of this case. */
  cpuRatio?: Spread | null
}

export interface Plan {
  rounds: number
  seconds: number
}

/** Times every case in each round, so that all run under the same conditions. */
export const timeCases = async (cases: Case[], { rounds, seconds }: Plan, tell: (line: string) => void): Promise<Timed[]> => {
  const found = new Map<Case, Round[]>(cases.map((each) => [each, []]))
  // The first responses are slower: modules are compiled, connections opened, identities cached.
  for (const each of cases) await runLoad(each, Math.min(0.5, seconds))
  for (let round = 0; round < rounds; round++) {
    // Background work of the former round would be charged to the first case.
    await runLoad(cases[0]!, seconds)
    for (const each of cases) found.get(each)!.push(await runLoad(each, seconds))
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
