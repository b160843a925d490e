import { createHash, webcrypto } from 'node:crypto'
import { sealSecret } from '../../src/commands/secret.ts'
import type { Code } from './code.ts'
import { SimulatedD1 } from './d1.ts'
import { SimulatedKv } from './kv.ts'
import { requests, toTheLiving } from './life.ts'
import type { Life } from './life.ts'
import { Oracle } from './oracle.ts'
import { Timeline } from './timeline.ts'

/** What a run found wrong; empty where all is right. */
export interface Verdict {
  seed: number
  violations: string[]
  puts: number
  writes: number
  reads: number
}

/**
 * What may go wrong in a run. `ill`: KV and D1 fail, isolates die, and cron repairs. `well`: nothing fails but what the
 * platform does every day, clients hang up, and no cron runs, so that whatever cron would hide shows.
 */
export type Mode = 'ill' | 'well'

const MINUTE = 60_000
/** The one key of the organisation. */
const KEY = sealSecret('k'.repeat(27))
const LOCATIONS = ['north', 'south']
/** A copy is put a moment after its commit (lists within their pace), shown elsewhere a minute later, kept there for half a minute and in memory for some seconds. */
const WELL_AGE_MS = 130_000 + 30_000

interface Member {
  life: Life
  location: string
  fetch(request: Request, life: Life): Promise<Response>
  tick(): Promise<unknown>
}

