import { apiKeyOf, ORGANISATIONS, REASON, scheduleWith } from './seed-database.ts'
import { resetConnection } from './simulated-isolate.ts'
import type { SimulatedIsolate } from './simulated-isolate.ts'
import type { Oracle } from './oracle.ts'
import type { ReadingsModel, WriteRequest } from './readings-model.ts'
import type { Scenario } from './scenario.ts'
import type { SimulatedD1 } from '../support/simulated-d1.ts'
import type { Timeline } from '../support/timeline.ts'

/** Maximum duration of a response in a run without faults. */
const MAX_RESPONSE_MS = 5_000
/** Time for which an isolate serves nothing older than its own write, less the 10 s by which its clock may change. */
const OWN_WRITES_MS = 70_000
/** A forged bookmark, later than every commit of a run. */
const FORGED = `0fffffff-00000000-00000000-${'0'.repeat(32)}`

/** The paths that clients read, as the paths of cache entries. */
const PATHS = ORGANISATIONS.flatMap(({ pk }) =>
  [
    '/api/factories',
    '/api/factory/0',
    '/api/factory/0/chart-data',
    '/api/factory/0/time',
    '/api/factory/1',
    '/api/factory/1/profile',
    '/api/factory/0/schedule',
    '/api/factory/0/shifts',
    '/api/stop-annotation/0',
    '/api/stop-reasons',
    '/api/sprocket/0',
    '/api/sprockets',
  ].map((path) => `${pk}${path}`),
)

/** Returns the URL of a cache entry, and its organisation. */
const parsePath = (path: string) => ({ organisationPk: Number(path[0]), url: `https://api.test${path.slice(1)}` })

/** Times of readings: both sides of the borders of hours and days, and within an hour. */
const TIMES = [1, 899, 900, 1_000, 3_599, 3_600, 86_399, 86_400, 172_799, 172_800]

