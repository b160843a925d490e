import { parentPort, workerData } from 'node:worker_threads'
import { memoizeIs } from '../support/memoized-is.ts'
import type { Code } from './code.ts'
import type { Mode } from './scenario.ts'

/** The source directories that a worker runs. */
export interface Releases {
  release: string
  next: string
}

// The code logs each of thousands of injected failures, so logging is disabled.
console.log = console.warn = console.error = () => {}
const { release, next } = workerData as Releases
memoizeIs()
const [{ loadCode }, { runOnce }] = await Promise.all([import('./code.ts'), import('./run.ts')])
const code = await loadCode(release)
/** Loads the next release, which only some modes deploy. */
let nextCode: Promise<Code> | undefined
const loadNext = () => (nextCode ??= loadCode(next))
const run = async (seed: number, mode: Mode) =>
  runOnce(code, mode === 'faults' || mode === 'platform' ? await loadNext() : undefined, seed, mode)
parentPort!.on('message', ({ seed, mode }: { seed: number; mode: Mode }) => {
  void run(seed, mode).then((verdict) => parentPort!.postMessage(verdict))
})
parentPort!.postMessage('ready')
