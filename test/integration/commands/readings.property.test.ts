import { env } from 'cloudflare:workers'
import fc from 'fast-check'
import { beforeAll, expect, test } from 'vitest'
import { createHarness, newIsolate } from '../../support/harness.ts'
import type { Harness } from '../../support/harness.ts'
import { columnsOf, expectPayloads, SeriesModel } from '../../support/series-model.ts'
import type { Sent, Stored } from '../../support/series-model.ts'

let world: Harness
beforeAll(async () => {
  world = await createHarness()
})

const time = fc.constantFrom(-60, 0, 60, 1_611_194_818, 1_611_194_878, 1_611_194_938)
const figure = fc.constantFrom(null, 0, 1, 32, Number.MAX_SAFE_INTEGER)
const figures = fc.oneof(fc.record({ actual: figure, goal: figure }), fc.record({ actual: figure }), fc.record({ goal: figure }))
const reading = fc.tuple(time, figures).map(([time, figures]): Sent => ({ time, ...figures }))
const list = fc.array(reading, { maxLength: 8 })
/** Readings that all have the same members, as columns do. */
const columns = fc
  .tuple(fc.array(fc.tuple(time, figure, figure), { maxLength: 8 }), fc.constantFrom('both', 'actual', 'goal'))
  .map(([rows, which]) =>
    rows.map(([time, actual, goal]): Sent => ({ time, ...(which !== 'goal' && { actual }), ...(which !== 'actual' && { goal }) })),
  )
const place = fc.constantFrom(0, 1)

type Step =
  | { do: 'append' | 'replace'; shape: 'columns' | 'list' | 'one'; place: number; readings: Sent[] }
  | { do: 'append to both'; readings: (Sent & { place: number })[] }
  | { do: 'correct'; place: number; reading: Sent }
  | { do: 'remove'; place: number; time: number }
  | { do: 'read'; place: number }
const shaped = fc.oneof(
  fc.record({ shape: fc.constant('columns' as const), readings: columns }),
  fc.record({ shape: fc.constant('list' as const), readings: list }),
  fc.record({ shape: fc.constant('one' as const), readings: fc.tuple(reading) }),
)
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.tuple(place, shaped).map(([place, body]) => ({ do: 'append' as const, place, ...body })) },
  { weight: 1, arbitrary: fc.tuple(place, shaped).map(([place, body]) => ({ do: 'replace' as const, place, ...body })) },
  fc.record({
    do: fc.constant('append to both' as const),
    readings: fc.array(fc.tuple(reading, place).map(([r, place]) => ({ ...r, place }))),
  }),
  { weight: 2, arbitrary: fc.record({ do: fc.constant('correct' as const), place, reading }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('remove' as const), place, time }) },
  fc.record({ do: fc.constant('read' as const), place }),
)

/** A body in one of the shapes that are taken. */
const bodyOf = (shape: 'columns' | 'list' | 'one', readings: Sent[]) => {
  if (shape === 'list') return { readings }
  if (shape === 'one') return readings[0]
  const all = columnsOf(readings as Stored[])
  const sent = (member: 'actual' | 'goal') => readings.length === 0 || member in readings[0]!
  return {
    time: all.time,
    ...(sent('actual') && { sprocket_production_actual: all.sprocket_production_actual }),
    ...(sent('goal') && { sprocket_production_goal: all.sprocket_production_goal }),
  }
}

const addFactory = async () => ((await (await world.engineer.post('/api/factories', {})).json()) as { factory: { id: number } }).factory.id
const storedReadings = async (id: number) =>
  (
    await env.DB.prepare(
      `select time, actual, goal from readings where series = (select series from factories where organisation = 1 and id = ?) order by time`,
    )
      .bind(id)
      .all()
  ).results
const changesLogged = async () => (await env.DB.prepare('select count(*) as n from changes').first<number>('n'))!

