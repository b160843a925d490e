import { SQLiteSyncDialect } from 'drizzle-orm/sqlite-core'
import { SimulatedD1, WELL_D1, word } from '../support/simulated-d1.ts'
import { SimulatedKv, WELL_KV } from '../support/simulated-kv.ts'
import { Timeline } from '../support/timeline.ts'
import { makeClients } from './clients.ts'
import type { Code } from './code.ts'
import { furnish, makeDeterministic } from './furnish.ts'
import { inspect } from './inspect.ts'
import { bear } from './member.ts'
import type { Member } from './member.ts'
import { Oracle } from './oracle.ts'

/** What a run did, and what it found wrong; no violations where all is right. */
export interface Verdict {
  seed: number
  mode: Mode
  violations: string[]
  puts: number
  trips: number
  writes: number
  reads: number
}

/**
 * What may go wrong in a run. `ill`: KV and D1 fail, hang and are down, isolates die, releases come and are taken back, and
 * cron repairs. `well`: nothing fails but what the platform does every day, clients hang up, and no cron runs, so that
 * whatever cron would hide shows; in some of these runs puts fail that land nevertheless, within the time of a claim.
 */
export type Mode = 'ill' | 'well'
export const MODES: Mode[] = ['well', 'ill']

const dialect = new SQLiteSyncDialect()

const MINUTE = 60_000
/** Cron compares KV with the directory in minutes that are a multiple of this. */
const RECONCILE_MINUTES = 5
/** What is put is seen everywhere after so long. */
const WARM_MS = 95_000
const WARM_READS = 8
/** As long as a claim lasts, and clocks may differ. */
const CLAIM_MS = 65_000
const LOCATIONS = ['north', 'south']

/** Minutes after which cron must have put right whatever failures left behind. */
const REPAIR_MINUTES = 10

/**
 * Fires cron every minute, somewhere. All its jobs run until `quiet`, when nothing is written any more; from then on those for
 * copies, until all is right or REPAIR_MINUTES are over. Two more ticks, the first with a reconcile, must leave it right.
 */
const tickUntil = async (timeline: Timeline, members: Member[], quiet: number, isRight: () => boolean): Promise<void> => {
  const tickAt = async (time: number) => {
    await timeline.run(time)
    void timeline
      .pick(members)
      .tick(timeline.now < quiet)
      .catch(() => {})
  }
  let minute = Math.ceil(timeline.now / MINUTE)
  const isOver = () => minute * MINUTE > quiet && (isRight() || minute * MINUTE > quiet + REPAIR_MINUTES * MINUTE)
  while (!isOver()) await tickAt(++minute * MINUTE)
  const reconcile = (Math.floor(minute / RECONCILE_MINUTES) + 1) * RECONCILE_MINUTES
  await tickAt(reconcile * MINUTE)
  await tickAt((reconcile + 1) * MINUTE)
  await timeline.run((reconcile + 2) * MINUTE)
}

/**
 * One random interleaving of writes, reads, ticks, deaths and failures.
 * @param code the release under proof
 * @param next another, whose payloads have another version; it comes and is taken back in some runs
 */
