import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { parseInteger, readCommandLine } from '../../src/cli/options.ts'
import { buildEntry, buildProduction } from '../bench/bundle.ts'
import { startMachine } from '../bench/machine.ts'
import { addFactories, addOrganisation } from '../bench/workload.ts'
import type { Soaked } from '../bench/workers/soak.ts'
import { lowestOf, growthOf, heapMiB, residentMiB } from './memory.ts'
import type { Growth } from './memory.ts'
import { engineer, createObservations, read, write } from './virtual-users.ts'

const minutes = await readCommandLine(
  { command: 'npm run soak', usage: '[--minutes N]   10 by default', options: { minutes: { type: 'string', default: '10' } } },
  ({ values }) => parseInteger('--minutes', values.minutes, 1, 1_440),
)

const WRITERS = 4
const READERS = 6
const PAUSE_MS = { write: 100, engineer: 1_000, read: 60 }
/** The share of calls that fail: low, and high in every fourth period. */
const PERIOD_MS = 10_000
const shareOf = (period: number) => (period % 4 === 3 ? 0.3 : 0.02)
/** Cron runs more often than every minute, so that a short run includes it. */
const CRON_MS = 15_000
const SAMPLE_SECONDS = 2
/** Longer than V8 runs without garbage collection under this load. */
const WINDOW_SAMPLES = 15
/**
 * Covers a claim with an unknown outcome, the 90 s before reconcile judges an entry, a reconcile, and the puts after it.
 * Every fault must be repaired by then.
 */
const REPAIR_MS = 300_000
/** Heaps may grow by less than this per minute in the second half. Data of KV and D1 is in the heaps of the simulators. */
const FLAT_MIB_PER_MINUTE = 1
/** A shorter run says nothing about memory. */
const MEMORY_MINUTES = 4

const tell = (line: string) => console.log(line)
const observed = createObservations()
const end = Date.now() + minutes * 60_000

