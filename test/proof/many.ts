import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import { MODES } from './run.ts'
import type { Verdict } from './run.ts'
import type { Releases } from './worker.ts'

/** What many runs did together, and those that found something. */
export interface Report {
  runs: number
  puts: number
  trips: number
  writes: number
  reads: number
  bad: Verdict[]
  seconds: number
}

/** What a run makes is garbage when it ends: with room for some runs, little of it is ever looked at. */
const YOUNG_MB = 96

/** Runs that find something wrong are enough when there are so many: more would say the same. */
const BAD_ENOUGH = 20

/**
 * Runs each seed in both modes, on every core.
 * @param until whether what was found is enough; without it all seeds are run
 */
export const runMany = async (
  releases: Releases,
  { first, count, until = ({ bad }) => bad.length >= BAD_ENOUGH }: { first: number; count: number; until?: (report: Report) => boolean },
  cores = availableParallelism(),
): Promise<Report> => {
  const started = performance.now()
  const report: Report = { runs: 0, puts: 0, trips: 0, writes: 0, reads: 0, bad: [], seconds: 0 }
  let next = 0
  const work = async (): Promise<void> => {
    const worker = new Worker(join(import.meta.dirname, 'worker.ts'), {
      workerData: releases,
      resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MB },
    })
    await new Promise<void>((resolve, reject) => {
      worker.on('error', reject)
      worker.on('message', (message: Verdict | 'ready') => {
        if (message !== 'ready') {
          report.runs++
          for (const figure of ['puts', 'trips', 'writes', 'reads'] as const) report[figure] += message[figure]
          if (message.violations.length) report.bad.push(message)
        }
        if (next >= count * MODES.length || until(report)) return resolve()
        worker.postMessage({ seed: first + Math.floor(next / MODES.length), mode: MODES[next % MODES.length] })
        next++
      })
    })
    await worker.terminate()
  }
  await Promise.all(Array.from({ length: cores }, work))
  return { ...report, seconds: (performance.now() - started) / 1000 }
}

/** A run that found something, in words: what to replay it with, and what it found first. */
export const tell = ({ seed, mode, violations }: Verdict): string =>
  `seed ${seed} (${mode}; npm run prove -- 1 ${seed}): ${violations.slice(0, 3).join('; ').slice(0, 600)}`
