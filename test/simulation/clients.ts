import { KEY } from './seed-database.ts'
import { hangUp } from './simulated-isolate.ts'
import type { Member } from './simulated-isolate.ts'
import type { Oracle } from './oracle.ts'
import type { Scenario } from './scenario.ts'
import type { SimulatedD1 } from '../support/simulated-d1.ts'
import type { Timeline } from '../support/timeline.ts'

/** An answer takes no longer where nothing is ill. */
const WELL_ANSWER_MS = 5_000
/** A bookmark of a future that nobody has seen. */
const FORGED = `0fffffff-00000000-00000000-${'0'.repeat(32)}`

/** The documents that are read. */
const PATHS = [
  '/api/factories',
  '/api/factory/0',
  '/api/factory/0/chart-data',
  '/api/factory/0/time',
  '/api/factory/1',
  '/api/factory/1/profile',
  '/api/sprocket/0',
  '/api/sprockets',
]

/** A write: what is sent where. */
type Words = [method: string, path: string, body: unknown]

/**
 * What readers and writers do, and what they find wrong with it.
 */
export const makeClients = (
  timeline: Timeline,
  d1: SimulatedD1,
  oracle: Oracle,
  { isIll, paths = PATHS, mostAgeMs }: Scenario,
  violations: string[],
) => {
  // Half of the runs look at little, and so more often at what has just changed.
  const wanted = timeline.chance(0.5) ? [timeline.pick(paths), timeline.pick(paths)] : paths
  const done = { reads: 0, writes: 0 }
  const bookmarks: { bookmark: string; commit: number }[] = []
  /** What readers have kept of a path: the tag and what it stood for. */
  const had = new Map<string, { etag: string; text: string }>()
  let stamp = 10

  /** Reads something, often with some bookmark and some with a key. A dashboard has no bookmark, and always or never a key. */
  const read = async (member: Member, path = timeline.pick(wanted), dashboard?: { isKeyed: boolean }): Promise<void> => {
    const isKeyed = dashboard?.isKeyed ?? timeline.chance(0.5)
    const at = timeline.now
    const seen =
      !dashboard && timeline.chance(0.4)
        ? timeline.chance(0.5)
          ? bookmarks.at(-1)
          : bookmarks.length
            ? timeline.pick(bookmarks)
            : undefined
        : undefined
    const forged = !dashboard && !seen && timeline.chance(0.15)
    const oldest = mostAgeMs(forged)
    const known = timeline.chance(0.3) ? had.get(path) : undefined
    const headers = {
      ...((seen || forged) && { 'x-d1-bookmark': seen?.bookmark ?? FORGED }),
      ...(known && { 'If-None-Match': known.etag }),
      ...(isKeyed && { Authorization: `Bearer ${KEY}` }),
    }
    const response = await member.fetch(new Request(`https://api.test${path}`, { headers }))
    done.reads++
    if (!isIll && timeline.now - at > WELL_ANSWER_MS) violations.push(`${path} took ${timeline.now - at} ms`)
    if (response.status === 503 && isIll) return
    const text = response.status === 404 ? null : response.status === 304 ? known!.text : await response.text()
    const status = response.headers.get('cache-status')
    if (![200, 304, 404].includes(response.status)) violations.push(`${path} answered ${response.status} ${text}`)
    else if (seen && !oracle.said(`1${path}`, text, { commit: seen.commit }))
      violations.push(`${path} with a bookmark went back behind commit ${seen.commit} (${status})`)
    else if (!oracle.said(`1${path}`, text, oldest === undefined ? {} : { at: at - oldest }))
      violations.push(`${path} was older than ${oldest} ms, or never was (${status})`)
    if (response.status === 200) had.set(path, { etag: response.headers.get('etag')!, text: text! })
  }

  /** Reads what is there when all is quiet, and nothing older will do. */
  const look = async (member: Member, path: string): Promise<void> => {
    const response = await member.fetch(new Request(`https://api.test${path}`))
    const text = response.status === 404 ? null : await response.text()
    if (text !== oracle.fresh(`1${path}`))
      violations.push(
        `${path} at ${member.location} is not what a fresh assembly gives (${response.status} ${response.headers.get('cache-status')})`,
      )
  }

  /** Something to write that nobody wrote before. */
  const anything = (): Words => {
    const factory = timeline.between(0, 1)
    return timeline.pick<Words>([
      ['POST', `/api/factory/${factory}/chart-data`, { time: 1_000 + stamp, actual: stamp }],
      ['POST', `/api/factory/${factory}/chart-data`, { time: 1_000, goal: stamp }],
      ['PUT', `/api/factory/${factory}/chart-data/1000`, { actual: stamp }],
      ['PUT', `/api/factory/${factory}/chart-data`, { time: [1, 2], sprocket_production_actual: [stamp, null] }],
      ['PATCH', `/api/factory/${factory}`, { name: `${stamp}` }],
      ['PATCH', `/api/sprocket/0`, { teeth: stamp }],
      ['POST', `/api/sprockets`, { teeth: stamp, pitch_diameter: 1, outside_diameter: 1, pitch: 1 }],
      ['POST', '/api/readings', { readings: [0, 1].map((each) => ({ factory: each, time: 5, actual: stamp })) }],
    ])
  }

  const logged = d1.primary.prepare('select count(*) as n from changes where request_id = ?')
  const countLogged = (requestId: string) => (logged.get(requestId) as { n: number }).n

  /** Sends a write, and holds its answer against the log. */
  const send = async (
    member: Member,
    [method, path, body]: Words,
    requestId: string,
    { key, patient = false }: { key?: string; patient?: boolean } = {},
  ): Promise<Response> => {
    const headers = {
      'Content-Type': 'application/json',
      Authorization: `Bearer ${KEY}`,
      'X-Request-Id': requestId,
      ...(key && { 'Idempotency-Key': key }),
    }
    const life = { ended: false }
    if (!patient && timeline.chance(0.15)) timeline.after(timeline.between(1, 150), () => hangUp(life))
    const response = await member.fetch(new Request(`https://api.test${path}`, { method, headers, body: JSON.stringify(body) }), life)
    done.writes++
    const bookmark = response.headers.get('x-d1-bookmark')
    if (response.ok && bookmark) {
      bookmarks.push({ bookmark, commit: Number.parseInt(bookmark.slice(0, 8), 16) })
      if (countLogged(requestId) === 0) violations.push(`${requestId} was acknowledged and is not in the log`)
    } else if (response.status === 409 && isIll) {
      // Carried out, but the database's answer was lost, and another write removed what it made before it was found.
      if (countLogged(requestId) === 0) violations.push(`${requestId} was told to be carried out and is not in the log`)
    } else if (!(isIll && response.status === 503)) violations.push(`${requestId} answered ${response.status} ${await response.text()}`)
    return response
  }

  const write = async (member: Member, words?: Words): Promise<void> => {
    stamp++
    await send(member, words ?? anything(), `write-${stamp}`, { patient: words !== undefined })
  }

  /** Sends a POST several times under one Idempotency-Key, here and there, at once or later. */
  const insist = async (members: Member[]): Promise<void> => {
    stamp++
    const requestId = `write-${stamp}`
    const words: Words = ['POST', '/api/sprockets', { teeth: stamp, pitch_diameter: 1, outside_diameter: 1, pitch: 1 }]
    const places = new Set<string | null>()
    const tries = Array.from({ length: 3 }, async () => {
      await timeline.sleep(timeline.pick([0, 0, timeline.between(0, 20_000)]))
      const response = await send(timeline.pick(members), words, requestId, { key: requestId })
      if (response.ok) places.add(response.headers.get('location'))
    })
    // Of one whose isolate dies nobody hears again.
    await Promise.race([Promise.all(tries), timeline.sleep(120_000)])
    if (countLogged(requestId) > 1)
      violations.push(`${requestId} was carried out ${countLogged(requestId)} times under one Idempotency-Key`)
    if (places.size > 1) violations.push(`${requestId} was answered with ${[...places].join(' and ')} under one Idempotency-Key`)
  }

  return { read, look, write, insist, done, wanted }
}