/** One random interleaving of writes, reads, ticks, deaths and failures over the given code. */
export const runOnce = async (code: Code, seed: number, mode: Mode): Promise<Verdict> => {
  const timeline = new Timeline(seed)
  const ill = mode === 'ill'
  const kv = new SimulatedKv(
    timeline,
    ill
      ? { inDoubt: 0.1, lost: 0.05, hangs: 0.05, lateMs: timeline.pick([500, 30_000, 100_000]) }
      : { inDoubt: 0, lost: 0, hangs: 0, lateMs: 0 },
  )
  const d1 = new SimulatedD1(timeline, ill ? { before: 0.03, after: 0.03 } : { before: 0, after: 0 })
  const violations: string[] = []
  const verdict: Verdict = { seed, violations, puts: 0, writes: 0, reads: 0 }
  makeDeterministic(timeline)
  furnish(d1)
  const oracle = new Oracle(code, d1.primary)
  const paths = [
    '/api/factories',
    '/api/factory/0',
    '/api/factory/0/chart-data',
    '/api/factory/0/time',
    '/api/factory/1',
    '/api/factory/1/profile',
    '/api/sprocket/0',
  ]
  oracle.watch(paths.map((path) => `1${path}`))
  d1.onCommit = (commit) => oracle.committed(commit, timeline.now)
  const memorySeconds = timeline.pick(['0', '5', '5', '30'])
  const leaseSeconds = String(timeline.pick([120, 600, 3600]))

  /** A new isolate, with a clock a little off. */
  const born = (location: string): Member => {
    const life: Life = { ended: false }
    const skew = timeline.between(-2_000, 2_000)
    const clock = {
      now: () => timeline.now + skew,
      wait: (ms: number) => toTheLiving(life, timeline.sleep(ms)),
      within: <T>(ms: number, work: Promise<T>) =>
        toTheLiving(
          life,
          new Promise<T>((resolve, reject) => {
            timeline.after(ms, () => reject(new code.isolate.TimeLimit(`longer than ${ms} ms`)))
            Promise.resolve(work).then(resolve, reject)
          }),
        ),
    }
    const limit = { limit: async () => ({ success: true }) } as unknown as RateLimit
    const isolate = code.isolate.makeIsolate(
      {
        DB: d1.binding(life, location),
        CACHE: kv.binding(life, location),
        READ_LIMIT: limit,
        WRITE_LIMIT: limit,
        BODY_LIMIT: limit,
        ADMIN_LIMIT: limit,
        FAILED_KEYS: limit,
        PUBLIC_ORGANISATION: 'demo',
        LEASE_SECONDS: leaseSeconds,
        MEMORY_SECONDS: memorySeconds,
      },
      clock,
    )
    const app = code.app.createApp(isolate)
    const context = (request: Life, running: Promise<unknown>[]) =>
      ({
        waitUntil: (work: Promise<unknown>) => {
          running.push(work)
          void work.catch(() => {})
        },
        passThroughOnException: () => {},
        props: {},
        request,
      }) as unknown as ExecutionContext
    return {
      life,
      location,
      fetch: (request, its) =>
        requests.run(its, async () => {
          const running: Promise<unknown>[] = []
          // The platform stops a request once its answer is out, or its client gone, and nothing more was asked to be kept alive; half a minute later at the latest.
          const close = () => {
            timeline.after(30_000, () => {
              its.ended = true
            })
            void Promise.all(running)
              .catch(() => {})
              .then(() => {
                its.ended = true
              })
          }
          hangUps.set(its, close)
          const response = await app.fetch(request, {}, context(its, running))
          const text = await response.clone().text()
          close()
          return new Response(response.status === 204 || response.status === 304 ? null : text, response)
        }),
      tick: () => code.cron.tick(isolate, timeline.now),
    }
  }

  const hangUps = new Map<Life, () => void>()
  const members = [...LOCATIONS, ...LOCATIONS].map(born)
  const bookmarks: { bookmark: string; commit: number }[] = []
  /** What readers have kept of a path: the tag and what it stood for. */
  const known = new Map<string, { etag: string; text: string }>()

  const read = async (member: Member) => {
    const path = timeline.pick(paths)
    const at = timeline.now
    const seen = timeline.chance(0.4) && bookmarks.length ? timeline.pick(bookmarks) : undefined
    const forged = !seen && timeline.chance(0.05)
    const had = timeline.chance(0.3) ? known.get(path) : undefined
    const headers = {
      ...((seen || forged) && { 'x-d1-bookmark': seen?.bookmark ?? `0fffffff-00000000-00000000-${'0'.repeat(32)}` }),
      ...(had && { 'If-None-Match': had.etag }),
    }
    const response = await member.fetch(new Request(`https://api.test${path}`, { headers }), { ended: false })
    verdict.reads++
    if (!ill && timeline.now - at > 5_000) violations.push(`${path} took ${timeline.now - at} ms`)
    if (response.status === 503 && ill) return
    const text = response.status === 404 ? null : response.status === 304 ? had!.text : await response.text()
    const status = response.headers.get('cache-status')
    if (![200, 304, 404].includes(response.status)) violations.push(`${path} answered ${response.status} ${text}`)
    else if (seen && !oracle.said(`1${path}`, text, { commit: seen.commit }))
      violations.push(`${path} with a bookmark went back behind commit ${seen.commit} (${status})`)
    else if (!oracle.said(`1${path}`, text, ill ? {} : { at: at - WELL_AGE_MS }))
      violations.push(`${path} was older than ${WELL_AGE_MS} ms, or never was (${status})`)
    if (response.status === 200) known.set(path, { etag: response.headers.get('etag')!, text: text! })
  }

  let stamp = 10
  const write = async (member: Member, given?: [method: string, path: string, body: unknown]) => {
    stamp++
    const factory = timeline.between(0, 1)
    const json = (method: string, path: string, body?: unknown) =>
      new Request(`https://api.test${path}`, {
        method,
        headers: { 'Content-Type': 'application/json', Authorization: `Bearer ${KEY}`, 'X-Request-Id': `write-${stamp}` },
        ...(body !== undefined && { body: JSON.stringify(body) }),
      })
    const request = given
      ? json(...given)
      : timeline.pick([
          () => json('POST', `/api/factory/${factory}/chart-data`, { time: 1_000 + stamp, actual: stamp }),
          () => json('POST', `/api/factory/${factory}/chart-data`, { time: 1_000, goal: stamp }),
          () => json('PUT', `/api/factory/${factory}/chart-data/1000`, { actual: stamp }),
          () => json('PUT', `/api/factory/${factory}/chart-data`, { time: [1, 2], sprocket_production_actual: [stamp, null] }),
          () => json('PATCH', `/api/factory/${factory}`, { name: `${stamp}` }),
          () => json('PATCH', `/api/sprocket/0`, { teeth: stamp }),
          () =>
            json('POST', '/api/readings', {
              readings: [
                { factory: 0, time: 5, actual: stamp },
                { factory: 1, time: 5, actual: stamp },
              ],
            }),
        ])()
    const life: Life = { ended: false }
    if (!given && timeline.chance(0.15)) timeline.after(timeline.between(1, 150), () => hangUps.get(life)?.())
    const response = await member.fetch(request, life)
    verdict.writes++
    const bookmark = response.headers.get('x-d1-bookmark')
    if (response.ok && bookmark) {
      const commit = Number.parseInt(bookmark.slice(0, 8), 16)
      bookmarks.push({ bookmark, commit })
      const logged = d1.primary.prepare('select 1 from changes where request_id = ?').get(request.headers.get('X-Request-Id'))
      if (!logged) violations.push(`write ${stamp} was acknowledged and is not in the log`)
    } else if (!(ill && response.status === 503)) violations.push(`write answered ${response.status} ${await response.text()}`)
  }

  const span = timeline.pick([5_000, 60_000, 240_000])
  for (let n = timeline.between(8, 24); n > 0; n--) {
    const reads = timeline.chance(0.6)
    timeline.after(timeline.between(0, span), () => {
      const member = timeline.pick(members)
      void (reads ? read(member) : write(member)).catch((error: unknown) => violations.push(`thrown: ${String(error)}`))
    })
  }
  if (ill) {
    for (let n = timeline.between(0, 3); n > 0; n--) {
      timeline.after(timeline.between(0, span), () => {
        const index = timeline.between(0, members.length - 1)
        members[index]!.life.ended = true
        members[index] = born(members[index]!.location)
      })
    }
    const ticks = Math.ceil(span / MINUTE) + 16
    for (let n = 1; n <= ticks; n++)
      timeline.after(n * MINUTE, () => {
        void timeline
          .pick(members)
          .tick()
          .catch(() => {})
      })
    timeline.after(span, () => {
      kv.faults = { ...kv.faults, inDoubt: 0, lost: 0, hangs: 0 }
      d1.faults = { before: 0, after: 0 }
    })
    await timeline.run(timeline.now + (ticks + 1) * MINUTE)
  } else {
    await timeline.run()
    violations.push(...inspect(code, kv, d1, oracle, timeline.now, 'well'))
    // A publisher that ran out of time gave its copies back for cron or the next commit. No cron here: so a commit to everything.
    for (const path of ['/api/factory/0', '/api/factory/1']) void write(members[0]!, ['PATCH', path, { name: 'end' }])
    void write(members[0]!, ['PATCH', '/api/sprocket/0', { teeth: 999 }])
    void write(members[0]!, [
      'POST',
      '/api/readings',
      {
        readings: [
          { factory: 0, time: 9, actual: 1 },
          { factory: 1, time: 9, actual: 1 },
        ],
      },
    ])
    await timeline.run()
  }

  violations.push(...inspect(code, kv, d1, oracle, timeline.now, 'ill'))
  verdict.puts = kv.puts
  d1.close()
  return verdict
}

