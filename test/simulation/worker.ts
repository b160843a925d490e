import { parentPort, workerData } from 'node:worker_threads'
import { memoizeIs } from '../support/memoized-is.ts'
import type { Mode } from './scenario.ts'

/** The source directories that a worker runs. */
export interface Releases {
  release: string
  next: string
  /** True to use the original functions of Drizzle. */
  slow?: boolean
}

// The code logs each of thousands of injected failures, so logging is disabled.
console.log = console.warn = console.error = () => {}
const { release, next, slow = false } = workerData as Releases
if (!slow) {
  memoizeIs()
  const { makeDrizzleFast } = await import('../support/fast-drizzle.ts')
  makeDrizzleFast()
}
const [{ loadCode }, { runOnce }] = await Promise.all([import('./code.ts'), import('./run.ts')])
const [code, nextCode] = [await loadCode(release), await loadCode(next)]
parentPort!.on('message', ({ seed, mode }: { seed: number; mode: Mode }) => {
  void runOnce(code, nextCode, seed, mode).then((verdict) => parentPort!.postMessage(verdict))
})
parentPort!.postMessage('ready')