const { code } = await buildProduction()
const part = { entry: await buildEntry('soak'), production: code, bindings: { PUBLIC_ORGANISATION: 'plant', LEASE_SECONDS: '180' } }
const machine = await startMachine({ first: part, second: part }, { inspected: true })
try {
  const key = await addOrganisation(machine.database, 'plant')
  const urls = [await machine.url('first'), await machine.url('second')]
  await addFactories(urls[0]!, key, WRITERS + 1, 0)
  const paths = ['/api/factories', '/api/factories?chart_data=false', '/api/summary', '/api/sprockets', '/api/sprockets?limit=5'].concat(
    Array.from({ length: WRITERS + 1 }, (_, id) =>
      ['', '/profile', '/chart-data', '/chart-data?last=week', '/chart-data?from=0&limit=50', '/summary', '/time', '/chart.svg'].map(
        (rest) => `/api/factory/${id}${rest}`,
      ),
    ).flat(),
  )
  const setFaultShare = (share: number) => Promise.all(urls.map((url) => fetch(`${url}/soak?${share}`, { method: 'POST' })))
  const states = () => Promise.all(urls.map(async (url) => (await fetch(`${url}/soak`)).json() as Promise<Soaked>))
  let cronRuns = 0
  const runCron = () => fetch(`${urls[cronRuns % 2]}/cron?${++cronRuns}`, { method: 'POST' })

  let isOver = false
  const target = { urls, key, isOver: () => isOver }
  const users = [
    Promise.all(Array.from({ length: WRITERS }, (_, factory) => write(target, observed, factory, PAUSE_MS.write))),
    engineer(target, observed, WRITERS, PAUSE_MS.engineer),
    Promise.all(Array.from({ length: READERS }, () => read(target, observed, paths, PAUSE_MS.read))),
  ] as const
  const cron = setInterval(() => void runCron().catch(() => {}), CRON_MS)
  const resident: number[] = []
  const heaps: number[] = []
  const inspector = await machine.inspector()
  const sampling = setInterval(() => {
    resident.push(residentMiB() ?? 0)
    void heapMiB(inspector, ['first', 'second']).then(
      (size) => heaps.push(size),
      (error: unknown) => observed.wrong.push(`a heap could not be measured: ${String(error)}`),
    )
  }, 1000 * SAMPLE_SECONDS)
  const startedAt = Date.now()
  for (let period = 0; Date.now() < end; period++) {
    await setFaultShare(shareOf(period))
    await pause(Math.min(PERIOD_MS, Math.max(0, end - Date.now())))
    if (period % 6 === 5)
      tell(
        `${Math.round((Date.now() - startedAt) / 1000)} s: ${observed.requests} requests, heaps of ${heaps.at(-1)?.toFixed(1) ?? '?'} MiB`,
      )
  }
  clearInterval(sampling)
  clearInterval(cron)
  await setFaultShare(0)
  isOver = true
  const [ledgers, created] = await Promise.all(users)

  tell('Waiting until every cache entry is current.')
  const failedUnderFaults = new Map(observed.failures)
  let faults = ['not checked']
  for (const deadline = Date.now() + REPAIR_MS; Date.now() < deadline && faults.length > 0; await pause(faults.length > 0 ? 5_000 : 0)) {
    await runCron()
    if ((await states()).every(({ pending }) => pending === 0)) faults = (await (await fetch(`${urls[0]}/faults`)).json()) as string[]
  }
  observed.wrong.push(...faults)

  const get = async (path: string) => (await fetch(`${urls[1]}${path}`, { headers: { Authorization: `Bearer ${key}` } })).text()
  let readings = 0
  for (const [factory, ledger] of ledgers.entries()) {
    const lines = (await get(`/api/factory/${factory}/export?format=ndjson`)).split('\n').filter((line) => line !== '')
    const stored = new Map(
      lines.map((line) => JSON.parse(line) as { time: number; actual: number }).map(({ time, actual }) => [time, actual]),
    )
    readings += stored.size
    for (const [time, actual] of ledger)
      if (stored.get(time) !== actual)
        observed.wrong.push(`factory ${factory} has ${stored.get(time)} at ${time}, acknowledged was ${actual}`)
    for (const time of stored.keys())
      if (!ledger.has(time)) observed.wrong.push(`factory ${factory} has a reading at ${time} that no device wrote, or that was deleted`)
  }
  const catalogue: number[] = []
  for (let next: string | null = '0'; next !== null;) {
    const page = JSON.parse(await get(`/api/sprockets?cursor=${next}`)) as { sprockets: { teeth: number }[]; next: string | null }
    catalogue.push(...page.sprockets.map(({ teeth }) => teeth))
    next = page.next
  }
  if (catalogue.toSorted((a, b) => a - b).join() !== created.teeth.join())
    observed.wrong.push(`${created.teeth.length} sprocket types were created once each, but the catalogue has ${catalogue.length}`)
  const { name } = JSON.parse(await get(`/api/factory/${WRITERS}/profile`)) as { name: string | null }
  if (name !== created.name) observed.wrong.push(`the factory is called ${name}, acknowledged was ${created.name}`)

  const injected = (await states()).reduce((sum, each) => ({ d1: sum.d1 + each.injected.d1, kv: sum.kv + each.injected.kv }), {
    d1: 0,
    kv: 0,
  })
  const rejected = [...failedUnderFaults]
    .filter(([failure]) => /^503 (unavailable|outcome-unknown)$/.test(failure))
    .reduce((sum, [, times]) => sum + times, 0)
  for (const [failure, times] of observed.failures)
    if (!/^503 (unavailable|outcome-unknown)$/.test(failure)) observed.wrong.push(`${times} times ${failure}`)
  if (rejected > injected.d1) observed.wrong.push(`${rejected} requests got 503 although D1 failed only ${injected.d1} times`)
  const lowest = lowestOf(heaps, WINDOW_SAMPLES)
  const growth = { heaps: growthOf(lowest, SAMPLE_SECONDS * WINDOW_SAMPLES), resident: growthOf(resident, SAMPLE_SECONDS) }
  if (minutes >= MEMORY_MINUTES && growth.heaps.slopeMiBPerMinute > FLAT_MIB_PER_MINUTE)
    observed.wrong.push(`the heaps of the Workers grow by ${growth.heaps.slopeMiBPerMinute.toFixed(1)} MiB a minute`)

  tell(
    `${observed.requests} requests in ${minutes} minutes, ${observed.hungUp} of which were cancelled by the client; ${injected.d1} calls of D1 and ${injected.kv} of KV failed.`,
  )
  tell(`Failed responses: ${[...observed.failures].map(([failure, times]) => `${times} times ${failure}`).join(', ') || 'none'}.`)
  tell(`${readings} readings and ${catalogue.length} sprocket types are stored as acknowledged.`)
  const describe = ({ medianMiB, maxMiB, slopeMiBPerMinute }: Growth) =>
    `${medianMiB.toFixed(1)} MiB, ${slopeMiBPerMinute.toFixed(2)} more a minute, at most ${maxMiB.toFixed(1)}`
  tell(
    `In the second half, the Workers' heaps without garbage: ${describe(growth.heaps)}; the whole process, simulators and garbage included: ${describe(growth.resident)}.`,
  )
  await mkdir(join(import.meta.dirname, '../../.bench'), { recursive: true })
  await writeFile(
    join(import.meta.dirname, '../../.bench/soak.json'),
    `${JSON.stringify({ at: new Date().toISOString(), minutes, ...observed, failures: [...observed.failures], injected, growth, heaps, lowest, resident }, null, 2)}\n`,
  )
} finally {
  await machine.stop()
}
for (const wrong of observed.wrong.slice(0, 50)) console.error(`WRONG: ${wrong}`)
if (observed.wrong.length > 0) process.exitCode = 1
else tell('No fault was found.')
