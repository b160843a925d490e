import { env } from 'cloudflare:workers'
import { beforeAll, describe, expect, test } from 'vitest'
import { storedReadings } from '../../support/chunks.ts'
import { createHarness, newIsolate } from '../../support/harness.ts'
import type { Harness } from '../../support/harness.ts'
import { expectPayloads, SeriesModel } from '../../support/series-model.ts'
import type { Sent } from '../../support/series-model.ts'
import { summaryOf } from '../../support/summary-model.ts'

// Promise: a figure that no reading of a chunk has takes no space, and every read and write treats it as null for each reading. A text
// of nulls, which earlier releases stored, means the same.

let harness: Harness
beforeAll(async () => {
  harness = await createHarness()
})

const HOUR = 3_600
/** Readings of an hour without goals, of one without actual production, and of one with both. */
const READINGS: Sent[] = [
  ...[10, 20, 950].map((time) => ({ time, actual: time })),
  ...[10, 20].map((time) => ({ time: HOUR + time, goal: time })),
  { time: 2 * HOUR + 10, actual: 1, goal: 2 },
]
/** Returns the texts of the figures of each hour. */
const storedTexts = async (id: number) =>
  (
    await env.DB.prepare(
      'select actual, goal from chunks where series_pk = (select series_pk from factories where organisation_pk = 1 and id = ?) order by start',
    )
      .bind(id)
      .all()
  ).results

const addFactory = async (readings: Sent[]) => {
  const { factory } = await (await harness.engineer.post('/api/factories', {})).json<{ factory: { id: number } }>()
  await harness.operator.post(`/api/factory/${factory.id}/chart-data`, { readings })
  const model = new SeriesModel()
  model.upsert(readings)
  return { id: factory.id, path: `/api/factory/${factory.id}`, model }
}

test('the text of a figure that no reading of the hour has is null, and an append fills it', async () => {
  const { id, path } = await addFactory(READINGS)
  const both = { actual: '1', goal: '2' }
  expect(await storedTexts(id)).toEqual([{ actual: '10,20,950', goal: null }, { actual: null, goal: '10,20' }, both])
  for (const reading of [
    { time: 960, actual: 5 },
    { time: HOUR + 30, actual: 6 },
    { time: 2 * HOUR + 20, goal: 7 },
  ])
    await harness.operator.post(`${path}/chart-data`, reading)
  expect(await storedTexts(id)).toEqual([
    { actual: '10,20,950,5', goal: null },
    { actual: 'null,null,6', goal: '10,20,null' },
    { actual: '1,null', goal: '2,7' },
  ])
})

test('a correction that clears the last figure of an hour sets its text to null', async () => {
  const { id, path } = await addFactory(READINGS)
  await harness.operator.put(`${path}/chart-data/${2 * HOUR + 10}`, { actual: null })
  expect((await storedTexts(id))[2]).toEqual({ actual: null, goal: '2' })
})

describe.each([
  ['null', false],
  ['a list of nulls', true],
])('if the text of an unknown figure is %s', (_, isList) => {
  const prepare = async () => {
    const factory = await addFactory(READINGS)
    if (isList)
      for (const name of ['actual', 'goal'])
        await env.DB.prepare(
          `update chunks set ${name} = substr(replace(hex(zeroblob(readings_0 + readings_1 + readings_2 + readings_3)), '00', ',null'), 2)
            where ${name} is null and series_pk = (select series_pk from factories where organisation_pk = 1 and id = ?)`,
        )
          .bind(factory.id)
          .run()
    return factory
  }

  test('every read of an hour without a figure shows null for each reading', async () => {
    const { id, path, model } = await prepare()
    const get = (address: string) => harness.elsewhere(newIsolate(harness.clock)).viewer.get(address)
    const json = async (address: string) => (await get(address)).json()
    await expectPayloads(get, id, model)
    expect(await json(`${path}/chart-data?format=rows&last=day`)).toEqual(model.all())
    expect(await json(`${path}/chart-data?format=rows&from=0&to=${2 * HOUR}`)).toEqual(model.all().slice(0, 5))
    expect(await json(`${path}/summary`)).toEqual(summaryOf({ id, name: null }, 'UTC', model.all()))
    for (const time of [20, HOUR + 20]) expect(await json(`${path}/chart-data/${time}`)).toEqual(model.at(time))
    expect((await (await get(`${path}/export?format=ndjson`)).text()).split('\n').slice(0, -1)).toEqual(
      model.all().map((reading) => JSON.stringify(reading)),
    )
  })

  test('every write to an hour without a figure keeps the other readings', async () => {
    const { id, path, model } = await prepare()
    const expectStored = async () => expect(await storedReadings(id)).toEqual(model.all())
    for (const readings of [
      [{ time: 960, goal: 5 }],
      [{ time: HOUR + 30, goal: 6 }],
      [
        { time: HOUR + 40, actual: 7 },
        { time: HOUR + 50, actual: 8 },
      ],
      [{ time: 15, actual: 3 }],
    ]) {
      model.upsert(readings)
      await harness.operator.post(`${path}/chart-data`, { readings })
      await expectStored()
    }
    for (const time of [960, HOUR + 10]) {
      model.remove(time)
      await harness.operator.delete(`${path}/chart-data/${time}`)
      await expectStored()
    }
  })
})