/** Carries a step out on the API and on the models, and compares the answers. */
const carryOut = async (step: Step, ids: number[], models: SeriesModel[]): Promise<void> => {
  const { engineer } = world
  if (step.do === 'read') return expectPayloads(engineer.get, ids[step.place]!, models[step.place]!)
  if (step.do === 'append to both') {
    const body = { readings: step.readings.map(({ place, ...reading }) => ({ factory: ids[place], ...reading })) }
    const changed = models.map((model, place) =>
      model.upsert(step.readings.filter((each) => each.place === place).map(({ place: _, ...reading }) => reading)),
    )
    const latest = models.flatMap((model, place) =>
      step.readings.some((each) => each.place === place) && model.latest() ? [{ factory: ids[place], ...model.latest() }] : [],
    )
    const response = await engineer.post('/api/readings', body)
    expect(await response.json()).toEqual({ received: step.readings.length, changed: changed[0]! + changed[1]!, latest })
    return
  }
  const [id, model] = [ids[step.place]!, models[step.place]!]
  const chart = `/api/factory/${id}/chart-data`
  if (step.do === 'append') {
    const changed = model.upsert(step.readings)
    const response = await engineer.post(chart, bodyOf(step.shape, step.readings))
    expect(await response.json()).toEqual({ received: step.readings.length, changed, latest: model.latest() })
  } else if (step.do === 'replace') {
    model.replace(step.readings)
    const response = await engineer.put(chart, bodyOf(step.shape, step.readings))
    expect(await response.json()).toEqual(model.chart())
  } else if (step.do === 'correct') {
    const { time, ...figures } = step.reading
    const status = model.at(time) ? 200 : 201
    model.upsert([step.reading])
    const response = await engineer.put(`${chart}/${time}`, figures)
    expect([response.status, await response.json()]).toEqual([status, model.at(time)])
  } else if (step.do === 'remove') {
    const status = model.remove(step.time) ? 204 : 404
    expect((await engineer.delete(`${chart}/${step.time}`)).status).toBe(status)
  }
}

test('any sequence of writes leaves exactly what a map from time to reading would hold', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 2, maxLength: 8 }), async (steps) => {
      const ids = [await addFactory(), await addFactory()]
      const models = [new SeriesModel(), new SeriesModel()]
      for (const step of steps) {
        const [before, logged] = [models.map((model) => model.all()), await changesLogged()]
        await carryOut(step, ids, models)
        const changed = models.some((model, place) => JSON.stringify(model.all()) !== JSON.stringify(before[place]))
        expect((await changesLogged()) - logged).toBe(changed ? 1 : 0)
      }
      await world.settle()
      const elsewhere = world.elsewhere(newIsolate(world.clock))
      for (const [place, id] of ids.entries()) {
        expect(await storedReadings(id)).toEqual(models[place]!.all())
        await expectPayloads(elsewhere.viewer.get, id, models[place]!)
      }
      await Promise.all([world.settle(), elsewhere.settle()])
    }),
    { numRuns: 50 },
  )
})

test('of more than 500 readings every payload shows the newest 500, and one that goes lets an older one back', async () => {
  const id = await addFactory()
  const model = new SeriesModel()
  const readings = Array.from({ length: 700 }, (_, n) => ({ time: ((n * 311) % 700) * 60, actual: n, goal: null }))
  for (const part of [readings.slice(0, 300), readings.slice(300)]) {
    model.upsert(part)
    await world.operator.post(`/api/factory/${id}/chart-data`, { readings: part })
  }
  await expectPayloads(world.viewer.get, id, model)
  await world.settle()
  model.remove(699 * 60)
  await world.operator.delete(`/api/factory/${id}/chart-data/${699 * 60}`)
  await world.settle()
  await expectPayloads(world.elsewhere(newIsolate(world.clock)).viewer.get, id, model)
  expect(await storedReadings(id)).toEqual(model.all())
})
