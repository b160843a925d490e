import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import type { Verdict } from './run.ts'
import type { Mode } from './scenario.ts'
import type { Releases } from './worker.ts'

/** What many runs did together, and those that found something. */
export interface Report {
  runs: number
  puts: number
  trips: number
  writes: number
  reads: number
  /** The most that one invocation sent to D1 and to KV. */
  mostStatements: number
  mostOperations: number
  bad: Verdict[]
  seconds: number
}

/** What a run makes is garbage when it ends: with room for some runs, little of it is ever looked at. */
const YOUNG_MB = 96

/** Runs that find something wrong are enough when there are so many: more would say the same. */
const BAD_ENOUGH = 20

/** Every how many seeds a mode is run: runs in which publishing falls behind take longer than others. */
const EVERY: Record<Mode, number> = { well: 1, ill: 1, behind: 10 }

/** The runs of some seeds: in these modes, or in all as often as is usual. A single seed is run in all. */
export const listRuns = (first: number, count: number, modes?: Mode[]): { seed: number; mode: Mode }[] =>
  Array.from({ length: count }, (_, n) => first + n).flatMap((seed) =>
    (modes ?? (Object.keys(EVERY) as Mode[]))
      .filter((mode) => modes || count === 1 || seed % EVERY[mode] === 0)
      .map((mode) => ({ seed, mode })),
  )

/**
 * Runs seeds on every core.
 * @param until whether what was found is enough; without it all seeds are run
 */
export const runMany = async (
  releases: Releases,
  {
    first,
    count,
    modes,
    until = ({ bad }) => bad.length >= BAD_ENOUGH,
  }: { first: number; count: number; modes?: Mode[]; until?: (report: Report) => boolean },
  cores = availableParallelism(),
): Promise<Report> => {
  const started = performance.now()
  const report: Report = { runs: 0, puts: 0, trips: 0, writes: 0, reads: 0, mostStatements: 0, mostOperations: 0, bad: [], seconds: 0 }
  const runs = listRuns(first, count, modes).values()
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
          for (const figure of ['mostStatements', 'mostOperations'] as const) report[figure] = Math.max(report[figure], message[figure])
          if (message.violations.length) report.bad.push(message)
        }
        const { value: next, done } = runs.next()
        if (done || until(report)) return resolve()
        worker.postMessage(next)
      })
    })
    await worker.terminate()
  }
  await Promise.all(Array.from({ length: cores }, work))
  return { ...report, seconds: (performance.now() - started) / 1000 }
}

/** A run that found something, in words: what to replay it with, and what it found first. */
export const tell = ({ seed, mode, violations }: Verdict): string =>
  `seed ${seed} (${mode}; npm run test:simulation -- 1 ${seed}): ${violations.slice(0, 3).join('; ').slice(0, 600)}`
