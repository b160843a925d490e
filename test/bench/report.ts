import { BUDGET } from './bundle.ts'
import type { Bundle } from './bundle.ts'
import type { Costs, Usages } from './cost.ts'
import { STALE_PAYLOADS } from './cost.ts'
import { CONNECTIONS } from './load.ts'
import { PLACES } from './profile.ts'
import type { Profile } from './profile.ts'
import type { Timed } from './timing.ts'

/** All that a bench found. */
export interface Findings {
  at: string
  machine: { processor: string; cores: number; node: string; workerd: string; loadBefore: number }
  plan: { rounds: number; seconds: number }
  bundle: Omit<Bundle, 'code'>
  timed: Timed[]
  profiles: Profile[]
  usages: Usages
  costs: Costs
}

const table = (head: string[], rows: string[][]): string =>
  [head, head.map((_, column) => (column === 0 ? '---' : '--:')), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n')

const whole = (value: number) => Math.round(value).toLocaleString('en')
const count = (value: number) => (value === 0 ? '' : (Math.round(value * 100) / 100).toLocaleString('en'))
const dollars = (value: number) => (value < 0.1 ? value.toFixed(3) : value.toFixed(2))
const ratio = (value: number) => value.toFixed(2)

/** Every case with its spread. */
const speedTable = ({ timed }: Findings): string =>
  table(
    ['', 'requests/s', 'middle half', 'processor ms', 'against', 'by requests/s', 'by processor', 'target'],
    timed.map(({ group, name, perSecond, cpuMs, to, ratio: byRate, cpuRatio, target }) => [
      `${group}: ${name}`,
      whole(perSecond.median),
      `${whole(perSecond.low)} to ${whole(perSecond.high)}`,
      cpuMs ? cpuMs.median.toFixed(3) : '',
      to ?? '',
      byRate ? ratio(byRate.median) : '',
      cpuRatio ? ratio(cpuRatio.median) : '',
      target === undefined ? '' : `≥ ${ratio(target)}`,
    ]),
  )

/** What the cases of a kind come to, payload by payload. */
const ratioTable = ({ timed }: Findings): string => {
  const groups = [...new Set(timed.map(({ group }) => group))]
  const names = [...new Set(timed.map(({ name }) => name))]
  const cell = (name: string, group: string) => {
    const found = timed.find((each) => each.name === name && each.group === group)
    if (!found) return ''
    const against = found.cpuRatio ?? found.ratio
    return `${whole(found.perSecond.median)}${against ? ` (${ratio(against.median)})` : ''}`
  }
  return table(
    ['requests/s (and the share of what it is held against)', ...groups, 'held against', 'target'],
    names.map((name) => {
      const { to, target } = timed.find((each) => each.name === name)!
      return [name, ...groups.map((group) => cell(name, group)), to ?? '', target === undefined ? '' : `≥ ${ratio(target)}`]
    }),
  )
}

/** What cases take, place by place. */
const profileTable = ({ profiles }: Findings): string => {
  const ownOf = ({ perRequest }: Profile) => Object.values(perRequest).reduce((sum, each) => sum + each, 0)
  return table(
    ['microseconds of a request', ...profiles.map(({ name }) => name)],
    [
      ...PLACES.map((place) => [place, ...profiles.map(({ perRequest }) => whole(perRequest[place] ?? 0))]),
      ['all of the Worker', ...profiles.map((each) => whole(ownOf(each)))],
      ['beside it: load, simulators', ...profiles.map(({ beside }) => (beside === null ? '' : whole(beside)))],
    ],
  )
}

const usageTable = ({ usages }: Findings): string =>
  table(
    ['', 'D1 trips', 'statements', 'rows read', 'rows written', 'KV reads', 'puts', 'lists', 'log lines'],
    Object.entries(usages).map(([kind, { trips, statements, rowsRead, rowsWritten, kvReads, kvPuts, kvLists, logLines }]) => [
      kind,
      ...[trips, statements, rowsRead, rowsWritten, kvReads, kvPuts, kvLists, logLines].map(count),
    ]),
  )

const costTables = ({ costs }: Findings): string =>
  [
    table(
      ['A million reads', 'dollars'],
      costs.reads.map((each) => [each.name, dollars(each.dollars)]),
    ),
    table(
      ['A million readings', 'nobody reads', 'its chart is read', 'the same, 11 s apart', `all ${STALE_PAYLOADS} payloads put each time`],
      costs.readings.map(({ name, unread, watched, coalesced, everything }) => [
        name,
        dollars(unread),
        dollars(watched),
        coalesced === null ? '' : dollars(coalesced),
        dollars(everything),
      ]),
    ),
    table(
      [
        '100 factories, a reading a minute, dollars a month',
        ...costs.bills[0]!.watched.map(({ factories, hours }) =>
          factories === 0 ? 'nobody watches' : `${factories} watched ${hours === 24 ? 'day and night' : `${hours} h a day`}`,
        ),
      ],
      costs.bills.map(({ name, watched }) => [name, ...watched.map((each) => dollars(each.dollars))]),
    ),
  ].join('\n\n')

/** Round trips of a request: one where the connection is there, three where TCP and TLS 1.3 come before it. */
const TRIPS = { warm: 1, first: 3 }
/** Milliseconds there and back. */
const DISTANCES = [1, 20, 50, 100, 200, 300]
/** To the nearest location. Cloudflare says that it is within 50 ms of 95 % of those who use the Internet; for most it is less. */
const NEAREST_MS = 20

/** Answer times by distance: of a server in one place that answers in no time, and of a location nearby. */
const distanceTable = ({ timed }: Findings): string => {
  const serviceMs = (name: string) => {
    const { perSecond, cpuMs } = timed.find((each) => each.name === name)!
    return cpuMs?.median ?? 1000 / perSecond.median
  }
  const edge = (trips: number, distance: number) => trips * Math.min(distance, NEAREST_MS) + serviceMs('ours: memory')
  return table(
    ['to a server in one place', 'its answer, warm', 'and first', 'from memory nearby, warm', 'and first'],
    DISTANCES.map((distance) => [
      `${distance} ms`,
      ...[TRIPS.warm * distance, TRIPS.first * distance].map((ms) => `${whole(ms)} ms`),
      ...[edge(TRIPS.warm, distance), edge(TRIPS.first, distance)].map((ms) => `${ms.toFixed(1)} ms`),
    ]),
  )
}

const budgetLine = ({ bundle }: Findings): string =>
  `The bundle weighs ${whole(bundle.gzipKiB)} KiB gzipped (budget ${BUDGET.gzipKiB}), ${whole(bundle.kiB)} KiB unpacked; ` +
  `its start takes ${whole(bundle.startupMs)} ms of processor time (budget ${BUDGET.startupMs}).`

const headLine = ({ at, machine, plan }: Findings): string =>
  `Taken on ${at.slice(0, 10)} with \`npm run bench\`: ${machine.cores} cores of ${machine.processor}, shared by workerd ${machine.workerd} and ` +
  `the load (autocannon, ${CONNECTIONS} connections); ${plan.rounds} rounds of ${plan.seconds} s each, medians. Other work wanted ${machine.loadBefore.toFixed(1)} processors as it began.`

/** What is printed. */
export const reportOf = (findings: Findings): string =>
  [
    headLine(findings),
    budgetLine(findings),
    speedTable(findings),
    profileTable(findings),
    usageTable(findings),
    costTables(findings),
    distanceTable(findings),
  ].join('\n\n')

/** What the README has of it, by the name of its markers. */
export const sectionsOf = (findings: Findings): Record<string, string> => ({
  speed: [headLine(findings), ratioTable(findings), budgetLine(findings)].join('\n\n'),
  profile: profileTable(findings),
  counts: usageTable(findings),
  cost: costTables(findings),
  distance: distanceTable(findings),
})
