import { readdirSync, readFileSync } from 'node:fs'
import autocannon from 'autocannon'
import type { Client, Request } from 'autocannon'

/** Concurrent connections. Each sends its next request when it has the response to the last. */
export const CONNECTIONS = 16

/** A longer measurement without any response has failed. */
const MAX_SECONDS = 10

/** A request that is repeated. */
export interface Load {
  url: string
  method?: 'GET' | 'POST'
  headers?: Record<string, string>
  /** Returns the path for a connection. */
  path: (connection: number) => string
  /** Returns a new body for each request of a connection. */
  body?: (connection: number) => string
  /** The status that every response must have. */
  status: number
}

/** The result of one round. */
export interface Round {
  perSecond: number
  /** CPU time of workerd per request in ms, or null if the system does not report it. Other processes hardly affect it. */
  cpuMs: number | null
}

/** Returns the ids of the child processes that run workerd. */
export const runtimes = (): string[] => {
  try {
    return readdirSync('/proc/self/task')
      .flatMap((task) => readFileSync(`/proc/self/task/${task}/children`, 'utf8').split(' '))
      .filter((child) => child !== '' && readFileSync(`/proc/${child}/comm`, 'utf8').startsWith('workerd'))
  } catch {
    return []
  }
}

/** Returns the CPU time of workerd so far in ms, as Linux counts it, or null on other systems. */
const processorMs = (): number | null => {
  const tasks = runtimes().flatMap((child) => readdirSync(`/proc/${child}/task`).map((task) => `/proc/${child}/task/${task}/schedstat`))
  return tasks.length === 0 ? null : tasks.reduce((sum, task) => sum + Number(readFileSync(task, 'utf8').split(' ')[0]), 0) / 1e6
}

/**
 * Sends a load for this time, and returns the rate.
 * @throws if a response has another status, because a fast error says nothing about speed
 */
export const runLoad = async (load: Load, seconds: number): Promise<Round> => {
  const { url, method = 'GET', headers = {}, path, body, status } = load
  let connection = 0
  const setupClient = (client: Client) => {
    const index = connection++
    const request: Request = { method, headers, path: path(index) }
    client.setRequests([body ? { ...request, setupRequest: (each: Request) => ({ ...each, body: body(index) }) } : request])
  }
  const before = processorMs()
  const result = await autocannon({ url, connections: CONNECTIONS, duration: seconds, setupClient, timeout: 30 })
  const after = processorMs()
  const counts = Object.entries(result.statusCodeStats ?? {}) as [string, { count: number }][]
  const good = counts.find(([code]) => code === String(status))?.[1].count ?? 0
  // On a busy machine, there may be no response yet.
  if (counts.length === 0 && result.errors === 0 && seconds < MAX_SECONDS) return runLoad(load, 4 * seconds)
  if (good === 0 || counts.length > 1 || result.errors > 0) {
    throw new Error(`${method} ${url}${path(0)}: not only ${status}: ${JSON.stringify(counts)}, ${result.errors} errors`)
  }
  return { perSecond: good / result.duration, cpuMs: before === null || after === null ? null : (after - before) / good }
}
