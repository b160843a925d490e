import { parentPort, workerData } from 'node:worker_threads'
import { loadCode } from './code.ts'
import { runOnce } from './run.ts'
import type { Mode } from './run.ts'

/** What a worker is given to prove: directories of source. */
export interface Releases {
  release: string
  next: string
}

// What the code says of each of thousands of failures is no news.
console.log = console.warn = console.error = () => {}
const { release, next } = workerData as Releases
const [code, later] = [await loadCode(release), await loadCode(next)]
parentPort!.on('message', ({ seed, mode }: { seed: number; mode: Mode }) => {
  void runOnce(code, later, seed, mode).then((verdict) => parentPort!.postMessage(verdict))
})
parentPort!.postMessage('ready')
