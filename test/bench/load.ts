import { readdirSync, readFileSync } from 'node:fs'
import autocannon from 'autocannon'
import type { Client, Request } from 'autocannon'

/** Connections that ask at once, each for its next thing when it has the last. */
export const CONNECTIONS = 16

/** Whoever has had no answer by then is not going to have one. */
const LONGEST_SECONDS = 10

/** What is asked, over and over. */
export interface Load {
  url: string
  method?: 'GET' | 'POST'
  headers?: Record<string, string>
  /** Of each connection, by its number. */
  path: (connection: number) => string
  /** A new one for each request. */
  body?: () => string
  /** What every answer must be. */
  status: number
}

/** What one round found. */
export interface Round {
  perSecond: number
  /** Processor time of workerd for a request, in ms; null where the machine does not tell. It hardly minds who else is working. */
  cpuMs: number | null
}

/** Processes that this one has started and that run workerd. */
export const runtimes = (): string[] => {
  try {
    return readdirSync('/proc/self/task')
      .flatMap((task) => readFileSync(`/proc/self/task/${task}/children`, 'utf8').split(' '))
      .filter((child) => child !== '' && readFileSync(`/proc/${child}/comm`, 'utf8').startsWith('workerd'))
  } catch {
    return []
  }
}

/** Processor time of workerd so far, in ms, as Linux counts it; null elsewhere. */
const processorMs = (): number | null => {
  const tasks = runtimes().flatMap((child) => readdirSync(`/proc/${child}/task`).map((task) => `/proc/${child}/task/${task}/schedstat`))
  return tasks.length === 0 ? null : tasks.reduce((sum, task) => sum + Number(readFileSync(task, 'utf8').split(' ')[0]), 0) / 1e6
}

/**
 * Asks for so long, and counts.
 * @throws where an answer is another than it should be: a fast error is no speed
 */
export const ask = async (load: Load, seconds: number): Promise<Round> => {
  const { url, method = 'GET', headers = {}, path, body, status } = load
  let connection = 0
  const setupClient = (client: Client) => {
    const request: Request = { method, headers, path: path(connection++) }
    client.setRequests([body ? { ...request, setupRequest: (each: Request) => ({ ...each, body: body() }) } : request])
  }
  const before = processorMs()
  const result = await autocannon({ url, connections: CONNECTIONS, duration: seconds, setupClient, timeout: 30 })
  const after = processorMs()
  const counts = Object.entries(result.statusCodeStats ?? {}) as [string, { count: number }][]
  const good = counts.find(([code]) => code === String(status))?.[1].count ?? 0
  // On a machine that is busy with other things not even one answer may have come.
  if (counts.length === 0 && result.errors === 0 && seconds < LONGEST_SECONDS) return ask(load, 4 * seconds)
  if (good === 0 || counts.length > 1 || result.errors > 0) {
    throw new Error(`${method} ${url}${path(0)}: not only ${status}: ${JSON.stringify(counts)}, ${result.errors} errors`)
  }
  return { perSecond: good / result.duration, cpuMs: before === null || after === null ? null : (after - before) / good }
}
