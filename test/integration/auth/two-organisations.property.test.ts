import { env } from 'cloudflare:workers'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { kvKey, PAYLOAD_VERSION } from '../../../src/documents/path.ts'
import { runCron } from '../../../src/jobs/cron.ts'
import { REASON } from '../../support/annotations.ts'
import { addKey, addOrganisation, attachClients, createHarness, newIsolate } from '../../support/harness.ts'
import type { TestClient, Harness } from '../../support/harness.ts'

// Promise: organisations are isolated from each other, although they use the same ids.

/** The expected resources of one organisation, independent of all others. */
interface Model {
  pk: number
  slug: string
  key: string
  factories: Map<number, { name: string; readings: Map<number, number> }>
  nextFactory: number
  sprockets: Map<number, number>
  nextSprocket: number
  /** The factory and the note of each annotation. */
  annotations: Map<number, { factory: number; note: string }>
  nextAnnotation: number
}

type Step =
  | { side: 0 | 1; do: 'create' | 'rename' | 'append' | 'delete' | 'catalogue' | 'annotate' | 'read' | 'end'; id: number; n: number }
  | { do: 'restart' | 'minute' | 'half' }

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 12,
    arbitrary: fc.record({
      side: fc.constantFrom(0 as const, 1 as const),
      do: fc.constantFrom(
        'create' as const,
        'rename' as const,
        'append' as const,
        'append' as const,
        'delete' as const,
        'catalogue' as const,
        'annotate' as const,
        'read' as const,
        'read' as const,
      ),
      id: fc.nat(2),
      n: fc.integer({ min: 1, max: 50 }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      side: fc.constantFrom(0 as const, 1 as const),
      do: fc.constant('end' as const),
      id: fc.constant(0),
      n: fc.constant(0),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constantFrom('restart' as const, 'minute' as const, 'half' as const) }) },
)

const create = async (slug: string, generation: number): Promise<Model> => {
  const pk = await addOrganisation(slug)
  const key = `${slug} ${generation}`
  await addKey(pk, key, 'admin')
  return {
    pk,
    slug,
    key,
    factories: new Map(),
    nextFactory: 0,
    sprockets: new Map(),
    nextSprocket: 0,
    annotations: new Map(),
    nextAnnotation: 0,
  }
}

/** Compares every list and resource that an organisation can read with its model. */
const compare = async (actor: TestClient, model: Model) => {
  const shown = (await (await actor.get('/api/factories')).json()) as { factories: { factory: Record<string, unknown> }[]; count: number }
  const expected = [...model.factories].map(([id, { name, readings }]) => {
    const sorted = [...readings].toSorted(([a], [b]) => a - b)
    return {
      id,
      name,
      chart: {
        sprocket_production_actual: sorted.map(([, n]) => n),
        sprocket_production_goal: sorted.map(() => null),
        time: sorted.map(([time]) => time),
      },
    }
  })
  expect(shown.factories.map(({ factory: { id, name, chart_data: chart } }) => ({ id, name, chart }))).toEqual(expected)
  expect(shown.count).toBe(model.factories.size)
  for (const id of [0, 1, 2, 3]) {
    const mine = model.factories.get(id)
    const response = await actor.get(`/api/factory/${id}/chart-data`)
    expect(response.status).toBe(mine ? 200 : 404)
    if (mine) expect(await response.json()).toEqual(expected.find((each) => each.id === id)!.chart)
    expect((await actor.get(`/api/sprocket/${id}`)).status).toBe(model.sprockets.has(id) ? 200 : 404)
    const annotation = await actor.get(`/api/stop-annotation/${id}`)
    expect(annotation.status).toBe(model.annotations.has(id) ? 200 : 404)
    if (annotation.ok) expect(await annotation.json()).toMatchObject({ id, ...model.annotations.get(id) })
  }
  const { sprockets, count } = (await (await actor.get('/api/sprockets')).json()) as {
    sprockets: { id: number; teeth: number }[]
    count: number
  }
  expect([sprockets.map(({ id, teeth }) => [id, teeth]), count]).toEqual([[...model.sprockets], model.sprockets.size])
  const summary = (await (await actor.get('/api/summary')).json()) as { organisation: string; factories: { id: number }[] }
  expect([summary.organisation, summary.factories.map(({ id }) => id).toSorted((a, b) => a - b)]).toEqual([
    model.slug,
    [...model.factories.keys()],
  ])
  const { keys } = (await (await actor.get('/api/keys')).json()) as { keys: { id: number; name: string }[] }
  expect(keys.map(({ id, name }) => [id, name])).toEqual([[0, model.key]])
}

