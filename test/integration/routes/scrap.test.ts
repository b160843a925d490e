import { beforeAll, describe, expect, test } from 'vitest'
import { createHarness, newIsolate } from '../../support/harness.ts'
import type { Harness } from '../../support/harness.ts'
import { problemOf } from '../../support/problem.ts'
import { columnsOf } from '../../support/series-model.ts'
import type { Stored } from '../../support/series-model.ts'

// Promise: scrap is stored and shown where it is known, at most the actual production of its reading, and no response has it otherwise.

let harness: Harness
beforeAll(async () => {
  harness = await createHarness()
})

const READINGS: Stored[] = [
  { time: 60, actual: 5, goal: 6, scrap: 1 },
  { time: 120, actual: 9, goal: null },
  { time: 3_660, actual: 7, goal: null, scrap: 0 },
  { time: 7_260, actual: null, goal: 3 },
]
const addFactory = async (readings: Stored[] = READINGS) => {
  const path = (await harness.engineer.post('/api/factories', {})).headers.get('Location')!
  await harness.operator.post(`${path}/chart-data`, { readings })
  return path
}
const read = async (address: string) => (await harness.viewer.get(address)).text()
const json = async (address: string) => JSON.parse(await read(address)) as unknown
const rowsOf = (path: string) => json(`${path}/chart-data?format=rows`)
const sendText = (path: string, type: string, body: string, headers = {}) =>
  harness.operator.send('POST', path, { body, headers: { 'Content-Type': type, ...headers } })

describe('scrap is stored from every format', () => {
  const stored = [{ time: 60, actual: 5, goal: null, scrap: 2 }]
  test.each([
    ['a reading', (path: string) => harness.operator.post(`${path}/chart-data`, { time: 60, actual: 5, scrap: 2 })],
    [
      'columns',
      (path: string) =>
        harness.operator.post(`${path}/chart-data`, { time: [60], sprocket_production_actual: [5], sprocket_production_scrap: [2] }),
    ],
    ['CSV', (path: string) => sendText(`${path}/chart-data`, 'text/csv', 'time,actual,scrap\n60,5,2\n')],
    [
      'CSV with the names of columns',
      (path: string) => sendText(`${path}/chart-data`, 'text/csv', 'time,sprocket_production_actual,sprocket_production_scrap\n60,5,2\n'),
    ],
    [
      'line protocol',
      (path: string) =>
        sendText('/api/v2/write?precision=s', 'text/plain', `production,factory=${path.split('/').at(-1)} actual=5i,scrap=2i 60`),
    ],
    ['a correction', (path: string) => harness.operator.put(`${path}/chart-data/60`, { actual: 5, scrap: 2 })],
    ['a replacement', (path: string) => harness.engineer.put(`${path}/chart-data`, { readings: [{ time: 60, actual: 5, scrap: 2 }] })],
  ])('scrap is stored from %s', async (_, send) => {
    const path = await addFactory([])
    expect((await send(path)).ok).toBe(true)
    expect(await rowsOf(path)).toEqual(stored)
  })

  test('scrap is stored with a new factory', async () => {
    const chart_data = { time: [60], sprocket_production_actual: [5], sprocket_production_scrap: [2] }
    const path = (await harness.engineer.post('/api/factories', { chart_data })).headers.get('Location')!
    expect(await rowsOf(path)).toEqual(stored)
  })
})

