import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { parseInteger, readCommandLine } from '../../src/cli/options.ts'
import { buildEntry, buildProduction } from '../bench/bundle.ts'
import { startMachine } from '../bench/machine.ts'
import { addFactories, addOrganisation } from '../bench/workload.ts'
import type { Soaked } from '../bench/workers/soak.ts'
import { floorsOf, growthOf, heapMiB, residentMiB } from './memory.ts'
import type { Growth } from './memory.ts'
import { engineer, nothingSeen, read, write } from './virtual-users.ts'

const minutes = await readCommandLine(
  { command: 'npm run soak', usage: '[--minutes N]   10 by default', options: { minutes: { type: 'string', default: '10' } } },
  ({ values }) => parseInteger('--minutes', values.minutes, 1, 1_440),
)

const WRITERS = 4
const READERS = 6
const PAUSE_MS = { write: 100, engineer: 1_000, read: 60 }
/** Calls that go wrong: mostly few, and every fourth stretch a storm. */
const STRETCH_MS = 10_000
const shareOf = (stretch: number) => (stretch % 4 === 3 ? 0.3 : 0.02)
/** Cron comes more often than each minute, so that a short run sees it. */
const TICK_MS = 15_000
const SAMPLE_SECONDS = 2
/** Longer than V8 goes without collecting garbage under this load. */
const WINDOW_SAMPLES = 15
/** A claim in doubt, a settled minute and a half, a reconcile, and what that puts: whatever is wrong is mended by then. */
const CALM_MS = 300_000
/** The heaps are flat if they grow by less than this in the second half; what KV and D1 keep is the simulators', in heaps of theirs. */
const FLAT_MIB_PER_MINUTE = 1
/** Of a shorter run nothing can be output. */
const MEMORY_MINUTES = 4

