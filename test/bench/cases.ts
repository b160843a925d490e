import { CONNECTIONS } from './load.ts'
import type { Load } from './load.ts'
import type { Machine, Part } from './machine.ts'
import { addBareReadings, addFactories, addOrganisation, addSeed, readingsFrom, send } from './workload.ts'
import type { Reading } from './workload.ts'
import type { Counted } from './workers/instrumented.ts'

/** A payload: its name in the tables, its path, and its organisation. */
interface Payload {
  name: string
  organisation: 'plant' | 'demo'
  path: (connection: number) => string
  /** True if it is also requested with a key. */
  keyed?: boolean
}

/** Number of factories in the list. Appends go to factories after them, which have no readers. */
export const FACTORIES = 20
/** The factory whose appends are counted. */
export const COUNTED_FACTORY = FACTORIES
/** The factories of appends, one for each connection, because a device sends its readings one after another. */
const OUR_FIRST = FACTORIES + 1
const BARE_FIRST = OUR_FIRST + CONNECTIONS

const CHART: Payload = {
  name: 'chart-data, 500 readings',
  organisation: 'plant',
  path: (connection) => `/api/factory/${connection % FACTORIES}/chart-data`,
  keyed: true,
}
const OTHERS: Payload[] = [
  { name: 'factory, 500 readings', organisation: 'plant', path: (connection) => `/api/factory/${connection % FACTORIES}` },
  { name: 'list of 3, 20 readings each', organisation: 'demo', path: () => '/api/factories' },
  { name: 'list of 20, 500 readings each', organisation: 'plant', path: () => '/api/factories' },
]

/** A timed case. `to` is the case that it is compared with, and `target` the wanted share of its speed. */
export interface Case extends Load {
  /** The name of the Worker. */
  worker: string
  group: string
  name: string
  to?: string
  target?: number
}

const payloadsOf = (quick: boolean) => (quick ? [CHART] : [CHART, ...OTHERS])
const keyOf = ({ name }: Payload) => `bench/${name}`

/** Returns the timed Workers, and one that counts. */
export const partsOf = (
  production: string,
  entries: Record<'baseline' | 'production' | 'instrumented', string>,
  quick: boolean,
): Record<string, Part> => {
  const ours = (organisation: string, bindings: Record<string, unknown>): Part => ({
    entry: entries.production,
    production,
    bindings: { PUBLIC_ORGANISATION: organisation, ...bindings },
  })
  return {
    ...Object.fromEntries(
      ['plant', 'demo'].flatMap((organisation) => [
        [`memory ${organisation}`, ours(organisation, {})],
        [`kv ${organisation}`, ours(organisation, { MEMORY_SECONDS: '0' })],
        [`miss ${organisation}`, ours(organisation, { MEMORY_SECONDS: '0', MISSES: true })],
      ]),
    ),
    ...Object.fromEntries(
      payloadsOf(quick).flatMap((payload) =>
        ['constant', 'constant-whole', 'kv', 'kv-whole', 'rows'].map((kind) => [
          `bare ${kind} ${payload.name}`,
          { entry: entries.baseline, bindings: { KIND: kind, KEY: keyOf(payload), ORGANISATION: payload.organisation } },
        ]),
      ),
    ),
    'bare batch': { entry: entries.baseline, bindings: { KIND: 'batch', KEY: 'bench/batch' } },
    'bare upsert': { entry: entries.baseline, bindings: { KIND: 'upsert' } },
    counted: { entry: entries.instrumented, production, bindings: { PUBLIC_ORGANISATION: 'plant' } },
    'counted kv': { entry: entries.instrumented, production, bindings: { PUBLIC_ORGANISATION: 'plant', MEMORY_SECONDS: '0' } },
  }
}

/** Entry metadata of typical size. */
const METADATA = {
  version: 1,
  path: '1/api/factory/1/chart-data',
  seq: 1,
  bookmark: '0'.repeat(59),
  etag: `"${'0'.repeat(22)}"`,
  leasedUntil: 1e13,
}