describe('scrap is shown where it is known', () => {
  let path: string
  beforeAll(async () => {
    path = await addFactory()
  })

  test('rows, exports as NDJSON and single readings have scrap, and leave it out if it is unknown', async () => {
    expect(await read(`${path}/chart-data?format=rows`)).toBe(JSON.stringify(READINGS))
    expect(await read(`${path}/export?format=ndjson`)).toBe(READINGS.map((reading) => `${JSON.stringify(reading)}\n`).join(''))
    for (const reading of READINGS) expect(await json(`${path}/chart-data/${reading.time}`)).toEqual(reading)
  })

  test('the newest reading of a factory has its scrap', async () => {
    const other = await addFactory(READINGS.slice(0, 1))
    for (const view of [other, `${other}/summary`]) expect(await read(view)).toContain(JSON.stringify(READINGS[0]))
  })

  test('sums of hours and days have scrap if a reading has it, also in a summary', async () => {
    expect(await read(`${path}/chart-data?resolution=hour&format=rows`)).toBe(
      JSON.stringify([
        { time: 0, actual: 14, goal: 6, scrap: 1, readings: 2, goal_readings: 1 },
        { time: 3_600, actual: 7, goal: null, scrap: 0, readings: 1, goal_readings: 0 },
        { time: 7_200, actual: null, goal: 3, readings: 1, goal_readings: 1 },
      ]),
    )
    await harness.operator.post(`${path}/chart-data`, { time: 3 * 86_400, actual: 1 })
    expect(await json(`${path}/chart-data?resolution=day&format=rows&to=86400`)).toEqual([
      { time: 0, actual: 21, goal: 9, scrap: 1, readings: 4, goal_readings: 2 },
    ])
    const { window, last_hour } = (await json(`${path}/summary`)) as Record<string, object>
    expect(window).toMatchObject({ actual: 22, scrap: 1 })
    expect(last_hour).not.toHaveProperty('scrap')
    await harness.operator.delete(`${path}/chart-data/${3 * 86_400}`)
  })

  test('the default chart, CSV and exports as CSV have no scrap', async () => {
    expect(await json(`${path}/chart-data`)).toEqual(columnsOf(READINGS))
    const csv = 'time,iso_time,actual,goal\r\n60,1970-01-01T00:01:00Z,5,6\r\n'
    for (const view of ['chart-data?format=csv', 'export?format=csv']) expect((await read(`${path}/${view}`)).startsWith(csv)).toBe(true)
  })

  test('the audit log has the scrap of a corrected reading', async () => {
    const other = await addFactory()
    await harness.operator.put(`${other}/chart-data/60`, { scrap: 4 })
    const log = await (await harness.admin.get('/api/audit-log?limit=1')).text()
    for (const scrap of [1, 4]) expect(log).toContain(`"actual":5,"goal":6,"scrap":${scrap}}`)
  })

  test('a reading with null as scrap clears the stored scrap', async () => {
    const other = await addFactory(READINGS.slice(0, 1))
    await harness.operator.post(`${other}/chart-data`, { time: 60, scrap: null })
    expect(await rowsOf(other)).toEqual([{ time: 60, actual: 5, goal: 6 }])
  })
})

