import { env } from 'cloudflare:workers'
import fc from 'fast-check'
import { beforeAll, expect, test } from 'vitest'
import { storedReadings } from '../../support/chunks.ts'
import { createHarness, newIsolate } from '../../support/harness.ts'
import type { Harness } from '../../support/harness.ts'
import { problemOf } from '../../support/problem.ts'
import { columnsOf, expectPayloads, SeriesModel } from '../../support/series-model.ts'
import type { Sent, Stored } from '../../support/series-model.ts'

// Promise: after any sequence of writes, the stored readings and every payload equal a simple model.

let harness: Harness
beforeAll(async () => {
  harness = await createHarness()
})

const time = fc.constantFrom(-60, 0, 60, 1_611_194_818, 1_611_194_878, 1_611_194_938)
const figure = fc.constantFrom(null, 0, 1, 32, Number.MAX_SAFE_INTEGER)
const scrap = fc.constantFrom(null, 0, 1)
const figures = fc.oneof(
  fc.record({ actual: figure, goal: figure }),
  fc.record({ actual: figure }),
  fc.record({ goal: figure }),
  fc.record({ actual: fc.constantFrom(1, 32), scrap }),
  fc.record({ scrap }),
)
const reading = fc.tuple(time, figures).map(([time, figures]): Sent => ({ time, ...figures }))
const list = fc.array(reading, { maxLength: 8 })
/** Readings that all have the same members, as in columns. */
const columns = fc
  .tuple(fc.array(fc.tuple(time, figure, figure), { maxLength: 8 }), fc.constantFrom('both', 'actual', 'goal'))
  .map(([rows, which]) =>
    rows.map(([time, actual, goal]): Sent => ({ time, ...(which !== 'goal' && { actual }), ...(which !== 'actual' && { goal }) })),
  )
const index = fc.constantFrom(0, 1)

type Step =
  | { do: 'append' | 'replace'; shape: 'columns' | 'list' | 'one'; index: number; readings: Sent[] }
  | { do: 'append to both'; readings: (Sent & { index: number })[] }
  | { do: 'correct'; index: number; reading: Sent }
  | { do: 'remove'; index: number; time: number }
  | { do: 'read'; index: number }
const shaped = fc.oneof(
  fc.record({ shape: fc.constant('columns' as const), readings: columns }),
  fc.record({ shape: fc.constant('list' as const), readings: list }),
  fc.record({ shape: fc.constant('one' as const), readings: fc.tuple(reading) }),
)
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.tuple(index, shaped).map(([index, body]) => ({ do: 'append' as const, index, ...body })) },
  { weight: 1, arbitrary: fc.tuple(index, shaped).map(([index, body]) => ({ do: 'replace' as const, index, ...body })) },
  fc.record({
    do: fc.constant('append to both' as const),
    readings: fc.array(fc.tuple(reading, index).map(([r, index]) => ({ ...r, index }))),
  }),
  { weight: 2, arbitrary: fc.record({ do: fc.constant('correct' as const), index, reading }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('remove' as const), index, time }) },
  fc.record({ do: fc.constant('read' as const), index }),
)

/** Returns a body in one of the accepted shapes. */
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

const addFactory = async () =>
  ((await (await harness.engineer.post('/api/factories', {})).json()) as { factory: { id: number } }).factory.id
const auditCount = async () => (await env.DB.prepare('select count(*) as n from audit_log').first<number>('n'))!

