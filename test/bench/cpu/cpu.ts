import { loadavg } from 'node:os'
import { join } from 'node:path'
import { parseInteger, readCommandLine } from '../../../src/cli/options.ts'
import { buildEntry, buildProduction } from '../bundle.ts'
import { busyMs } from '../cpu-profile.ts'
import type { CpuProfile } from '../cpu-profile.ts'
import { inspect } from '../inspector.ts'
import { startMachine } from '../machine.ts'
import { renderTable, wrapParagraph } from '../markdown.ts'
import { describeOrigin } from '../origin.ts'
import { writeSections } from '../sections.ts'
import { spreadOf } from '../statistics.ts'
import { addOrganisation } from '../workload.ts'
import { addHostileData } from './hostile-data.ts'
import { COSTLY_REQUESTS } from './requests.ts'
import type { CostlyRequest } from './requests.ts'

// Measures the CPU time of the Worker for the requests that take most of it, the work after the response included. V8 samples its stack.

/** A request may take this much CPU time. */
const MAX_MS = 100
const SAMPLE_MICROSECONDS = 500
/** The simulator of D1 runs in the same thread. While it queries SQLite, V8 takes no sample of the Worker. */
const LONGEST_GAP_MS = 20
/** Work after the response has begun by then. */
const SETTLED_MS = 200
const WORKER = 'api'
const guide = join(import.meta.dirname, '../../../src/docs/guides/operate/security.md')

const { rounds, writesGuides } = await readCommandLine(
  {
    command: 'npm run bench:cpu',
    usage: `[--rounds N] [--write-guides]
  --rounds N      measurements of each request; the default is 9
  --write-guides  writes the table into the guide security.md`,
    options: { rounds: { type: 'string', default: '9' }, 'write-guides': { type: 'boolean', default: false } },
  },
  ({ values }) => ({ rounds: parseInteger('--rounds', values.rounds, 1, 1_000), writesGuides: values['write-guides'] }),
)

const loadBefore = loadavg()[0]!
const { code } = await buildProduction()
const bindings = { MEMORY_SECONDS: '0', MISSES: true }
const machine = await startMachine({ [WORKER]: { entry: await buildEntry('production'), production: code, bindings } }, { inspected: true })
try {
  const url = await machine.url(WORKER)
  const key = await addOrganisation(machine.database, 'bench')
  await addHostileData(url, key, machine.database)
  const { call, close } = await inspect(await machine.inspector(), WORKER)
  await call('Profiler.enable')
  await call('Profiler.setSamplingInterval', { interval: SAMPLE_MICROSECONDS })

  /** Sends a request, and returns its CPU time in ms. */
  const measure = async ({ name, path, type = 'application/json', body }: CostlyRequest, round: number): Promise<number> => {
    const headers = { Authorization: `Bearer ${key}`, 'Content-Type': type }
    const init = body ? { method: 'POST', headers, body: body(round) } : { headers }
    await call('Profiler.start')
    const response = await fetch(url + path, init)
    const text = await response.text()
    if (!response.ok) throw new Error(`${name}: ${response.status} ${text}`)
    await new Promise((resolve) => setTimeout(resolve, SETTLED_MS))
    return busyMs((await call<{ profile: CpuProfile }>('Profiler.stop')).profile, LONGEST_GAP_MS)
  }

  const rows: string[][] = []
  for (const request of COSTLY_REQUESTS) {
    // Compiles the code of the request.
    await measure(request, rounds)
    const times: number[] = []
    for (let round = 0; round < rounds; round++) times.push(await measure(request, round))
    const { median, high } = spreadOf(times)
    rows.push([request.name, median.toFixed(0), high.toFixed(0)])
    if (median > MAX_MS) process.exitCode = 1
  }
  close()
  const words = `${describeOrigin('npm run bench:cpu')}, ${rounds} times each, at a load average of ${loadBefore.toFixed(1)} at the start.`
  const text = [wrapParagraph(words), renderTable(['Request', 'CPU, ms', 'Upper quartile'], rows)].join('\n\n')
  console.log(text)
  if (writesGuides) await writeSections([guide], { cpu: text })
} finally {
  await machine.stop()
}
