import { join } from 'node:path'
import autocannon from 'autocannon'
import type { Client, Request } from 'autocannon'
import { build } from 'esbuild'
import { parseInteger, readCommandLine } from '../../../src/cli/options.ts'
import { startMachine } from '../machine.ts'
import { addFactories, addOrganisation, readingsFrom, send } from '../workload.ts'
import { ATTACKS } from './attacks.ts'
import type { Attack } from './attacks.ts'

/** The duration of each part: by default one window of the rate limiters. */
const seconds = await readCommandLine(
  { command: 'npm run starve', usage: '[--seconds N]   60 by default', options: { seconds: { type: 'string', default: '60' } } },
  ({ values }) => parseInteger('--seconds', values.seconds, 1, 3_600),
)

const CONNECTIONS = 320
const FACTORIES = 40
/** Pause between two writes. */
const PAUSE_MS = 50
/** An attack may at most double the latency of another organisation's writes. */
const MAX_RATIO = 2

const quantile = (sorted: number[], share: number) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))]!
const summarise = (latencies: number[]) => {
  const sorted = latencies.toSorted((a, b) => a - b)
  return { writes: sorted.length, median: quantile(sorted, 0.5), p95: quantile(sorted, 0.95) }
}

const entry = await build({
  entryPoints: [join(import.meta.dirname, '../workers/limited.ts')],
  bundle: true,
  write: false,
  format: 'esm',
  target: 'es2024',
})
const machine = await startMachine({ api: { entry: entry.outputFiles[0]!.text, bindings: { PUBLIC_ORGANISATION: 'public' } } })
const url = await machine.url('api')
let sent = 0

/** Appends one reading after another for this time, and returns the duration of each write in ms. */
const writeFor = async (key: string, ms: number): Promise<number[]> => {
  const latencies: number[] = []
  for (const end = Date.now() + ms; Date.now() < end;) {
    const startedAt = performance.now()
    await send(`${url}/api/factory/0/chart-data`, key, { body: readingsFrom(sent++, 1)[0] })
    latencies.push(performance.now() - startedAt)
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS))
  }
  return latencies
}

/** Sends the requests of an attack over every connection for this time. */
const attackFor = (attack: (n: number) => Attack, duration: number) => {
  let n = 0
  const next = (request: Request): Request => {
    const { path, headers } = attack(n++)
    return { ...request, path, headers: { 'CF-Connecting-IP': '203.0.113.7', ...headers } }
  }
  const setupClient = (client: Client) => client.setRequests([{ method: 'GET', setupRequest: next }])
  return autocannon({ url, connections: CONNECTIONS, duration, setupClient, timeout: 30 })
}

try {
  const [victim, target] = [await addOrganisation(machine.database, 'victim'), await addOrganisation(machine.database, 'public')]
  await addFactories(url, victim, 1, 0)
  await addFactories(url, target, FACTORIES)
  await writeFor(victim, 3_000)
  const quiet = summarise(await writeFor(victim, seconds * 1000))
  console.log(`quiet: ${quiet.writes} writes, median ${quiet.median.toFixed(1)} ms, 95 % within ${quiet.p95.toFixed(1)} ms`)
  const all = Object.values(ATTACKS)
  const parts: [string, (n: number, factories: number) => Attack][] = [
    ...Object.entries(ATTACKS),
    ['all of them together', (n, factories) => all[n % all.length]!(n, factories)],
  ]
  for (const [name, attack] of parts) {
    const attacking = attackFor((n) => attack(n, FACTORIES), seconds)
    const attacked = summarise(await writeFor(victim, seconds * 1000))
    const { statusCodeStats } = await attacking
    const ratio = attacked.median / quiet.median
    const answers = Object.entries(statusCodeStats ?? {}).map(([status, { count }]) => `${count} × ${status}`)
    console.log(
      `${name}: median ${attacked.median.toFixed(1)} ms, ${ratio.toFixed(2)} times as long; 95 % within ${attacked.p95.toFixed(1)} ms, ` +
        `${(attacked.p95 / quiet.p95).toFixed(2)} times; ${attacked.writes} writes; the attacker got ${answers.join(', ')}`,
    )
    if (ratio > MAX_RATIO) process.exitCode = 1
  }
} finally {
  await machine.stop()
}