/** Expects that readings with more scrap than actual production were rejected with their place. */
const expectRefused = async (response: Response): Promise<void> => {
  const { errors } = await problemOf(response, 422)
  for (const { pointer } of errors!) expect(pointer).toMatch(/^#.*\/(scrap|actual|sprocket_production_actual\/\d+)$/)
}

/** Runs a step on the API and on the models, and compares the results. */
const runStep = async (step: Step, ids: number[], models: SeriesModel[]): Promise<void> => {
  const { engineer } = harness
  if (step.do === 'read') return expectPayloads(engineer.get, ids[step.index]!, models[step.index]!)
  if (step.do === 'append to both') {
    const body = { readings: step.readings.map(({ index, ...reading }) => ({ factory: ids[index], ...reading })) }
    const sent = models.map((_, index) => step.readings.filter((each) => each.index === index).map(({ index: _, ...reading }) => reading))
    if (!models.every((model, index) => model.accepts(sent[index]!))) return expectRefused(await engineer.post('/api/readings', body))
    const changed = models.map((model, index) => model.upsert(sent[index]!))
    const latest = models.flatMap((model, index) =>
      step.readings.some((each) => each.index === index) && model.latest() ? [{ factory: ids[index], ...model.latest() }] : [],
    )
    const response = await engineer.post('/api/readings', body)
    expect(await response.json()).toEqual({ received: step.readings.length, changed: changed[0]! + changed[1]!, latest })
    return
  }
  const [id, model] = [ids[step.index]!, models[step.index]!]
  const chart = `/api/factory/${id}/chart-data`
  if (step.do === 'append') {
    if (!model.accepts(step.readings)) return expectRefused(await engineer.post(chart, bodyOf(step.shape, step.readings)))
    const changed = model.upsert(step.readings)
    const response = await engineer.post(chart, bodyOf(step.shape, step.readings))
    expect(await response.json()).toEqual({ received: step.readings.length, changed, latest: model.latest() })
  } else if (step.do === 'replace') {
    if (!model.accepts(step.readings, true)) return expectRefused(await engineer.put(chart, bodyOf(step.shape, step.readings)))
    model.replace(step.readings)
    const response = await engineer.put(chart, bodyOf(step.shape, step.readings))
    expect(await response.json()).toEqual(model.chart())
  } else if (step.do === 'correct') {
    const { time, ...figures } = step.reading
    if (!model.accepts([step.reading])) return expectRefused(await engineer.put(`${chart}/${time}`, figures))
    const status = model.at(time) ? 200 : 201
    model.upsert([step.reading])
    const response = await engineer.put(`${chart}/${time}`, figures)
    expect([response.status, await response.json()]).toEqual([status, model.at(time)])
  } else if (step.do === 'remove') {
    const status = model.remove(step.time) ? 204 : 404
    expect((await engineer.delete(`${chart}/${step.time}`)).status).toBe(status)
  }
}

test('any sequence of writes leaves the readings of a map from time to reading', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 2, maxLength: 8 }), async (steps) => {
      const ids = [await addFactory(), await addFactory()]
      const models = [new SeriesModel(), new SeriesModel()]
      for (const step of steps) {
        const [before, logged] = [models.map((model) => model.all()), await auditCount()]
        await runStep(step, ids, models)
        const changed = models.some((model, index) => JSON.stringify(model.all()) !== JSON.stringify(before[index]))
        expect((await auditCount()) - logged).toBe(changed ? 1 : 0)
      }
      await harness.drain()
      const elsewhere = harness.elsewhere(newIsolate(harness.clock))
      for (const [index, id] of ids.entries()) {
        expect(await storedReadings(id)).toEqual(models[index]!.all())
        await expectPayloads(elsewhere.viewer.get, id, models[index]!)
      }
      await Promise.all([harness.drain(), elsewhere.drain()])
    }),
    { numRuns: 50 },
  )
})

test('payloads of more than 500 readings show the newest 500, and an older one again after a deletion', async () => {
  const id = await addFactory()
  const model = new SeriesModel()
  const readings = Array.from({ length: 700 }, (_, n) => ({ time: ((n * 311) % 700) * 60, actual: n, goal: null }))
  for (const part of [readings.slice(0, 300), readings.slice(300)]) {
    model.upsert(part)
    await harness.operator.post(`/api/factory/${id}/chart-data`, { readings: part })
  }
  await expectPayloads(harness.viewer.get, id, model)
  await harness.drain()
  model.remove(699 * 60)
  await harness.operator.delete(`/api/factory/${id}/chart-data/${699 * 60}`)
  await harness.drain()
  await expectPayloads(harness.elsewhere(newIsolate(harness.clock)).viewer.get, id, model)
  expect(await storedReadings(id)).toEqual(model.all())
})