/** A request id (UUID) or a commit id. */
const RANDOM_ID = /^([0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|[\w-]{22})$/

/** Records the batch of an append to a factory that has a reading, and stores it for the baseline Worker. */
const recordBatch = async (machine: Machine, counted: string, key: string): Promise<void> => {
  const [, reading] = readingsFrom(0, 2) as [Reading, Reading]
  await send(`${counted}/counted`, key, { method: 'POST' })
  await send(`${counted}/api/factory/${BARE_FIRST}/chart-data`, key, { body: reading })
  const { trips } = await (await send(`${counted}/counted`, key, { method: 'POST' })).json<Counted>()
  const batch = trips.find((statements) => statements.some(({ sql }) => sql.startsWith('insert into "audit_log"')))!
  const toPlaceholder = (param: unknown) =>
    param === reading.time ? '{time}' : typeof param === 'string' && RANDOM_ID.test(param) ? '{commit}' : param
  const statements = batch.map(({ sql, params }) => ({ sql, params: params.map(toPlaceholder) }))
  await machine.kv.put('bench/batch', JSON.stringify({ factory: BARE_FIRST, statements }))
}

/** The profiled cases: of one payload and one reading, the production Worker and its baselines. */
const PROFILED = new Set([
  'bare: constant',
  'bare: constant-whole',
  'ours: memory',
  'bare: kv',
  'bare: kv-whole',
  'ours: kv',
  'bare: upsert',
  'bare: batch',
  'ours: append',
])
export const isProfiled = ({ group, name }: Case): boolean =>
  PROFILED.has(name) && (group === CHART.name || group.startsWith('append of 1,'))

/** Keys of the two organisations. `plant` has 20 factories of 500 readings, and those of appends; `demo` has the seed. */
export type Keys = Record<Payload['organisation'], string>

/** Fills the database, and returns the keys. */
export const fillDatabase = async (machine: Machine): Promise<Keys> => {
  const keys = { plant: await addOrganisation(machine.database, 'plant'), demo: await addOrganisation(machine.database, 'demo') }
  const url = await machine.url('memory plant')
  await addFactories(url, keys.plant, FACTORIES)
  await addFactories(url, keys.plant, 1, 0)
  // Each has a reading, because the first reading of a factory costs more.
  await addFactories(url, keys.plant, 2 * CONNECTIONS, 1)
  await addSeed(await machine.url('memory demo'), keys.demo)
  await addBareReadings(machine.database)
  return keys
}

/** Headers that each server sets itself. */
const CONNECTION_HEADERS = new Set(['connection', 'content-length', 'date', 'keep-alive', 'transfer-encoding', 'x-request-id'])

/** Fills KV, and returns the cases. */
export const prepareCases = async (machine: Machine, keys: Keys, quick: boolean): Promise<Case[]> => {
  await recordBatch(machine, await machine.url('counted'), keys.plant)
  const cases: Case[] = []
  for (const payload of payloadsOf(quick)) {
    const { organisation } = payload
    const url = await machine.url(`memory ${organisation}`)
    // The first read of a path puts it into KV, where the other Workers find it.
    const paths = [...new Set(Array.from({ length: CONNECTIONS }, (_, connection) => payload.path(connection)))]
    let etag = ''
    let headers: [string, string][] = []
    let bytes = new ArrayBuffer()
    for (const path of paths) {
      const response = await fetch(`${url}${path}`)
      etag = response.headers.get('ETag')!
      headers = [...response.headers].filter(([name]) => !CONNECTION_HEADERS.has(name))
      bytes = await response.arrayBuffer()
    }
    await machine.kv.put(keyOf(payload), bytes, { metadata: METADATA })
    await machine.kv.put(`${keyOf(payload)} headers`, JSON.stringify(headers))
    cases.push(...(await casesOf(machine, payload, keys[organisation], { etag, path: paths.at(-1)! })))
  }
  return [...cases, ...(await appendsOf(machine, keys.plant, quick))]
}

const casesOf = async (machine: Machine, payload: Payload, key: string, known: { etag: string; path: string }): Promise<Case[]> => {
  const { name: group, organisation, path, keyed } = payload
  const one = { group, path, status: 200 }
  const at = async (worker: string) => ({ ...one, worker, url: await machine.url(worker) })
  const bare = async (kind: string) => ({ ...(await at(`bare ${kind} ${group}`)), name: `bare: ${kind}` })
  const ours = async (kind: string, to: string, target: number) => {
    const own = await at(`${kind} ${organisation}`)
    const headers = { Authorization: `Bearer ${key}` }
    return [
      { ...own, name: `ours: ${kind}`, to, target },
      ...(keyed && kind !== 'miss' ? [{ ...own, name: `ours: ${kind}, keyed`, headers, to: `ours: ${kind}`, target: 0.95 }] : []),
      ...(kind === 'miss'
        ? []
        : [
            {
              ...own,
              name: `ours: ${kind}, 304`,
              path: () => known.path,
              headers: { 'If-None-Match': known.etag },
              status: 304,
              to: `ours: ${kind}`,
              target: 1,
            },
          ]),
    ]
  }
  return [
    await bare('constant'),
    { ...(await bare('constant-whole')), to: 'bare: constant' },
    ...(await ours('memory', 'bare: constant', 0.85)),
    await bare('kv'),
    { ...(await bare('kv-whole')), to: 'bare: kv' },
    ...(await ours('kv', 'bare: kv', 0.9)),
    await bare('rows'),
    ...(await ours('miss', 'bare: rows', 0.7)),
  ]
}

/**
 * Returns a function that builds bodies with this many readings, those of each connection in order of time. No reading occurs twice,
 * because SQLite skips equal ones.
 */
const bodiesOf = () => {
  const sent: number[] = []
  return (count: number) => (connection: number) => {
    const first = sent[connection] ?? 2
    sent[connection] = first + count
    const readings = readingsFrom(first, count)
    return JSON.stringify(count === 1 ? readings[0] : { readings })
  }
}

const appendsOf = async (machine: Machine, key: string, quick: boolean): Promise<Case[]> => {
  const at = async (worker: string) => ({ worker, url: await machine.url(worker) })
  const [ours, batch, upsert] = [await at('memory plant'), await at('bare batch'), await at('bare upsert')]
  const [ourBodies, batchBodies, upsertBodies] = [bodiesOf(), bodiesOf(), bodiesOf()]
  return (quick ? [1] : [1, 100, 5_000]).flatMap((count) => {
    const one = { group: `append of ${count.toLocaleString('en')}, not read`, method: 'POST' as const, status: 200 }
    const headers = { 'Content-Type': 'application/json' }
    const bare = { ...one, headers, path: (connection: number) => `/${BARE_FIRST + connection}` }
    return [
      { ...bare, ...upsert, name: 'bare: upsert', body: upsertBodies(count) },
      ...(count === 1 ? [{ ...bare, ...batch, name: 'bare: batch', body: batchBodies(count), to: 'bare: upsert' }] : []),
      {
        ...one,
        ...ours,
        headers: { ...headers, Authorization: `Bearer ${key}` },
        name: 'ours: append',
        path: (connection: number) => `/api/factory/${OUR_FIRST + connection}/chart-data`,
        body: ourBodies(count),
        to: 'bare: upsert',
        ...(count === 1 && { target: 0.5 }),
      },
    ]
  })
}
