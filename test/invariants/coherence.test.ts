import { env } from 'cloudflare:workers'
import { beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { createApp } from '../../src/app.ts'
import { DOCUMENTS } from '../../src/documents/registry.ts'
import { kvKey, buildPath, PAYLOAD_VERSION } from '../../src/documents/path.ts'
import type { Params } from '../../src/documents/path.ts'
import { runCron } from '../../src/jobs/cron.ts'
import { documentOf } from '../support/contract.ts'
import type { Copy } from '../support/entry-row.ts'
import { addKey, createHarness, newIsolate } from '../support/harness.ts'
import type { Harness } from '../support/harness.ts'

/** The parameters of each document that are kept ready, other than none. */
const VARIANTS: Record<string, Params[]> = {
  '/api/factories': [{}, { chartData: false }, { cursor: 20 }, { cursor: 20, chartData: false }],
  '/api/factory/{id}/chart-data': [
    {},
    { format: 'rows' },
    { format: 'csv' },
    { last: 'day' },
    { last: 'month' },
    { last: 'year', format: 'rows' },
  ],
}
/** Things whose documents are all leased: two factories on the first page of the list, one on the second, two sprockets. */
const IDS = { '/api/factory/': [0, 1, 20], '/api/sprocket/': [0, 1] }

/** Addresses of everything that is leased, without the organisation that the directory puts before them. */
const LEASED = DOCUMENTS.flatMap(({ route }) => {
  const ids = Object.entries(IDS).find(([begin]) => route.startsWith(begin))?.[1]
  const variants = VARIANTS[route] ?? [{}]
  return (ids?.map((id) => ({ id })) ?? [{}]).flatMap((id) => variants.map((params) => buildPath(1, route, { ...id, ...params }).slice(1)))
})

/** What was put or deleted, by address. */
const touched = new Set<string>()
const addressOf = (key: string) => key.replace(/^\d+\/1(?=\/)/, '')
const counting = new Proxy(env.CACHE, {
  get: (kv, name) => {
    if (name === 'put' || name === 'delete')
      return async (key: string, ...rest: [never, never]) => {
        touched.add(addressOf(key))
        return kv[name](key, ...rest)
      }
    const member: unknown = Reflect.get(kv, name)
    return typeof member === 'function' ? (member.bind(kv) as unknown) : member
  },
})
/** KV that nobody hears: whoever reads past it gets what the database says, and leaves no copy behind. */
const deaf = { getWithMetadata: async () => Promise.reject(new Error('deaf')) } as unknown as KVNamespace

let world: Harness
let fresh: Harness
const beginAnew = async () => {
  world = await createHarness({ CACHE: counting })
  fresh = world.elsewhere(newIsolate(world.clock, { CACHE: deaf }))
  await addKey(2, 'other', 'admin')
  for (let id = 3; id <= 20; id++) await world.engineer.post('/api/factories', {})
  await world.operator.post('/api/factory/20/chart-data', { time: 1611194818, actual: 1, goal: 1 })
}

const rowsOf = async () => (await env.DB.prepare('select * from copies').all<Copy>()).results

/** Reads what has no lease, so that everything is leased and put. */
const leaseAll = async () => {
  world.clock.advance(20_000)
  const leased = new Set((await rowsOf()).filter((row) => row.leased_until > world.clock.now()).map(({ path }) => path))
  // Each publisher's pause moves the one clock: of many at once the last would find their claims too old.
  for (const address of LEASED.filter((each) => !leased.has(`1${each}`))) {
    await world.viewer.get(address)
    await world.settle()
  }
  for (const address of ['/api/factories', '/api/sprockets']) await world.stranger.get(address)
  await world.settle()
}

/** What KV holds, by key. */
const keptInKv = async () => {
  const { keys } = await env.CACHE.list()
  return new Map(await Promise.all(keys.map(async ({ name }) => [name, await env.CACHE.get(name)] as const)))
}

/** What the database says that the document of a key is; undefined where there is nothing. */
const assemble = async (key: string): Promise<string | undefined> => {
  const [, organisation, address = ''] = /^\d+\/(\d+)(\/.*)$/.exec(key) ?? []
  const response = await (organisation === '1' ? fresh.viewer : fresh.stranger).get(address)
  return response.ok ? response.text() : undefined
}

/** Everything in which KV and the directory are not what they should be once all is quiet. */
const incoherences = async (): Promise<string[]> => {
  const wrong: string[] = []
  const rows = new Map((await rowsOf()).map((row) => [kvKey(row.path, row.version), row]))
  const kept = await keptInKv()
  await Promise.all(
    [...kept].map(async ([key, bytes]) => {
      if (!rows.has(key)) wrong.push(`${key} has no row`)
      const now = await assemble(key)
      if (now === undefined) wrong.push(`${key} is kept although there is nothing`)
      else if (now !== bytes) wrong.push(`${key} is not what a fresh assembly gives`)
    }),
  )
  const now = world.clock.now()
  for (const [key, row] of rows) {
    if (row.leased_until <= now) continue
    if (row.stale_seq > row.published_seq) wrong.push(`${key} is still dirty`)
    if (row.claimed_by !== null) wrong.push(`${key} is still claimed`)
    if (!kept.has(key)) wrong.push(`${key} is leased and missing`)
  }
  return wrong
}

/**
 * Does something and lets it come to rest; answers what it put or deleted, what it marked, and which copies are other than
 * before. All copies are right before, so with no incoherence after it these are the documents that became other.
 */
const observe = async (act: () => Promise<unknown>) => {
  const [before, marks] = [await keptInKv(), new Map((await rowsOf()).map((row) => [row.path, row.stale_seq]))]
  touched.clear()
  await act()
  await world.settle()
  const after = await keptInKv()
  const marked = (await rowsOf())
    .filter(({ path, stale_seq }) => stale_seq !== marks.get(path))
    .map(({ path }) => path.replace(/^1(?=\/)/, ''))
  return {
    touched: [...touched].toSorted(),
    marked: marked.toSorted(),
    changed: [...before.keys()]
      .filter((key) => before.get(key) !== after.get(key))
      .map(addressOf)
      .toSorted(),
  }
}

const chart = '/api/factory/1/chart-data'
const FIRST = 1611204818
const LINE = `production,factory=1 actual=41i,goal=40i ${FIRST + 9000}`
const measures = { teeth: 9, pitch_diameter: 5, outside_diameter: 6, pitch: 1 }

/** Lets cron tick, once a minute. */
const passMinutes = async (count: number) => {
  const told = vi.spyOn(console, 'log').mockImplementation(() => {})
  for (let minute = 0; minute < count; minute++) {
    await runCron(world.isolate, minute * 60_000)
    world.clock.advance(60_000)
  }
  await world.settle()
  told.mockRestore()
}

/** What a write may reach: documents of factory 1, the page of the list that it stands on, and the summary of all. */
const OF_FACTORY_1 = /^\/api\/(factory\/1(\/.*)?|factories(\?chart_data=false)?|summary)$/
const COMING_OR_GOING = /^\/api\/(factory\/1(\/.*)?|factories(\?.*)?|summary)$/
const OF_SPROCKET_1 = /^\/api\/(sprocket\/1|sprockets)$/
const NOTHING = /(?!)/

/** Deletes the other organisation, whose copies cron takes away. */
const endOtherOrganisation = async () => {
  const body = JSON.stringify({ confirm: 'other' })
  const response = await world.as('other').send('DELETE', '/api/organisation', { body, headers: { 'Content-Type': 'application/json' } })
  await passMinutes(20)
  return response
}

/** Every route that writes, what is sent, and what it may reach. A route that is not in here fails: add it. */
const WRITES: [route: string, write: () => Promise<Response>, reaches: RegExp][] = [
  ['POST /api/v2/write', () => world.operator.send('POST', '/api/v2/write?precision=s', { body: LINE }), OF_FACTORY_1],
  ['POST /api/factory/{id}/chart-data', () => world.operator.post(chart, { time: FIRST + 7200, actual: 1, goal: 2 }), OF_FACTORY_1],
  [
    'POST /api/readings',
    () => world.operator.post('/api/readings', { readings: [{ factory: 1, time: FIRST + 60, goal: 77 }] }),
    OF_FACTORY_1,
  ],
  ['PUT /api/factory/{id}/chart-data/{time}', () => world.operator.put(`${chart}/${FIRST}`, { actual: 99 }), OF_FACTORY_1],
  ['DELETE /api/factory/{id}/chart-data/{time}', () => world.operator.delete(`${chart}/${FIRST}`), OF_FACTORY_1],
  ['PATCH /api/factory/{id}', () => world.engineer.patch('/api/factory/1', { name: 'North', time_zone: 'Asia/Kolkata' }), OF_FACTORY_1],
  ['PUT /api/factory/{id}/chart-data', () => world.engineer.put(chart, { readings: [{ time: FIRST, actual: 5, goal: 6 }] }), OF_FACTORY_1],
  ['POST /api/factories', () => world.engineer.post('/api/factories', { name: 'new' }), /^\/api\/(factories(\?.*)?|summary)$/],
  ['DELETE /api/factory/{id}', () => world.engineer.delete('/api/factory/1'), COMING_OR_GOING],
  ['POST /api/sprockets', () => world.engineer.post('/api/sprockets', measures), /^\/api\/sprockets$/],
  ['PUT /api/sprocket/{id}', () => world.engineer.put('/api/sprocket/1', measures), OF_SPROCKET_1],
  ['PATCH /api/sprocket/{id}', () => world.engineer.patch('/api/sprocket/1', { teeth: 10 }), OF_SPROCKET_1],
  ['DELETE /api/sprocket/{id}', () => world.engineer.delete('/api/sprocket/1'), OF_SPROCKET_1],
  ['POST /api/keys', () => world.admin.post('/api/keys', { name: 'x', role: 'viewer' }), NOTHING],
  ['PATCH /api/key/{id}', () => world.admin.patch('/api/key/1', { name: 'y' }), NOTHING],
  ['POST /api/key/{id}/rotate', () => world.admin.post('/api/key/1/rotate', {}), NOTHING],
  ['DELETE /api/key/{id}', () => world.admin.delete('/api/key/1'), NOTHING],
  ['PATCH /api/organisation', () => world.admin.patch('/api/organisation', { name: 'Demonstration' }), NOTHING],
  ['DELETE /api/organisation', () => endOtherOrganisation(), /^\d+\/2\//],
]

describe('after every write, one after the other', () => {
  beforeAll(beginAnew)

  test('every route that writes is among them', () => {
    const writes = Object.entries(documentOf(createApp(world.isolate)).paths).flatMap(([path, operations]) =>
      Object.keys(operations)
        .filter((method) => method !== 'get')
        .map((method) => `${method.toUpperCase()} ${path}`),
    )
    expect(WRITES.map(([route]) => route).toSorted()).toEqual(writes.toSorted())
  })

  test('everything is leased to begin with, and nothing is wrong with it', async () => {
    await leaseAll()
    const paths = (await rowsOf()).map(({ path }) => path)
    for (const address of LEASED) expect(paths).toContain(`1${address}`)
    expect(await incoherences()).toEqual([])
  })

  test.each(WRITES)('%s rewrites what became other, and that alone', async (_, write, reaches) => {
    await leaseAll()
    const { touched, marked, changed } = await observe(async () => expect((await write()).ok).toBe(true))
    expect(touched).toEqual(changed)
    for (const address of [...touched, ...marked]) expect(address).toMatch(reaches)
    expect(await incoherences()).toEqual([])
  })

  test('cron finds nothing to do but what it is for, and leaves all as it should be', async () => {
    await leaseAll()
    await passMinutes(7)
    expect(await incoherences()).toEqual([])
  })
})

describe('what is put, and what is not', () => {
  beforeAll(beginAnew)
  beforeEach(leaseAll)

  test('a reading that comes puts every document of its factory that shows readings, and nothing else', async () => {
    const { touched } = await observe(() => world.operator.post(chart, { time: FIRST + 10_000, actual: 5, goal: 6 }))
    expect(touched).toEqual(LEASED.filter((address) => OF_FACTORY_1.test(address) && !address.endsWith('/profile')).toSorted())
    expect(touched.filter((address) => /sprocket|factory\/(0|20)\b|cursor=20/.test(address))).toEqual([])
  })

  test('a correction of a goal alone puts neither the times nor what was made', async () => {
    const { touched } = await observe(() => world.operator.put(`${chart}/${FIRST + 120}`, { goal: 1 }))
    expect(touched).toContain('/api/factory/1/production-goal')
    expect(touched).not.toContain('/api/factory/1/time')
    expect(touched).not.toContain('/api/factory/1/production-actual')
  })

  test('a reading sent again puts and marks nothing', async () => {
    const again = {
      readings: [
        { time: FIRST, actual: 32, goal: 31 },
        { time: FIRST + 60, actual: 28 },
      ],
    }
    const { touched, marked } = await observe(() => world.operator.post(chart, again))
    expect([touched, marked]).toEqual([[], []])
  })

  test('a name touches no document without one', async () => {
    const { touched } = await observe(() => world.engineer.patch('/api/factory/1', { name: 'South' }))
    expect(touched).toContain('/api/factory/1/profile')
    expect(touched.filter((address) => /chart-data|production|time$/.test(address))).toEqual([])
  })

  test('another organisation is not touched by any of it', async () => {
    await observe(() => world.as('other').post('/api/factories', {}))
    expect([...touched]).toEqual([expect.stringMatching(/^\d+\/2\/api\/factories$/)])
  })

  test('a copy in the last minute of its lease is taken away rather than rewritten', async () => {
    const kept = '/api/factory/1/time'
    await env.DB.prepare('update copies set leased_until = ? where path = ?')
      .bind(world.clock.now() + 30_000, `1${kept}`)
      .run()
    const { touched } = await observe(() => world.operator.post(chart, { time: FIRST + 20_000, actual: 5 }))
    expect(touched).toContain(kept)
    expect(await env.CACHE.get(kvKey(`1${kept}`, PAYLOAD_VERSION))).toBeNull()
    expect(await incoherences()).toEqual([])
  })
})

test('a factory that nobody reads costs no put at all, whatever is written to it', async () => {
  await beginAnew()
  touched.clear()
  await world.operator.post(chart, { time: FIRST + 60, actual: 1, goal: 2 })
  await world.operator.put(`${chart}/${FIRST}`, { actual: 9 })
  await world.engineer.put(chart, { readings: [{ time: 60, actual: 1 }] })
  await world.engineer.patch('/api/factory/1', { name: 'x' })
  await world.engineer.delete('/api/factory/1')
  await world.engineer.delete('/api/sprocket/1')
  await world.settle()
  expect([[...touched], await rowsOf()]).toEqual([[], []])
})

test('what breaks the law is found', async () => {
  await beginAnew()
  await leaseAll()
  const key = kvKey('1/api/factory/0/time', PAYLOAD_VERSION)
  const { value, metadata } = await env.CACHE.getWithMetadata(key)
  await env.CACHE.put(key, '[]', { metadata })
  await env.CACHE.put(kvKey('1/api/factory/0/profile', PAYLOAD_VERSION), '{}')
  await env.DB.prepare(`delete from copies where path = '1/api/factory/0/profile'`).run()
  await env.CACHE.delete(kvKey('1/api/sprockets', PAYLOAD_VERSION))
  expect((await incoherences()).toSorted()).toEqual([
    `${PAYLOAD_VERSION}/1/api/factory/0/profile has no row`,
    `${PAYLOAD_VERSION}/1/api/factory/0/profile is not what a fresh assembly gives`,
    `${PAYLOAD_VERSION}/1/api/factory/0/time is not what a fresh assembly gives`,
    `${PAYLOAD_VERSION}/1/api/sprockets is leased and missing`,
  ])
  expect(value).not.toBe('[]')
})
