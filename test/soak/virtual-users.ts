import { setTimeout as pause } from 'node:timers/promises'

/** Where the Worker is, who asks, and until when. */
export interface Place {
  /** Isolates; any may be asked. */
  urls: string[]
  key: string
  isOver: () => boolean
}

/** What was seen of failures: a 5xx by its status and the code of its problem, and what must never be. */
export interface Seen {
  requests: number
  hungUp: number
  failures: Map<string, number>
  wrong: string[]
}
export const nothingSeen = (): Seen => ({ requests: 0, hungUp: 0, failures: new Map(), wrong: [] })

/** An answer, read whole; undefined where nobody knows what became of the request. */
interface Answer {
  status: number
  headers: Headers
  text: string
}

/** A client hangs up in one request of so many. */
const HANG_UP = 20
/** Nothing takes longer, the faults included. */
const LONGEST_MS = 60_000

const oneOf = <T>(list: readonly T[]): T => list[Math.floor(list.length * Math.random())]!

/**
 * Sends a request to any isolate.
 * @param mayHangUp whether the client may be gone before the answer is there
 */
const send = async (
  { urls, key }: Place,
  seen: Seen,
  path: string,
  { keyed = true, mayHangUp = false, ...init }: RequestInit & { keyed?: boolean; mayHangUp?: boolean } = {},
): Promise<Answer | undefined> => {
  seen.requests++
  const hangsUp = mayHangUp && Math.random() < 1 / HANG_UP
  const headers = new Headers(init.headers)
  if (keyed) headers.set('Authorization', `Bearer ${key}`)
  try {
    const signal = AbortSignal.timeout(hangsUp ? Math.ceil(30 * Math.random()) : LONGEST_MS)
    const response = await fetch(`${oneOf(urls)}${path}`, { ...init, headers, signal })
    const text = await response.text()
    if (response.status >= 500) {
      const type = (JSON.parse(text) as { type?: string }).type ?? ''
      const name = `${response.status} ${type.split('#')[1] ?? type}`
      seen.failures.set(name, (seen.failures.get(name) ?? 0) + 1)
    }
    return { status: response.status, headers: response.headers, text }
  } catch (error) {
    if (hangsUp) seen.hungUp++
    else seen.wrong.push(`${init.method ?? 'GET'} ${path} had no answer: ${String(error)}`)
    return undefined
  }
}

/** Repeats a write as a device does, until it is acknowledged; `tries` tells whether it was at once. */
const insist = async (
  place: Place,
  seen: Seen,
  path: string,
  method: string,
  body: unknown,
  more: { mayHangUp?: boolean; headers?: Record<string, string> } = {},
) => {
  for (let tries = 1; ; tries++) {
    const answer = await send(place, seen, path, {
      ...more,
      method,
      ...(body !== undefined && { body: JSON.stringify(body) }),
      headers: { 'Content-Type': 'application/json', ...more.headers },
    })
    if (answer && answer.status < 300) return { ...answer, tries }
    if (answer && answer.status < 500) {
      seen.wrong.push(`${method} ${path}: ${answer.status} ${answer.text}`)
      return { ...answer, tries }
    }
    await pause(50)
  }
}

/** The first reading of a series here; one follows each minute. */
const FIRST_TIME = Date.UTC(2010, 0, 1) / 1000

/** A device: appends to a factory of its own, corrects and removes, and reads with its bookmark. Answers what must be there. */
export const write = async (place: Place, seen: Seen, factory: number, pauseMs: number): Promise<Map<number, number>> => {
  const chart = `/api/factory/${factory}/chart-data`
  const kept = new Map<number, number>()
  /** Acknowledged the first time: no straggler of theirs can land on a later correction. */
  const sure: number[] = []
  for (let minute = 0; !place.isOver();) {
    const readings = Array.from({ length: 1 + Math.floor(3 * Math.random()) }, () => ({
      time: FIRST_TIME + 60 * minute++,
      actual: Math.floor(100 * Math.random()),
      goal: 50,
    }))
    const written = await insist(place, seen, chart, 'POST', { readings }, { mayHangUp: true })
    for (const { time, actual } of readings) kept.set(time, actual)
    if (written.tries === 1) sure.push(readings[0]!.time)
    const deed = Math.random()
    if (deed < 0.3) {
      const bookmark = written.headers.get('x-d1-bookmark')!
      const read = await send(place, seen, chart, { headers: { 'x-d1-bookmark': bookmark } })
      const { time, actual } = readings.at(-1)!
      if (read?.status === 200) {
        const shown = JSON.parse(read.text) as { time: number[]; sprocket_production_actual: number[] }
        if (shown.sprocket_production_actual[shown.time.indexOf(time)] !== actual)
          seen.wrong.push(`${chart} with a bookmark lacks what was written before`)
      }
    } else if (deed < 0.4 && sure.length > 0) {
      const time = sure.pop()!
      if (deed < 0.37) {
        await insist(place, seen, `${chart}/${time}`, 'PUT', { actual: 777, goal: 50 })
        kept.set(time, 777)
      } else {
        // Removed, or removed by a try whose answer was lost: 404 says so too.
        const path = `${chart}/${time}`
        for (let answer = await send(place, seen, path, { method: 'DELETE' }); answer?.status !== 204 && answer?.status !== 404;) {
          await pause(50)
          answer = await send(place, seen, path, { method: 'DELETE' })
        }
        kept.delete(time)
      }
    }
    await pause(pauseMs * Math.random())
  }
  return kept
}

/** An engineer: adds sprocket types once each, and renames a factory. Answers the teeth of what was made, and the last name. */
export const engineer = async (
  place: Place,
  seen: Seen,
  factory: number,
  pauseMs: number,
): Promise<{ teeth: number[]; name: string | null }> => {
  const teeth: number[] = []
  let name: string | null = null
  while (!place.isOver()) {
    const next = teeth.length + 1
    const headers = { 'Idempotency-Key': `"sprocket ${next}"` }
    await insist(
      place,
      seen,
      '/api/sprockets',
      'POST',
      { teeth: next, pitch_diameter: 5, outside_diameter: 6, pitch: 1 },
      { headers, mayHangUp: true },
    )
    teeth.push(next)
    name = `Plant ${next}`
    await insist(place, seen, `/api/factory/${factory}`, 'PATCH', { name })
    await pause(pauseMs * Math.random())
  }
  return { teeth, name }
}

/** A reader of everything, with and without a key, who remembers tags and often hangs up. */
export const read = async (place: Place, seen: Seen, paths: string[], pauseMs: number): Promise<void> => {
  const tags = new Map<string, string>()
  while (!place.isOver()) {
    const path = oneOf(paths)
    const tag = Math.random() < 0.5 ? tags.get(path) : undefined
    const answer = await send(place, seen, path, {
      keyed: Math.random() < 0.5,
      mayHangUp: true,
      ...(tag !== undefined && { headers: { 'If-None-Match': tag } }),
    })
    if (answer?.status === 200) tags.set(path, answer.headers.get('ETag')!)
    else if (answer && answer.status !== 304 && answer.status < 500) seen.wrong.push(`GET ${path}: ${answer.status} ${answer.text}`)
    await pause(pauseMs * Math.random())
  }
}