/** Creates the readers and writers of a run. They check every response and add what is wrong to `violations`. */
export const createClients = (
  timeline: Timeline,
  d1: SimulatedD1,
  oracle: Oracle,
  model: ReadingsModel,
  { hasFaults, paths = PATHS, ignoresBookmarks = false, maxAgeMs }: Scenario,
  violations: string[],
) => {
  // Half of the runs read only two paths, and so read more often what has just changed.
  const pathsRead = timeline.chance(0.5) ? [timeline.pick(paths), timeline.pick(paths)] : paths
  const organisationPks = [...new Set(paths.map((path) => parsePath(path).organisationPk))]
  const counts = { reads: 0, writes: 0 }
  const bookmarks: { bookmark: string; commit: number }[] = []
  /** The writes that each isolate has acknowledged, with the time. */
  const ownWrites = new Map<SimulatedIsolate, { requestId: string; at: number }[]>()
  /** The entity tag and text of each path that a reader stored last. */
  const stored = new Map<string, { etag: string; text: string }>()
  let stamp = 10

  /** Returns the latest commit that changed a path and that every read of the isolate must show; -1 without such a commit. */
  const ownCommitTo = (isolate: SimulatedIsolate, path: string): number => {
    const recent = (ownWrites.get(isolate) ?? []).filter(({ at }) => at > timeline.now - OWN_WRITES_MS)
    return Math.max(-1, ...recent.map(({ requestId }) => oracle.commitThatChanged(path, requestId) ?? -1))
  }

  /** Reads a path, often with a bookmark or a key. A dashboard has no bookmark, and always or never has a key. */
  const read = async (isolate: SimulatedIsolate, path = timeline.pick(pathsRead), dashboard?: { isKeyed: boolean }): Promise<void> => {
    const { organisationPk, url } = parsePath(path)
    const isKeyed = organisationPk > 1 || (dashboard?.isKeyed ?? timeline.chance(0.5))
    const start = timeline.now
    const seen =
      !dashboard && timeline.chance(0.4)
        ? timeline.chance(0.5)
          ? bookmarks.at(-1)
          : bookmarks.length
            ? timeline.pick(bookmarks)
            : undefined
        : undefined
    const isForged = !dashboard && !seen && timeline.chance(0.15)
    const maxAge = maxAgeMs(isForged)
    const own = ownCommitTo(isolate, path)
    const known = timeline.chance(0.3) ? stored.get(path) : undefined
    const headers = {
      ...((seen || isForged) && { 'x-d1-bookmark': seen?.bookmark ?? FORGED }),
      ...(known && { 'If-None-Match': known.etag }),
      ...(isKeyed && { Authorization: `Bearer ${apiKeyOf(organisationPk)}` }),
    }
    const response = await isolate.fetch(new Request(url, { headers }))
    counts.reads++
    if (!hasFaults && timeline.now - start > MAX_RESPONSE_MS) violations.push(`${path} took ${timeline.now - start} ms`)
    if (response.status === 503 && hasFaults) return
    const text = response.status === 404 ? null : response.status === 304 ? known!.text : await response.text()
    const status = response.headers.get('cache-status')
    if (![200, 304, 404].includes(response.status)) violations.push(`${path} answered ${response.status} ${text}`)
    else if (seen && !ignoresBookmarks && !oracle.hadText(path, text, { commit: seen.commit }))
      violations.push(`${path} with a bookmark is older than commit ${seen.commit} (${status})`)
    else if (!oracle.hadText(path, text, maxAge === undefined ? {} : { at: start - maxAge }))
      violations.push(`${path} is older than ${maxAge} ms, or never existed (${status})`)
    // Two responses may be older: one marked `unchecked`, for which D1 was unavailable, and one to a client that forges its bookmarks.
    if (!ignoresBookmarks && !isForged && !status?.includes('unchecked') && !oracle.hadText(path, text, { commit: own }))
      violations.push(`${path} lacks commit ${own}, which the same isolate has acknowledged (${status})`)
    if (response.status === 200) stored.set(path, { etag: response.headers.get('etag')!, text: text! })
  }

  /** Reads a path while nothing is in progress. The response must equal a fresh rendering. */
  const readCurrent = async (isolate: SimulatedIsolate, path: string): Promise<void> => {
    const { organisationPk, url } = parsePath(path)
    const headers = { Authorization: `Bearer ${apiKeyOf(organisationPk)}` }
    const response = await isolate.fetch(new Request(url, organisationPk > 1 ? { headers } : {}))
    const text = response.status === 404 ? null : await response.text()
    if (text !== oracle.fresh(path))
      violations.push(
        `${path} at ${isolate.location} differs from a fresh rendering (${response.status} ${response.headers.get('cache-status')})`,
      )
  }

  /** Returns a random write with values that no earlier write had. */
  const randomWrite = (): WriteRequest => (timeline.chance(0.3) ? randomPlanWrite() : randomDataWrite())

  /** Returns a write that changes what the readings of factory 0 mean, but no reading. */
  const randomPlanWrite = (): WriteRequest =>
    timeline.pick<WriteRequest>([
      ['PUT', '/api/factory/0/schedule', scheduleWith(stamp)],
      ['PATCH', '/api/stop-annotation/0', { to: 900 + stamp }],
      ['PUT', '/api/stop-reasons', { reasons: [{ ...REASON, name: `${stamp}` }] }],
    ])

  const randomDataWrite = (): WriteRequest => {
    const factory = timeline.between(0, 1)
    const chart = `/api/factory/${factory}/chart-data`
    const time = timeline.pick(TIMES)
    return timeline.pick<WriteRequest>([
      ['POST', chart, { time: 1_000 + stamp, actual: stamp }],
      ['POST', chart, { time, goal: stamp }],
      ['PUT', `${chart}/${time}`, { actual: stamp, scrap: stamp % 7 }],
      ['DELETE', `${chart}/${time}`],
      ['PUT', chart, { time: [2, time], sprocket_production_actual: [stamp, null] }],
      ['PATCH', `/api/factory/${factory}`, { name: `${stamp}` }],
      ['PATCH', `/api/sprocket/0`, { teeth: stamp }],
      ['POST', `/api/sprockets`, { teeth: stamp, pitch_diameter: 1, outside_diameter: 1, pitch: 1 }],
      ['POST', '/api/readings', { readings: [0, 1].map((each) => ({ factory: each, time, actual: stamp })) }],
    ])
  }

  const logged = d1.primary.prepare('select count(*) as n from audit_log where request_id = ?')
  const countLogged = (requestId: string) => (logged.get(requestId) as { n: number }).n
  /** True if a write since this time may be undone. */
  const mayBeUndone = (since: number) => d1.restoredAt >= since

  /** Sends a write, and compares its response with the audit log. */
  const send = async (
    isolate: SimulatedIsolate,
    [method, path, body]: WriteRequest,
    requestId: string,
    { organisationPk, key, isPatient = false }: { organisationPk: number; key?: string; isPatient?: boolean },
  ): Promise<Response> => {
    const headers = {
      'Content-Type': 'application/json',
      Authorization: `Bearer ${apiKeyOf(organisationPk)}`,
      'X-Request-Id': requestId,
      ...(key && { 'Idempotency-Key': key }),
    }
    model.expect(requestId, [method, path, body])
    const start = timeline.now
    const isMissing = () => countLogged(requestId) === 0 && !mayBeUndone(start)
    const life = { ended: false }
    if (!isPatient && timeline.chance(0.15)) timeline.after(timeline.between(1, 150), () => resetConnection(life))
    const response = await isolate.fetch(new Request(`https://api.test${path}`, { method, headers, body: JSON.stringify(body) }), life)
    counts.writes++
    const bookmark = response.headers.get('x-d1-bookmark')
    if (response.ok && bookmark) {
      bookmarks.push({ bookmark, commit: Number.parseInt(bookmark.slice(0, 8), 16) })
      // Another isolate may have applied a replayed write.
      if (!response.headers.has('idempotent-replayed'))
        ownWrites.set(isolate, [...(ownWrites.get(isolate) ?? []), { requestId, at: timeline.now }])
      if (isMissing()) violations.push(`${requestId} was acknowledged and is not in the audit log`)
    } else if (response.status === 409 && hasFaults) {
      // The write was applied, but its response was lost, and another write deleted the result before the commit found it.
      if (isMissing()) violations.push(`${requestId} got 409 as applied but is not in the audit log`)
    } else if (response.status === 404 && method === 'DELETE') {
      // The reading does not exist.
      if (countLogged(requestId) > 0 && !hasFaults) violations.push(`${requestId} deleted a reading and got 404`)
    } else if (!(hasFaults && response.status === 503)) violations.push(`${requestId} answered ${response.status} ${await response.text()}`)
    return response
  }

  const pickOrganisation = () => timeline.pick(organisationPks)

  const write = async (isolate: SimulatedIsolate, request?: WriteRequest, organisationPk = pickOrganisation()): Promise<void> => {
    stamp++
    await send(isolate, request ?? randomWrite(), `write-${stamp}`, { organisationPk, isPatient: request !== undefined })
  }

  /** Sends a POST three times with one Idempotency-Key, to random isolates, concurrently or later. */
  const writeRepeatedly = async (isolates: SimulatedIsolate[]): Promise<void> => {
    stamp++
    const requestId = `write-${stamp}`
    const start = timeline.now
    const organisationPk = pickOrganisation()
    const request: WriteRequest = ['POST', '/api/sprockets', { teeth: stamp, pitch_diameter: 1, outside_diameter: 1, pitch: 1 }]
    const locations = new Set<string | null>()
    const tries = Array.from({ length: 3 }, async () => {
      await timeline.sleep(timeline.pick([0, 0, timeline.between(0, 20_000)]))
      const response = await send(timeline.pick(isolates), request, requestId, { organisationPk, key: requestId })
      if (response.ok) locations.add(response.headers.get('location'))
    })
    // A request to a terminated isolate never ends.
    await Promise.race([Promise.all(tries), timeline.sleep(120_000)])
    if (countLogged(requestId) > 1) violations.push(`${requestId} was applied ${countLogged(requestId)} times with one Idempotency-Key`)
    if (locations.size > 1 && !mayBeUndone(start))
      violations.push(`${requestId} got the locations ${[...locations].join(' and ')} with one Idempotency-Key`)
  }

  return { read, readCurrent, write, writeRepeatedly, counts, pathsRead }
}