/**
 * What is wrong with KV and the directory once all is quiet. Without cron a copy may have been left dirty, given back for
 * the next commit; never claimed, and never clean and wrong.
 */
const inspect = (code: Code, kv: SimulatedKv, d1: SimulatedD1, oracle: Oracle, now: number, mode: Mode): string[] => {
  const found: string[] = []
  const rows = new Map(
    (d1.primary.prepare('select * from copies').all() as unknown as Row[]).map((row) => [code.paths.keyOf(row.path, row.version), row]),
  )
  for (const key of kv.keys()) {
    const row = rows.get(key)
    const { body, metadata } = kv.central(key)!
    if ((metadata as { leasedUntil: number }).leasedUntil <= now) continue
    if (!row) found.push(`${key} has no row`)
    else if (new TextDecoder().decode(body!) !== oracle.fresh(row.path) && !(mode === 'well' && isDirty(row)))
      found.push(`${key} differs from a fresh assembly`)
  }
  for (const [key, row] of rows) {
    if (row.leased_until <= now) continue
    if (row.claimed_by !== null) found.push(`${key} is still claimed`)
    if (isDirty(row) && mode === 'ill') found.push(`${key} is still dirty`)
    if (!isDirty(row) && !kv.central(key) && oracle.fresh(row.path) !== null) found.push(`${key} is missing`)
  }
  return found
}

interface Row {
  path: string
  version: number
  stale_seq: number
  published_seq: number
  leased_until: number
  claimed_by: string | null
}
const isDirty = ({ stale_seq, published_seq }: Row) => stale_seq > published_seq

/** The organisation, its key, two factories and a sprocket. */
const furnish = (d1: SimulatedD1) => {
  const hash = createHash('sha256').update(KEY).digest('hex')
  const run = (sql: string) => d1.commit([{ sql, params: [] }])
  run(
    `insert into organisations (slug, name, created_at, next_factory_id, next_sprocket_id, next_key_id, factory_count, sprocket_count) values ('demo', 'demo', 0, 2, 1, 1, 2, 1)`,
  )
  run(`insert into api_keys (organisation, id, hash, name, role, created_at) values (1, 0, '${hash}', 'key', 'engineer', 0)`)
  for (const id of [0, 1]) {
    run(`insert into series (organisation, factory) values (1, ${id})`)
    run(`insert into factories (organisation, id, time_zone, series, created_at) values (1, ${id}, 'UTC', ${id + 1}, 0)`)
  }
  run(`insert into sprockets (organisation, id, teeth, pitch_diameter, outside_diameter, pitch) values (1, 0, 5, 5, 6, 1)`)
}

/** Hashes at once, ids and chance from the seed: the things of a runtime that would make a run differ from itself. */
const makeDeterministic = (timeline: Timeline) => {
  let ids = 0
  Math.random = () => timeline.random()
  const prefix = timeline.between(0, 0xffffffff).toString(16).padStart(8, '0')
  Object.defineProperty(globalThis, 'crypto', {
    configurable: true,
    value: {
      ...webcrypto,
      randomUUID: () => `${prefix}-0000-4000-8000-${(ids++).toString(16).padStart(12, '0')}`,
      subtle: {
        digest: async (_: string, bytes: Uint8Array) => {
          const hash = createHash('sha256').update(bytes).digest()
          return hash.buffer.slice(hash.byteOffset, hash.byteOffset + 32)
        },
      },
    },
  })
}