export const runOnce = async (code: Code, next: Code | undefined, seed: number, mode: Mode): Promise<Verdict> => {
  const ill = mode === 'ill'
  const timeline = new Timeline(seed)
  const lateMs = timeline.pick([500, 30_000, 100_000])
  const doubtful = !ill && timeline.chance(0.3)
  const illKv = { ...WELL_KV, inDoubt: 0.1, lost: 0.05, hangs: 0.05, lateMs }
  const kv = new SimulatedKv(timeline, ill ? illKv : doubtful ? { ...WELL_KV, inDoubt: 0.2, lateMs: 20_000 } : WELL_KV)
  const d1 = new SimulatedD1(timeline, ill ? { ...WELL_D1, before: 0.03, after: 0.03, late: 0.03, lateMs: 20_000 } : WELL_D1, 'north')
  makeDeterministic(timeline)
  furnish(d1, 2)
  const oracle = new Oracle(code, d1.primary)
  d1.onCommit = (commit) => oracle.committed(commit, timeline.now)
  const variables = {
    MEMORY_SECONDS: timeline.pick(['0', '5', '5', '30']),
    LEASE_SECONDS: timeline.pick(['120', '600', '3600']),
  }
  const surroundings = { timeline, kv, d1, variables }
  const members = [...LOCATIONS, ...LOCATIONS].map((location) => bear(code, location, surroundings))
  const born = [...members]
  const violations: string[] = []
  const { read, look, write, insist, done, wanted } = makeClients(timeline, d1, oracle, { ill, fresh: !ill && !doubtful }, violations)
  oracle.watch(wanted.map((path) => `1${path}`))
  const told = (error: unknown) => violations.push(`thrown: ${String(error)}`)

  const span = timeline.pick([5_000, MINUTE, 4 * MINUTE])
  // Half of the runs begin when copies have been in KV for a while, and are seen everywhere.
  const head = timeline.chance(0.5) ? WARM_MS : 0
  if (head)
    for (let n = 0; n < WARM_READS; n++)
      timeline.after(timeline.between(0, 1_000), () => void read(members[n % members.length]!).catch(told))
  const end = head + span
  const sometime = () => timeline.between(head, end)
  for (let n = timeline.between(8, 24); n > 0; n--) {
    const what = timeline.random()
    timeline.after(sometime(), () => {
      const member = timeline.pick(members)
      void (what < 0.6 ? read(member) : what < 0.95 ? write(member) : insist(members)).catch(told)
    })
  }

  if (ill) {
    const replace = (release: Code, index = timeline.between(0, members.length - 1)) => {
      members[index]!.life.ended = true
      born.push((members[index] = bear(release, members[index]!.location, surroundings)))
    }
    for (let n = timeline.between(0, 3); n > 0; n--) timeline.after(sometime(), () => replace(code))
    if (next && timeline.chance(0.2)) {
      const [from, to] = [sometime(), sometime()].toSorted((a, b) => a - b) as [number, number]
      for (const index of members.keys()) {
        timeline.after(from + timeline.between(0, 5_000), () => replace(next, index))
        timeline.after(Math.max(to, from + 5_001) + timeline.between(0, 5_000), () => replace(code, index))
      }
    }
    for (const [faults, down] of [
      [kv.faults, timeline.pick(['fails', 'hangs'] as const)],
      [d1.faults, true],
    ] as const) {
      if (!timeline.chance(0.2)) continue
      const from = sometime()
      timeline.after(from, () => Object.assign(faults, { down }))
      timeline.after(from + timeline.between(5_000, MINUTE), () => Object.assign(faults, { down: undefined }))
    }
    if (timeline.chance(0.1))
      timeline.after(sometime(), () => d1.commit(code.forget.forgetCache().map((statement) => word(dialect.sqlToQuery(statement).sql))))
    timeline.after(end + MINUTE, () => {
      kv.faults = WELL_KV
      d1.faults = WELL_D1
    })
    const isRight = () => timeline.pending === 0 && inspect(code, kv, d1, oracle, timeline.now, true).length === 0
    await tickUntil(timeline, members, timeline.now + end + 2 * MINUTE, isRight)
  } else {
    await timeline.run()
    violations.push(...inspect(code, kv, d1, oracle, timeline.now, false))
    // Claims in doubt run out, and nothing is in doubt any more.
    kv.faults = WELL_KV
    await timeline.run(timeline.now + CLAIM_MS)
    // A publisher that ran out of time gave its copies back for cron or the next commit. No cron here: so a commit to everything.
    const last: [method: string, path: string, body: unknown][] = [
      ['PATCH', '/api/factory/0', { name: 'end' }],
      ['PATCH', '/api/factory/1', { name: 'end' }],
      ['PATCH', '/api/sprocket/0', { teeth: 999 }],
      ['POST', '/api/readings', { readings: [0, 1].map((factory) => ({ factory, time: 9, actual: 1 })) }],
    ]
    for (const words of last) void write(members[0]!, words).catch(told)
    await timeline.run()
  }

  violations.push(...inspect(code, kv, d1, oracle, timeline.now, true))
  // What each place shows once KV has shown it everywhere.
  await timeline.run(timeline.now + WARM_MS)
  for (const member of members.slice(0, LOCATIONS.length)) void look(member, timeline.pick(wanted)).catch(told)
  await timeline.run(timeline.now + MINUTE)
  d1.close()
  for (const member of born) member.leave()
  return { seed, mode, violations, puts: kv.puts, trips: d1.trips, ...done }
}
