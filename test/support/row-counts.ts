import { env } from 'cloudflare:workers'
import { allJobs, runCron } from '../../src/jobs/cron.ts'
import { countBindings } from './counting.ts'
import { prepareJobs } from './jobs.ts'
import { makeTour, nameOf, TOUR } from './tour.ts'
import type { Visit } from './tour.ts'
import { newIsolate } from './harness.ts'
import type { Harness } from './harness.ts'

/** Rows that D1 read and wrote for one visit or job, with the work that it leaves running. */
export interface Rows {
  read: number
  written: number
}

export interface Counted {
  /** By the name of a visit or job. A name that occurs again gets a number. */
  rows: Map<string, Rows>
  /** Visits and jobs with an unexpected result. */
  wrong: string[]
  /** Jobs that did something. */
  worked: Set<string>
}

const MINUTE_MS = 60_000
/** Jobs run this many times: an organisation ends in the third, after eleven minutes. */
const ROUNDS = 3
const ROUND_MINUTES = 5

const DELETION: Visit = { who: 'ended', method: 'DELETE', path: '/api/organisation', body: { confirm: 'ended' }, status: 202 }

/** True if a job reports work: how many rows or steps, or an object of such numbers. */
const isWork = (did: unknown): boolean =>
  typeof did === 'object' && did !== null ? Object.values(did).some(isWork) : typeof did === 'number' && did > 0

/**
 * Counts the rows of each visit of the tour, then of each job of cron, then of each visit in `last`.
 * @param retentionDays retention of readings in days
 */
export const countRows = async (harness: Harness, last: Visit[], retentionDays: number): Promise<Counted> => {
  const counter = countBindings(env)
  const { DB, CACHE } = counter.env
  const here = harness.elsewhere(newIsolate(harness.clock, { DB, CACHE, RETENTION_DAYS: String(retentionDays) }))
  const counted: Counted = { rows: new Map(), wrong: [], worked: new Set() }
  const note = (name: string) => {
    const { rowsRead, rowsWritten } = counter.take()
    let unused = name
    for (let times = 2; counted.rows.has(unused); times++) unused = `${name} (${times})`
    counted.rows.set(unused, { read: rowsRead, written: rowsWritten })
  }
  const visitAll = (visits: Visit[]) =>
    makeTour(here, visits, async (visit, run) => {
      const response = await run()
      const name = nameOf(visit)
      if (response.status !== visit.status) counted.wrong.push(`${name} but ${response.status}: ${await response.clone().text()}`)
      note(name)
      return response
    })
  const runJobs = async () => {
    for (const [name, job] of allJobs(0)) {
      const did = await runCron(here.isolate, harness.clock.now(), () => [[name, job]])
      await here.drain()
      if (JSON.stringify(did).includes('failed')) counted.wrong.push(JSON.stringify(did))
      if (isWork(did[name])) counted.worked.add(name)
      note(`cron: ${name}`)
    }
  }

  await visitAll(TOUR)
  await prepareJobs()
  await visitAll([DELETION])
  for (let round = 0; round < ROUNDS; round++) {
    harness.clock.advance(ROUND_MINUTES * MINUTE_MS)
    await runJobs()
  }
  await visitAll(last)
  return counted
}
