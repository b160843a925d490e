import { setTimeout as pause } from 'node:timers/promises'

/** The Workers, the key, and the end of the run. */
export interface Target {
  /** URLs of isolates. Requests go to a random one. */
  urls: string[]
  key: string
  isOver: () => boolean
}

/** Observed failures by status and problem code, and faults: events that must never happen. */
export interface Observations {
  requests: number
  hungUp: number
  failures: Map<string, number>
  wrong: string[]
}
export const createObservations = (): Observations => ({ requests: 0, hungUp: 0, failures: new Map(), wrong: [] })

/** A response with its body, or undefined if the outcome of the request is unknown. */
interface UserResponse {
  status: number
  headers: Headers
  text: string
}

/** One request of this many is cancelled by the client. */
const HANG_UP = 20
/** A time limit that no request reaches, even with injected faults. */
const MAX_REQUEST_MS = 60_000

const oneOf = <T>(list: readonly T[]): T => list[Math.floor(list.length * Math.random())]!

/**
 * Sends a request to a random isolate.
 * @param mayHangUp true if the client may cancel it before the response
 */
const send = async (
  { urls, key }: Target,
  observed: Observations,
  path: string,
  { keyed = true, mayHangUp = false, ...init }: RequestInit & { keyed?: boolean; mayHangUp?: boolean } = {},
): Promise<UserResponse | undefined> => {
  observed.requests++
  const hangsUp = mayHangUp && Math.random() < 1 / HANG_UP
  const headers = new Headers(init.headers)
  if (keyed) headers.set('Authorization', `Bearer ${key}`)
  try {
    const signal = AbortSignal.timeout(hangsUp ? Math.ceil(30 * Math.random()) : MAX_REQUEST_MS)
    const fetched = await fetch(`${oneOf(urls)}${path}`, { ...init, headers, signal })
    const text = await fetched.text()
    if (fetched.status >= 500) {
      const type = (JSON.parse(text) as { type?: string }).type ?? ''
      const name = `${fetched.status} ${type.split('#')[1] ?? type}`
      observed.failures.set(name, (observed.failures.get(name) ?? 0) + 1)
    }
    return { status: fetched.status, headers: fetched.headers, text }
  } catch (error) {
    if (hangsUp) observed.hungUp++
    else observed.wrong.push(`${init.method ?? 'GET'} ${path} got no response: ${String(error)}`)
    return undefined
  }
}

/** Repeats a write until it is acknowledged, as a device does. `tries` is the number of attempts. */
const sendUntilAcknowledged = async (
  target: Target,
  observed: Observations,
  path: string,
  method: string,
  body: unknown,
  more: { mayHangUp?: boolean; headers?: Record<string, string> } = {},
) => {
  for (let tries = 1; ; tries++) {
    const response = await send(target, observed, path, {
      ...more,
      method,
      ...(body !== undefined && { body: JSON.stringify(body) }),
      headers: { 'Content-Type': 'application/json', ...more.headers },
    })
    if (response && response.status < 300) return { ...response, tries }
    if (response && response.status < 500) {
      observed.wrong.push(`${method} ${path}: ${response.status} ${response.text}`)
      return { ...response, tries }
    }
    await pause(50)
  }
}

/** The time of the first reading of a series. One follows every minute. */
const FIRST_TIME = Date.UTC(2010, 0, 1) / 1000

/** A device: appends to its factory, corrects, deletes, and reads with its bookmark. Returns the readings that must be stored. */
export const write = async (target: Target, observed: Observations, factory: number, pauseMs: number): Promise<Map<number, number>> => {
  const chart = `/api/factory/${factory}/chart-data`
  const expected = new Map<number, number>()
  /** Times acknowledged at the first attempt. No late attempt can overwrite a later correction of them. */
  const acknowledged: number[] = []
  for (let minute = 0; !target.isOver();) {
    const readings = Array.from({ length: 1 + Math.floor(3 * Math.random()) }, () => ({
      time: FIRST_TIME + 60 * minute++,
      actual: Math.floor(100 * Math.random()),
      goal: 50,
    }))
    const written = await sendUntilAcknowledged(target, observed, chart, 'POST', { readings }, { mayHangUp: true })
    for (const { time, actual } of readings) expected.set(time, actual)
    if (written.tries === 1) acknowledged.push(readings[0]!.time)
    const action = Math.random()
    if (action < 0.3) {
      const bookmark = written.headers.get('x-d1-bookmark')!
      const read = await send(target, observed, chart, { headers: { 'x-d1-bookmark': bookmark } })
      const { time, actual } = readings.at(-1)!
      if (read?.status === 200) {
        const shown = JSON.parse(read.text) as { time: number[]; sprocket_production_actual: number[] }
        if (shown.sprocket_production_actual[shown.time.indexOf(time)] !== actual)
          observed.wrong.push(`${chart} with a bookmark lacks what was written before`)
      }
    } else if (action < 0.4 && acknowledged.length > 0) {
      const time = acknowledged.pop()!
      if (action < 0.37) {
        await sendUntilAcknowledged(target, observed, `${chart}/${time}`, 'PUT', { actual: 777, goal: 50 })
        expected.set(time, 777)
      } else {
        // Deleted by this attempt, or by one whose response was lost: then this one gets 404.
        const path = `${chart}/${time}`
        for (
          let response = await send(target, observed, path, { method: 'DELETE' });
          response?.status !== 204 && response?.status !== 404;
        ) {
          await pause(50)
          response = await send(target, observed, path, { method: 'DELETE' })
        }
        expected.delete(time)
      }
    }
    await pause(pauseMs * Math.random())
  }
  return expected
}

/** An engineer: adds each sprocket type once, and renames a factory. Returns the created types and the last name. */
export const engineer = async (
  target: Target,
  observed: Observations,
  factory: number,
  pauseMs: number,
): Promise<{ teeth: number[]; name: string | null }> => {
  const teeth: number[] = []
  let name: string | null = null
  while (!target.isOver()) {
    const next = teeth.length + 1
    const headers = { 'Idempotency-Key': `"sprocket ${next}"` }
    await sendUntilAcknowledged(
      target,
      observed,
      '/api/sprockets',
      'POST',
      { teeth: next, pitch_diameter: 5, outside_diameter: 6, pitch: 1 },
      { headers, mayHangUp: true },
    )
    teeth.push(next)
    name = `Plant ${next}`
    await sendUntilAcknowledged(target, observed, `/api/factory/${factory}`, 'PATCH', { name })
    await pause(pauseMs * Math.random())
  }
  return { teeth, name }
}

/** A reader of every path, with and without a key. It remembers entity tags and often cancels requests. */
export const read = async (target: Target, observed: Observations, paths: string[], pauseMs: number): Promise<void> => {
  const tags = new Map<string, string>()
  while (!target.isOver()) {
    const path = oneOf(paths)
    const tag = Math.random() < 0.5 ? tags.get(path) : undefined
    const response = await send(target, observed, path, {
      keyed: Math.random() < 0.5,
      mayHangUp: true,
      ...(tag !== undefined && { headers: { 'If-None-Match': tag } }),
    })
    if (response?.status === 200) tags.set(path, response.headers.get('ETag')!)
    else if (response && response.status !== 304 && response.status < 500)
      observed.wrong.push(`GET ${path}: ${response.status} ${response.text}`)
    await pause(pauseMs * Math.random())
  }
}