/** Runs one step on the API and on the model. A step is rejected only if the organisation lacks the resource. */
const runStep = async (actor: TestClient, model: Model, { do: kind, id, n }: Extract<Step, { side: 0 | 1 }>) => {
  const factory = model.factories.get(id)
  if (kind === 'create') {
    const response = await actor.post('/api/factories', { name: `${model.key} ${n}` })
    expect(response.headers.get('Location')).toBe(`/api/factory/${model.nextFactory}`)
    model.factories.set(model.nextFactory++, { name: `${model.key} ${n}`, readings: new Map() })
  } else if (kind === 'rename') {
    expect((await actor.patch(`/api/factory/${id}`, { name: `renamed ${n}` })).status).toBe(factory ? 200 : 404)
    if (factory) factory.name = `renamed ${n}`
  } else if (kind === 'append') {
    const many = await actor.post('/api/readings', { readings: [{ factory: id, time: n, actual: n }] })
    expect(many.status).toBe(factory ? 200 : 422)
    factory?.readings.set(n, n)
  } else if (kind === 'delete') {
    expect((await actor.delete(`/api/factory/${id}`)).status).toBe(factory ? 204 : 404)
    model.factories.delete(id)
    for (const [annotation, { factory: annotated }] of model.annotations) if (annotated === id) model.annotations.delete(annotation)
  } else if (kind === 'catalogue') {
    const response = await actor.post('/api/sprockets', { teeth: n, pitch_diameter: 1, outside_diameter: 1, pitch: 1 })
    expect(response.headers.get('Location')).toBe(`/api/sprocket/${model.nextSprocket}`)
    model.sprockets.set(model.nextSprocket++, n)
  } else if (kind === 'annotate') {
    await actor.put('/api/stop-reasons', { reasons: [REASON] })
    const note = `${model.key} ${n}`
    const from = 60 * model.nextAnnotation
    const response = await actor.post(`/api/factory/${id}/stop-annotations`, { from, to: from + 60, reason: REASON.code, note })
    expect(response.status).toBe(factory ? 201 : 404)
    if (factory) model.annotations.set(model.nextAnnotation++, { factory: id, note })
  }
}

test(
  'two organisations with the same ids never see, change or count each other, across restarts and deletions',
  { timeout: 240_000 },
  async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 12, maxLength: 40 }), async (steps) => {
        const home = await createHarness({ PUBLIC_ORGANISATION: '' })
        const { clock } = home
        const start = (): Harness => attachClients(newIsolate(clock, { PUBLIC_ORGANISATION: '', MEMORY_SECONDS: '5' }), clock)
        let harness = start()
        let generation = 0
        const sides = [await create('twin-a', generation), await create('twin-b', generation)] as [Model, Model]
        const endedKeys: string[] = []
        for (const each of steps) {
          if (!('side' in each)) {
            await harness.drain()
            if (each.do === 'restart') harness = start()
            else clock.advance(each.do === 'minute' ? 60_000 : 30_000)
            if (each.do === 'minute') await runCron(harness.isolate, clock.now())
            continue
          }
          const model = sides[each.side]
          const actor = harness.as(model.key)
          if (each.do === 'read') await compare(actor, model)
          else if (each.do === 'end') {
            const init = { body: JSON.stringify({ confirm: model.slug }), headers: { 'Content-Type': 'application/json' } }
            expect((await actor.send('DELETE', '/api/organisation', init)).status).toBe(202)
            endedKeys.push(model.key)
            sides[each.side] = await create(model.slug, ++generation)
          } else await runStep(actor, model, each)
        }
        for (const model of sides) await compare(harness.as(model.key), model)
        await harness.drain()
        clock.advance(30_000)
        for (const key of endedKeys) expect((await harness.as(key).get('/api/factories')).status).toBe(401)
        for (let minute = 0; endedKeys.length && minute < 13; minute++) {
          clock.advance(60_000)
          await runCron(harness.isolate, clock.now())
        }
        const fresh = start()
        for (const model of sides) await compare(fresh.as(model.key), model)
        await fresh.drain()
        const { keys } = await env.CACHE.list()
        const owners = new Set(keys.map(({ name }) => Number(name.split('/')[1])))
        for (const owner of owners) expect([1, 2, ...sides.map(({ pk }) => pk)]).toContain(owner)
      }),
      { numRuns: 6 },
    )
  },
)

test('the data of one organisation has no effect on the cost of a read of another', async () => {
  const harness = await createHarness()
  const lines: string[] = []
  const cost = async () => {
    const at = attachClients(
      newIsolate(harness.clock, { LOG_SAMPLE: '1' }, (line) => lines.push(line)),
      harness.clock,
    )
    await env.DB.prepare(`delete from cache_entries where path like '2/%'`).run()
    for (const { name } of (await env.CACHE.list({ prefix: kvKey('2/', PAYLOAD_VERSION) })).keys) await env.CACHE.delete(name)
    lines.length = 0
    for (const path of [
      '/api/factories',
      '/api/factory/0',
      '/api/factory/0/chart-data',
      '/api/summary',
      '/api/sprockets',
      '/api/factory/1',
    ]) {
      await at.otherOrganisation.get(path)
      await at.drain()
    }
    return lines.map((line) => JSON.parse(line) as { route: string; d1: object; kv: object }).map(({ route, d1, kv }) => [route, d1, kv])
  }
  await harness.otherOrganisation.post('/api/factories', { chart_data: { time: [60], sprocket_production_actual: [1] } })
  await harness.drain()
  const before = await cost()
  expect(before.length).toBe(6)
  for (let n = 0; n < 20; n++) await harness.engineer.post('/api/factories', { name: `more ${n}` })
  const readings = Array.from({ length: 5_000 }, (_, n) => ({ time: n, actual: n }))
  await harness.operator.post('/api/factory/0/chart-data', { readings })
  await harness.operator.post('/api/factory/1/chart-data', { readings })
  await harness.drain()
  expect(await cost()).toEqual(before)
})
