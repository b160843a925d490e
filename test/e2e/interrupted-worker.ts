import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { join } from 'node:path'
import { generateApiKey } from '../../src/auth/api-key.ts'

/** The key of an engineer, in the storage of every worker process. */
export const KEY = generateApiKey()

/** A Worker in a separate process group. */
export interface WorkerProcess {
  base: string
  /** Sends a request with the key. */
  request(method: string, path: string, body?: unknown): Promise<Response>
  /** Calls a control route of the test Worker (workers/paused.ts). */
  control<T>(path: string, body?: unknown): Promise<T>
  /** Kills every process of the group, without a signal handler. */
  kill(): Promise<void>
}

/** Starts a Worker on the storage in a directory. */
export const startWorkerProcess = async (directory: string): Promise<WorkerProcess> => {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'worker-process.ts'), directory, KEY], {
    // A separate process group, so that the runtime is killed together with its parent.
    detached: true,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const closed = once(child, 'close')
  const [line] = (await Promise.race([
    once(createInterface({ input: child.stdout }), 'line'),
    closed.then(() => Promise.reject(new Error('The worker process ended before it was ready.'))),
  ])) as [string]
  const base = JSON.parse(line) as string
  return {
    base,
    request: (method, path, body) =>
      fetch(`${base}${path}`, {
        method,
        headers: { Authorization: `Bearer ${KEY}`, ...(body === undefined ? {} : { 'Content-Type': 'application/json' }) },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      }),
    async control<T>(path: string, body?: unknown) {
      const sent = typeof body === 'string' ? body : JSON.stringify(body)
      const response = await fetch(`${base}/test/${path}`, { method: 'POST', ...(body === undefined ? {} : { body: sent }) })
      return response.json() as Promise<T>
    },
    async kill() {
      process.kill(-child.pid!, 'SIGKILL')
      await closed
    },
  }
}
