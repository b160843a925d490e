import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { join } from 'node:path'
import { generateApiKey } from '../../src/auth/api-key.ts'

/** The key of an engineer, in every storage that a victim begins with. */
export const KEY = generateApiKey()

/** A Worker in processes of its own. */
export interface Victim {
  base: string
  /** Asks a route, with the key. */
  ask(method: string, path: string, body?: unknown): Promise<Response>
  /** Asks what the test Worker has to say (workers/paused.ts). */
  tell<T>(path: string, body?: unknown): Promise<T>
  /** Ends every process of it, without a word to any. */
  kill(): Promise<void>
}

/** Starts one on what an earlier one has left in a directory. */
export const startVictim = async (directory: string): Promise<Victim> => {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'worker-process.ts'), directory, KEY], {
    // A group of its own, so that the runtime that it starts dies with it.
    detached: true,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const closed = once(child, 'close')
  const [line] = (await Promise.race([
    once(createInterface({ input: child.stdout }), 'line'),
    closed.then(() => Promise.reject(new Error('It did not start.'))),
  ])) as [string]
  const base = JSON.parse(line) as string
  return {
    base,
    ask: (method, path, body) =>
      fetch(`${base}${path}`, {
        method,
        headers: { Authorization: `Bearer ${KEY}`, ...(body === undefined ? {} : { 'Content-Type': 'application/json' }) },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      }),
    async tell<T>(path: string, body?: unknown) {
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