const tell = (line: string) => console.log(line)
const seen = nothingSeen()
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
  const spoil = (share: number) => Promise.all(urls.map((url) => fetch(`${url}/soak?${share}`, { method: 'POST' })))
  const states = () => Promise.all(urls.map(async (url) => (await fetch(`${url}/soak`)).json() as Promise<Soaked>))
  let ticks = 0
  const tick = () => fetch(`${urls[ticks % 2]}/tick?${++ticks}`, { method: 'POST' })

  let isOver = false
  const place = { urls, key, isOver: () => isOver }
  const people = [
    Promise.all(Array.from({ length: WRITERS }, (_, factory) => write(place, seen, factory, PAUSE_MS.write))),
    engineer(place, seen, WRITERS, PAUSE_MS.engineer),
    Promise.all(Array.from({ length: READERS }, () => read(place, seen, paths, PAUSE_MS.read))),
  ] as const
  const cron = setInterval(() => void tick().catch(() => {}), TICK_MS)
  const resident: number[] = []
  const heaps: number[] = []
  const inspector = await machine.inspector()
  const sampling = setInterval(() => {
    resident.push(residentMiB() ?? 0)
    void heapMiB(inspector, ['first', 'second']).then(
      (size) => heaps.push(size),
      (error: unknown) => seen.wrong.push(`a heap could not be measured: ${String(error)}`),
    )
  }, 1000 * SAMPLE_SECONDS)
  const stormed = Date.now()
  for (let stretch = 0; Date.now() < end; stretch++) {
    await spoil(shareOf(stretch))
    await pause(Math.min(STRETCH_MS, Math.max(0, end - Date.now())))
    if (stretch % 6 === 5)
      tell(`${Math.round((Date.now() - stormed) / 1000)} s: ${seen.requests} requests, heaps of ${heaps.at(-1)?.toFixed(1) ?? '?'} MiB`)
  }
  clearInterval(sampling)
  clearInterval(cron)
  await spoil(0)
  isOver = true
  const [ledgers, made] = await Promise.all(people)

  tell('Calm: waiting until every copy is what it should be.')
  const failedInStorm = new Map(seen.failures)
  let incoherent = ['not looked at']
  for (
    const deadline = Date.now() + CALM_MS;
    Date.now() < deadline && incoherent.length > 0;
    await pause(incoherent.length > 0 ? 5_000 : 0)
  ) {
    await tick()
    if ((await states()).every(({ pending }) => pending === 0))
      incoherent = (await (await fetch(`${urls[0]}/coherence`)).json()) as string[]
  }
  seen.wrong.push(...incoherent)

  const get = async (path: string) => (await fetch(`${urls[1]}${path}`, { headers: { Authorization: `Bearer ${key}` } })).text()
  let readings = 0
  for (const [factory, ledger] of ledgers.entries()) {
    const lines = (await get(`/api/factory/${factory}/export?format=ndjson`)).split('\n').filter((line) => line !== '')
    const stored = new Map(
      lines.map((line) => JSON.parse(line) as { time: number; actual: number }).map(({ time, actual }) => [time, actual]),
    )
    readings += stored.size
    for (const [time, actual] of ledger)
      if (stored.get(time) !== actual) seen.wrong.push(`factory ${factory} has ${stored.get(time)} at ${time}, acknowledged was ${actual}`)
    for (const time of stored.keys())
      if (!ledger.has(time)) seen.wrong.push(`factory ${factory} has a reading at ${time} that nobody wrote, or that was removed`)
  }
  const catalogue: number[] = []
  for (let next: string | null = '0'; next !== null;) {
    const page = JSON.parse(await get(`/api/sprockets?cursor=${next}`)) as { sprockets: { teeth: number }[]; next: string | null }
    catalogue.push(...page.sprockets.map(({ teeth }) => teeth))
    next = page.next
  }
  if (catalogue.toSorted((a, b) => a - b).join() !== made.teeth.join())
    seen.wrong.push(`${made.teeth.length} sprocket types were made once each, and there are ${catalogue.length}`)
  const { name } = JSON.parse(await get(`/api/factory/${WRITERS}/profile`)) as { name: string | null }
  if (name !== made.name) seen.wrong.push(`the factory is called ${name}, acknowledged was ${made.name}`)

  const spoilt = (await states()).reduce((sum, each) => ({ d1: sum.d1 + each.spoilt.d1, kv: sum.kv + each.spoilt.kv }), { d1: 0, kv: 0 })
  const refused = [...failedInStorm]
    .filter(([failure]) => /^503 (unavailable|outcome-unknown)$/.test(failure))
    .reduce((sum, [, times]) => sum + times, 0)
  for (const [failure, times] of seen.failures)
    if (!/^503 (unavailable|outcome-unknown)$/.test(failure)) seen.wrong.push(`${times} times ${failure}`)
  if (refused > spoilt.d1) seen.wrong.push(`${refused} requests were refused for want of a database that failed only ${spoilt.d1} times`)
  const floors = floorsOf(heaps, WINDOW_SAMPLES)
  const growth = { heaps: growthOf(floors, SAMPLE_SECONDS * WINDOW_SAMPLES), resident: growthOf(resident, SAMPLE_SECONDS) }
  if (minutes >= MEMORY_MINUTES && growth.heaps.slopeMiBPerMinute > FLAT_MIB_PER_MINUTE)
    seen.wrong.push(`the heaps of the Workers grow by ${growth.heaps.slopeMiBPerMinute.toFixed(1)} MiB a minute`)

  tell(
    `${seen.requests} requests in ${minutes} minutes, ${seen.hungUp} of which hung up; ${spoilt.d1} calls of D1 and ${spoilt.kv} of KV went wrong.`,
  )
  tell(`Answers that failed: ${[...seen.failures].map(([failure, times]) => `${times} times ${failure}`).join(', ') || 'none'}.`)
  tell(`${readings} readings and ${catalogue.length} sprocket types are there as acknowledged.`)
  const words = ({ medianMiB, mostMiB, slopeMiBPerMinute }: Growth) =>
    `${medianMiB.toFixed(1)} MiB, ${slopeMiBPerMinute.toFixed(2)} more a minute, at most ${mostMiB.toFixed(1)}`
  tell(
    `In the second half, the Workers' heaps without garbage: ${words(growth.heaps)}; the whole process, simulators and garbage included: ${words(growth.resident)}.`,
  )
  await mkdir(join(import.meta.dirname, '../../.bench'), { recursive: true })
  await writeFile(
    join(import.meta.dirname, '../../.bench/soak.json'),
    `${JSON.stringify({ at: new Date().toISOString(), minutes, ...seen, failures: [...seen.failures], spoilt, growth, heaps, floors, resident }, null, 2)}\n`,
  )
} finally {
  await machine.stop()
}
for (const wrong of seen.wrong.slice(0, 50)) console.error(`WRONG: ${wrong}`)
if (seen.wrong.length > 0) process.exitCode = 1
else tell('Nothing was wrong.')
