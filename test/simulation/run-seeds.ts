import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import type { RunCounts, Verdict } from './run.ts'
import type { Mode } from './scenario.ts'
import type { Releases } from './worker.ts'

/** The totals of many runs, and the verdicts with violations. */
interface Report extends RunCounts {
  runs: number
  bad: Verdict[]
  seconds: number
}

/** Size of the young generation. All objects of a run are garbage at its end, so with space for some runs few are ever traced. */
const YOUNG_MB = 96

/** Number of wrong runs after which no further seed is run. */
const MAX_BAD = 20

/** Interval of the seeds that run in a mode. Runs with a backlog or on a difficult platform take longer than others. */
const SEED_INTERVAL: Record<Mode, number> = { 'no-faults': 1, faults: 1, backlog: 10, platform: 10, restored: 10 }

export const MODES = Object.keys(SEED_INTERVAL) as Mode[]

/** Lists the runs of seeds: in the given modes, else in each mode at its interval. A single seed runs in all modes. */
export const listRuns = (first: number, count: number, modes?: Mode[]): { seed: number; mode: Mode }[] =>
  Array.from({ length: count }, (_, n) => first + n).flatMap((seed) =>
    (modes ?? MODES).filter((mode) => modes || count === 1 || seed % SEED_INTERVAL[mode] === 0).map((mode) => ({ seed, mode })),
  )

/** The seeds to run. */
interface Seeds {
  first: number
  count: number
  modes?: Mode[]
  /** Time limit of one run. */
  runLimitMs?: number
  /** Returns true to stop before the next seed. The default stops after MAX_BAD wrong runs. */
  until?: (report: Report) => boolean
}

/**
 * Runs seeds on all cores, and returns their report.
 * @throws Error if a release does not load, or if a run takes longer than its limit
 */
export const runSeeds = async (
  releases: Releases,
  { first, count, modes, runLimitMs, until = ({ bad }) => bad.length >= MAX_BAD }: Seeds,
  cores = availableParallelism(),
): Promise<Report> => {
  const started = performance.now()
  const report: Report = { runs: 0, puts: 0, trips: 0, writes: 0, reads: 0, maxStatements: 0, maxOperations: 0, bad: [], seconds: 0 }
  const runs = listRuns(first, count, modes).values()
  const work = async (): Promise<void> => {
    const worker = new Worker(join(import.meta.dirname, 'worker.ts'), {
      workerData: releases,
      resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MB },
    })
    let timer: NodeJS.Timeout | undefined
    try {
      await new Promise<void>((resolve, reject) => {
        worker.on('error', reject)
        worker.on('message', (message: Verdict | 'ready') => {
          clearTimeout(timer)
          if (message !== 'ready') {
            report.runs++
            for (const name of ['puts', 'trips', 'writes', 'reads'] as const) report[name] += message[name]
            for (const name of ['maxStatements', 'maxOperations'] as const) report[name] = Math.max(report[name], message[name])
            if (message.violations.length) report.bad.push(message)
          }
          const { value: next, done } = runs.next()
          if (done || until(report)) return resolve()
          if (runLimitMs) timer = setTimeout(() => reject(new Error(`seed ${next.seed} takes too long`)), runLimitMs)
          worker.postMessage(next)
        })
      })
    } finally {
      await worker.terminate()
    }
  }
  await Promise.all(Array.from({ length: cores }, work))
  return { ...report, seconds: (performance.now() - started) / 1000 }
}

/** Formats a verdict: the command that repeats the run, and its first violations. */
export const formatVerdict = ({ seed, mode, violations }: Verdict): string =>
  `seed ${seed} (${mode}; npm run test:simulation -- 1 ${seed}): ${violations.slice(0, 3).join('; ').slice(0, 600)}`