describe('the parameter fields', () => {
  let path: string
  beforeAll(async () => {
    path = await addFactory()
  })
  const scrap = READINGS.map((reading) => reading.scrap ?? null)
  const columns = { ...columnsOf(READINGS), sprocket_production_scrap: scrap }

  test('fields selects the columns of a chart, in any view', async () => {
    const { time, sprocket_production_goal: goal } = columns
    for (const view of ['', '&last=day', '&limit=10', '&from=0&to=9000', '&points=10']) {
      expect(await json(`${path}/chart-data?fields=actual,goal,scrap${view}`), view).toEqual(columns)
      expect(await json(`${path}/chart-data?fields=scrap${view}`), view).toEqual({ sprocket_production_scrap: scrap, time })
      expect(await json(`${path}/chart-data?fields=goal%2Cscrap${view}`), view).toEqual({
        sprocket_production_goal: goal,
        sprocket_production_scrap: scrap,
        time,
      })
    }
    expect(await json(`${path}/chart-data?fields=scrap&resolution=hour`)).toEqual({
      sprocket_production_scrap: [1, 0, null],
      time: [0, 3_600, 7_200],
      readings: [2, 1, 1],
      goal_readings: [1, 0, 1],
    })
  })

  test('fields selects the figures of rows, and shows unknown ones as null', async () => {
    expect(await read(`${path}/chart-data?format=rows&fields=scrap,actual&limit=2`)).toBe(
      '[{"time":3660,"scrap":0,"actual":7},{"time":7260,"scrap":null,"actual":null}]',
    )
    expect(await read(`${path}/chart-data?format=rows&fields=goal&resolution=hour&limit=1`)).toBe(
      '[{"time":7200,"goal":3,"readings":1,"goal_readings":1}]',
    )
    expect(await read(`${path}/export?format=ndjson&fields=scrap&to=100`)).toBe('{"time":60,"scrap":1}\n')
  })

  test('fields selects the columns of CSV and their order', async () => {
    const csv = 'time,iso_time,scrap,actual\r\n60,1970-01-01T00:01:00Z,1,5\r\n120,1970-01-01T00:02:00Z,,9\r\n'
    for (const view of ['chart-data?format=csv', 'chart-data?format=csv&from=0', 'export?format=csv'])
      expect((await read(`${path}/${view}&fields=scrap,actual`)).startsWith(csv), view).toBe(true)
    expect(await read(`${path}/chart-data?format=csv&fields=scrap&last=month`)).toBe(
      'time,iso_time,scrap,readings,goal_readings\r\n0,1970-01-01T00:00:00Z,1,2,1\r\n' +
        '3600,1970-01-01T01:00:00Z,0,1,0\r\n7200,1970-01-01T02:00:00Z,,1,1\r\n',
    )
  })

  test('a chart with fields is cached, and a write changes it', async () => {
    const address = `${path}/chart-data?fields=scrap`
    await harness.viewer.get(address)
    await harness.drain()
    const cached = await harness.elsewhere(newIsolate(harness.clock)).viewer.get(address)
    expect(cached.headers.get('Cache-Status')).toBe('kv; hit')
    await harness.operator.post(`${path}/chart-data`, { time: 120, scrap: 9 })
    expect(await json(address)).toMatchObject({ sprocket_production_scrap: [1, 9, 0, null] })
  })

  test.each(['', 'actual,actual', 'scrap,', 'waste', 'actual, goal'])(
    'fields=%j is rejected with the names of the figures',
    async (value) => {
      for (const view of ['chart-data', 'export']) {
        const response = await harness.viewer.get(`${path}/${view}?fields=${encodeURIComponent(value)}`)
        const { errors } = await problemOf(response, 400)
        expect(errors).toEqual([
          {
            pointer: '#/query/fields',
            detail: expect.stringContaining('Send some of actual, goal, scrap, separated by commas.') as string,
          },
        ])
      }
    },
  )
})

