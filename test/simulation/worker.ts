import { parentPort, workerData } from 'node:worker_threads'
import { memoizeIs } from '../support/memoized-is.ts'
import type { Mode } from './scenario.ts'

/** What a worker is given to prove: directories of source. */
export interface Releases {
  release: string
  next: string
  /** True to leave Drizzle as it is, for the test that its faster functions change nothing. */
  slow?: boolean
}

// What the code says of each of thousands of failures is no news.
console.log = console.warn = console.error = () => {}
const { release, next, slow = false } = workerData as Releases
if (!slow) {
  memoizeIs()
  const { makeDrizzleFast } = await import('../support/fast-drizzle.ts')
  makeDrizzleFast()
}
const [{ loadCode }, { runOnce }] = await Promise.all([import('./code.ts'), import('./run.ts')])
const [code, later] = [await loadCode(release), await loadCode(next)]
parentPort!.on('message', ({ seed, mode }: { seed: number; mode: Mode }) => {
  void runOnce(code, later, seed, mode).then((verdict) => parentPort!.postMessage(verdict))
})
parentPort!.postMessage('ready')
