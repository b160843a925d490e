import { BUDGET } from './bundle.ts'
import type { Bundle } from './bundle.ts'
import type { Costs, Usages } from './cost.ts'
import { STALE_PAYLOADS } from './cost.ts'
import { CONNECTIONS } from './load.ts'
import { renderTable, wrapParagraph } from './markdown.ts'
import { describeOrigin } from './origin.ts'
import { PLACES } from './profile.ts'
import type { Profile } from './profile.ts'
import type { Timed } from './timing.ts'

/** All results of a benchmark. */
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

const whole = (value: number) => Math.round(value).toLocaleString('en')
const count = (value: number) => (value === 0 ? '' : (Math.round(value * 100) / 100).toLocaleString('en'))
const dollars = (value: number) => (value < 0.1 ? value.toFixed(3) : value.toFixed(2))
const ratio = (value: number) => value.toFixed(2)

/** Renders every case with its spread. */
const speedTable = ({ timed }: Findings): string =>
  renderTable(
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

/** One table per payload: every case, and its share of the speed of the case that it is compared with. */
const speedTables = ({ timed }: Findings): string =>
  [...new Set(timed.map(({ group }) => group))]
    .map((group) => {
      const rows = timed
        .filter((each) => each.group === group)
        .map(({ name, perSecond, to, ratio: byRate, cpuRatio, target }) => {
          const wanted = target === undefined ? '' : `, ≥ ${ratio(target)}`
          return [
            name,
            whole(perSecond.median),
            byRate ? ratio(byRate.median) : '',
            cpuRatio ? ratio(cpuRatio.median) : '',
            to === undefined ? '' : `${to}${wanted}`,
          ]
        })
      return `**${group}**\n\n${renderTable(['Case', 'Requests/s', 'By requests', 'By CPU', 'Of, and target'], rows)}`
    })
    .join('\n\n')

/** Splits profiles after each production case, so that a table has one such case and its baselines. */
const profileGroups = (profiles: Profile[]): Profile[][] => {
  const groups: Profile[][] = [[]]
  for (const profile of profiles) {
    groups.at(-1)!.push(profile)
    if (profile.name.startsWith('ours:')) groups.push([])
  }
  return groups.filter((group) => group.length > 0)
}

/** Microseconds of a request by place, one table per kind of case. */
const profileTables = ({ profiles }: Findings): string => {
  const sumOf = ({ perRequest }: Profile) => Object.values(perRequest).reduce((sum, each) => sum + each, 0)
  return profileGroups(profiles)
    .map((group) =>
      renderTable(
        ['Microseconds of a request', ...group.map(({ name }) => name)],
        [
          ...PLACES.map((place) => [place, ...group.map(({ perRequest }) => whole(perRequest[place] ?? 0))]),
          ['all of the Worker', ...group.map((each) => whole(sumOf(each)))],
          ['outside it: load, simulators', ...group.map(({ beside }) => (beside === null ? '' : whole(beside)))],
        ],
      ),
    )
    .join('\n\n')
}

/** Counted operations per request: one table for D1, and one for KV and the log with the requests that use them. */
const usageTables = ({ usages }: Findings): string => {
  const kinds = Object.entries(usages)
  const used = kinds.filter(([, { kvReads, kvPuts, kvLists, logLines }]) => kvReads + kvPuts + kvLists + logLines > 0)
  return [
    renderTable(
      ['D1', 'Requests', 'Statements', 'Rows read', 'Rows written'],
      kinds.map(([kind, { trips, statements, rowsRead, rowsWritten }]) => [kind, ...[trips, statements, rowsRead, rowsWritten].map(count)]),
    ),
    renderTable(
      ['KV and log', 'KV reads', 'Puts', 'Lists', 'Log lines'],
      used.map(([kind, { kvReads, kvPuts, kvLists, logLines }]) => [kind, ...[kvReads, kvPuts, kvLists, logLines].map(count)]),
    ),
  ].join('\n\n')
}

const costTables = ({ costs }: Findings): string =>
  [
    renderTable(
      ['A million reads', 'Dollars'],
      costs.reads.map((each) => [each.name, dollars(each.dollars)]),
    ),
    renderTable(
      ['Dollars per million readings', 'Not read', 'Chart read', 'Chart put every 11 s', `All ${STALE_PAYLOADS} payloads put`],
      costs.readings.map(({ name, unread, watched, coalesced, everything }) => [
        name,
        dollars(unread),
        dollars(watched),
        coalesced === null ? '' : dollars(coalesced),
        dollars(everything),
      ]),
    ),
    renderTable(
      [
        'Dollars a month, 100 factories',
        ...costs.bills[0]!.watched.map(({ factories, hours }) =>
          factories === 0 ? 'none watched' : `${factories} watched ${hours === 24 ? '24 h a day' : `${hours} h a day`}`,
        ),
      ],
      costs.bills.map(({ name, watched }) => [name, ...watched.map((each) => dollars(each.dollars))]),
    ),
  ].join('\n\n')

/** Round trips of a request: one on an open connection, three with TCP and TLS 1.3. */
const TRIPS = { warm: 1, first: 3 }
/** Round-trip times in ms. */
const DISTANCES = [1, 20, 50, 100, 200, 300]
/** Round trip to the nearest location. Cloudflare states 50 ms for 95 % of Internet users; for most it is less. */
const NEAREST_MS = 20

/** Renders response times by distance: of one server that needs no time, and of a location nearby. */
const distanceTable = ({ timed }: Findings): string => {
  const serviceMs = (name: string) => {
    const { perSecond, cpuMs } = timed.find((each) => each.name === name)!
    return cpuMs?.median ?? 1000 / perSecond.median
  }
  const edge = (trips: number, distance: number) => trips * Math.min(distance, NEAREST_MS) + serviceMs('ours: memory')
  return renderTable(
    ['Round trip to one server', 'Warm', 'First', 'Edge memory, warm', 'Edge memory, first'],
    DISTANCES.map((distance) => [
      `${distance} ms`,
      ...[TRIPS.warm * distance, TRIPS.first * distance].map((ms) => `${whole(ms)} ms`),
      ...[edge(TRIPS.warm, distance), edge(TRIPS.first, distance)].map((ms) => `${ms.toFixed(1)} ms`),
    ]),
  )
}

const budgetLine = ({ bundle }: Findings): string =>
  wrapParagraph(
    `The bundle is ${whole(bundle.gzipKiB)} KiB gzipped (budget ${BUDGET.gzipKiB}) and ${whole(bundle.kiB)} KiB uncompressed. ` +
      `Its start takes ${whole(bundle.startupMs)} ms of CPU time (budget ${BUDGET.startupMs}).`,
  )

const headLine = ({ at, machine, plan }: Findings): string =>
  wrapParagraph(
    `${describeOrigin('npm run bench', machine, at)}, shared by ` +
      `workerd ${machine.workerd} and the load (autocannon, ${CONNECTIONS} connections). ${plan.rounds} rounds of ` +
      `${plan.seconds} s each, medians. The load average at the start was ${machine.loadBefore.toFixed(1)}.`,
  )

/** Renders the printed report. */
export const reportOf = (findings: Findings): string =>
  [
    headLine(findings),
    budgetLine(findings),
    speedTable(findings),
    profileTables(findings),
    usageTables(findings),
    costTables(findings),
    distanceTable(findings),
  ].join('\n\n')

/** Returns the sections of the guides by the name of their markers. */
export const sectionsOf = (findings: Findings): Record<string, string> => ({
  speed: [headLine(findings), speedTables(findings), budgetLine(findings)].join('\n\n'),
  profile: profileTables(findings),
  counts: usageTables(findings),
  cost: costTables(findings),
  distance: distanceTable(findings),
})