describe('scrap above the actual production', () => {
  const lenient = { Prefer: 'handling=lenient' }
  const stored = [{ time: 60, actual: 5, goal: 6, scrap: 3 }]
  const append = (path: string, ...readings: object[]) => harness.operator.post(`${path}/chart-data`, { readings })

  test.each([
    [{ time: 120, actual: 4, scrap: 5 }, 'scrap', 'Send a whole number from 0 to 4, or null.'],
    [{ time: 120, actual: null, scrap: 0 }, 'scrap', 'Send actual with it, at least 0.'],
    [{ time: 120, scrap: 2 }, 'scrap', 'Send actual with it, at least 2.'],
    [{ time: 30, scrap: 2 }, 'scrap', 'Send actual with it, at least 2.'],
    [{ time: 60, scrap: 6 }, 'scrap', 'Send a whole number from 0 to 5, or null.'],
    [{ time: 60, actual: 2 }, 'actual', 'Send scrap with it, at most 2.'],
    [{ time: 60, actual: null }, 'actual', 'Send scrap as null with it.'],
  ])('the reading %j is rejected with its place and a remedy, in every write', async (reading, member, remedy) => {
    const path = await addFactory(stored)
    const { time, ...figures } = reading
    for (const [response, pointer] of [
      [await append(path, { time: 0, actual: 1 }, reading), `#/readings/1/${member}`],
      [await harness.operator.put(`${path}/chart-data/${time}`, figures), `#/${member}`],
      [
        await harness.operator.post('/api/readings', { readings: [{ ...reading, factory: Number(path.split('/').at(-1)) }] }),
        `#/readings/0/${member}`,
      ],
    ] as const) {
      const { errors } = await problemOf(response, 422)
      expect(errors).toEqual([{ pointer, detail: expect.stringContaining(remedy) as string }])
    }
    expect(await rowsOf(path)).toEqual(stored)
  })

  test('a stored scrap may stay, be lowered, or be cleared with the actual production', async () => {
    const path = await addFactory(stored)
    for (const figures of [{ actual: 3 }, { scrap: 0 }, { scrap: 3 }, { actual: 9, scrap: 9 }, { goal: 1 }, { actual: null, scrap: null }])
      expect((await append(path, { time: 60, ...figures })).status).toBe(200)
    expect(await rowsOf(path)).toEqual([{ time: 60, actual: null, goal: 1 }])
  })

  test('excess scrap in columns, CSV and line protocol is reported at its place', async () => {
    const path = await addFactory(stored)
    const columns = await harness.operator.post(`${path}/chart-data`, { time: [30, 60], sprocket_production_actual: [1, 2] })
    expect((await problemOf(columns, 422)).errors).toMatchObject([{ pointer: '#/sprocket_production_actual/1' }])
    const csv = await sendText(`${path}/chart-data`, 'text/csv', 'time,scrap\n60,1\n90,1\n')
    expect((await problemOf(csv, 422)).errors).toMatchObject([
      { pointer: '#line=3', detail: expect.stringMatching(/^Line 3, scrap: /) as string },
    ])
    const lines = await sendText('/api/v2/write?precision=s', 'text/plain', `production,factory=${path.split('/').at(-1)} scrap=9i 60`)
    expect(lines.status).toBe(422)
    expect(await lines.text()).toContain('Line 1, scrap: ')
  })

  test('a lenient request stores the readings without excess scrap', async () => {
    const path = await addFactory(stored)
    const response = await harness.operator.post(
      `${path}/chart-data`,
      {
        readings: [
          { time: 60, actual: 1 },
          { time: 120, scrap: 1 },
          { time: 180, actual: 1, scrap: 2 },
          { time: 240, actual: 4, scrap: 2 },
        ],
      },
      lenient,
    )
    const { refused, ...result } = await response.json<{ refused: { pointer: string }[] }>()
    expect(result).toMatchObject({ received: 4, changed: 1 })
    expect(refused.map(({ pointer }) => pointer).toSorted()).toEqual(['#/readings/0/actual', '#/readings/1/scrap', '#/readings/2/scrap'])
    expect(await rowsOf(path)).toEqual([...stored, { time: 240, actual: 4, goal: null, scrap: 2 }])
  })

  test('the scrap of a new series is compared with its own figures, of which the last value at a time wins', async () => {
    const path = await addFactory(stored)
    const replace = (...readings: object[]) => harness.engineer.put(`${path}/chart-data`, { readings })
    const readings = [
      { time: 60, scrap: 3 },
      { time: 90, actual: 5, scrap: 5 },
      { time: 90, actual: 3 },
    ]
    const { errors } = await problemOf(await replace(...readings), 422)
    expect(errors).toMatchObject([{ pointer: '#/readings/0/scrap' }, { pointer: '#/readings/1/scrap' }, { pointer: '#/readings/2/actual' }])
    expect(await rowsOf(path)).toEqual(stored)
    const created = await harness.engineer.post('/api/factories', { chart_data: { time: [60], sprocket_production_scrap: [1] } })
    expect((await problemOf(created, 422)).errors).toMatchObject([{ pointer: '#/chart_data/sprocket_production_scrap/0' }])
    expect((await replace({ time: 60, scrap: 3 }, { time: 60, actual: 4 }, { time: 90, actual: 1 }, { time: 90, goal: 6 })).status).toBe(
      200,
    )
    expect(await rowsOf(path)).toEqual([
      { time: 60, actual: 4, goal: null, scrap: 3 },
      { time: 90, actual: 1, goal: 6 },
    ])
  })
})
