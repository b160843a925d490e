import { readFileSync } from 'node:fs'
import { inspect } from '../bench/inspector.ts'
import { runtimes } from '../bench/load.ts'
import { spreadOf } from '../bench/statistics.ts'

/** Returns the resident memory of workerd in MiB as Linux counts it, with simulators and garbage, or null on other systems. */
export const residentMiB = (): number | null => {
  const sizes = runtimes().map((child) => Number(/^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${child}/status`, 'utf8'))?.[1] ?? 0))
  return sizes.length === 0 ? null : sizes.reduce((sum, size) => sum + size, 0) / 1024
}

interface HeapUsage {
  usedSize: number
  embedderHeapUsedSize: number
  /** Bytes of array buffers. */
  backingStorageSize: number
}

/**
 * Returns the size of V8's heaps of these Workers and of their buffers, in MiB. It includes garbage, because V8 cannot
 * be asked to collect here.
 */
export const heapMiB = async (inspector: URL, workers: string[]): Promise<number> => {
  const sizes = await Promise.all(
    workers.map(async (worker) => {
      const { call, close } = await inspect(inspector, worker)
      const { usedSize, embedderHeapUsedSize, backingStorageSize } = await call<HeapUsage>('Runtime.getHeapUsage')
      close()
      return (usedSize + embedderHeapUsedSize + backingStorageSize) / 1024 ** 2
    }),
  )
  return sizes.reduce((sum, size) => sum + size, 0)
}

/** Returns the lowest of every `many` samples in a row: the size after garbage collection. */
export const lowestOf = (samples: number[], many: number): number[] =>
  Array.from({ length: Math.floor(samples.length / many) }, (_, window) => Math.min(...samples.slice(window * many, (window + 1) * many)))

/** Returns the growth from one sample to the next, by least squares through equally spaced samples. */
const slopeOf = (samples: number[]): number => {
  const middle = (samples.length - 1) / 2
  const mean = samples.reduce((sum, size) => sum + size, 0) / samples.length
  let above = 0
  let below = 0
  for (const [at, size] of samples.entries()) {
    above += (at - middle) * (size - mean)
    below += (at - middle) ** 2
  }
  return below === 0 ? 0 : above / below
}

/** Sizes over the second half of a run, when caches are full and code is compiled. */
export interface Growth {
  medianMiB: number
  maxMiB: number
  slopeMiBPerMinute: number
}

export const growthOf = (samples: number[], everySeconds: number): Growth => {
  const later = samples.slice(Math.floor(samples.length / 2))
  return { medianMiB: spreadOf(later).median, maxMiB: Math.max(...samples), slopeMiBPerMinute: (slopeOf(later) * 60) / everySeconds }
}
