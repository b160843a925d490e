import { beforeAll, describe, expect, test } from 'vitest'
import { createHarness, newIsolate, SEED } from '../../support/harness.ts'
import type { Harness } from '../../support/harness.ts'
import { problemOf } from '../../support/problem.ts'
import { columnsOf, sumColumnsOf } from '../../support/series-model.ts'

// Promise: chart-data honours or rejects each parameter: range, format, points, resolution and Accept.

let harness: Harness
beforeAll(async () => {
  harness = await createHarness()
})

const chart = '/api/factory/1/chart-data'
const json = async (path: string, headers = {}) => (await harness.viewer.get(path, headers)).json()
const seed = SEED.factories[1]!.factory.chart_data
const FIRST = seed.time[0]!
const rows = seed.time.map((time, index) => ({
  time,
  actual: seed.sprocket_production_actual[index]!,
  goal: seed.sprocket_production_goal[index]!,
}))

describe('a range of chart-data', () => {
  test('a range includes from and excludes to, in Unix seconds or RFC 3339', async () => {
    const [from, to] = [seed.time[3]!, seed.time[7]!]
    const expected = columnsOf(rows.slice(3, 7))
    expect(await json(`${chart}?from=${from}&to=${to}`)).toEqual(expected)
    const iso = (time: number) => new Date(time * 1000).toISOString()
    expect(await json(`${chart}?from=${iso(from)}&to=${iso(to)}`)).toEqual(expected)
    expect(await json(`${chart}?from=2021-01-21T05:54:38%2B01:00&limit=1`)).toEqual(columnsOf(rows.slice(1, 2)))
    expect(await json(`${chart}?from=2020-02-29T00:00:00Z&limit=1`)).toEqual(columnsOf(rows.slice(0, 1)))
    expect(await json(`${chart}?from=2021-01-21T05:54:37.5+01:00&limit=1`)).toEqual(columnsOf(rows.slice(1, 2)))
    expect(await json(`${chart}?from=${from}&to=${to}`)).toEqual(await json(`${chart}/?from=${from}&to=${to}`))
  })

  test('a range without readings is empty, and a range of a missing factory gets 404', async () => {
    for (const resolution of ['raw', 'hour', 'day'])
      expect(await json(`${chart}?from=0&to=1&resolution=${resolution}`)).toEqual(resolution === 'raw' ? columnsOf([]) : sumColumnsOf([]))
    for (const query of ['?limit=5', '?points=5', '?last=day', '?format=csv'])
      expect((await harness.viewer.get(`/api/factory/99/chart-data${query}`)).status).toBe(404)
  })

  test('the preset ranges of a factory without readings are empty', async () => {
    const path = (await harness.engineer.post('/api/factories', {})).headers.get('Location')!
    for (const last of ['day', 'week', 'month', 'year'])
      expect(await json(`${path}/chart-data?last=${last}`)).toEqual(last === 'day' ? columnsOf([]) : sumColumnsOf([]))
  })

  test('a range that is longer than its page links to the next page with the same parameters', async () => {
    const forwards = await harness.viewer.get(`${chart}?from=${FIRST}&limit=3&format=rows`)
    expect(await forwards.json()).toEqual(rows.slice(0, 3))
    expect(forwards.headers.get('Link')).toBe(`<${chart}?from=${seed.time[2]! + 1}&limit=3&format=rows>; rel="next"`)
    const backwards = await harness.viewer.get(`${chart}?limit=3&format=rows`)
    expect(await backwards.json()).toEqual(rows.slice(-3))
    expect(backwards.headers.get('Link')).toBe(`<${chart}?limit=3&format=rows&to=${seed.time[17]}>; rel="prev"`)
    expect((await harness.viewer.get(`${chart}?limit=20`)).headers.has('Link')).toBe(false)
    expect((await harness.viewer.get(`${chart}?from=0&limit=20`)).headers.has('Link')).toBe(false)
  })

  test('a range that has not changed gets 304', async () => {
    const { headers } = await harness.viewer.get(`${chart}?limit=3`)
    const repeated = await harness.viewer.get(`${chart}?limit=3`, { 'If-None-Match': headers.get('ETag')! })
    expect([repeated.status, repeated.headers.get('Cache-Status')]).toEqual([304, 'kv; fwd=bypass'])
  })
})

describe('the format of chart-data', () => {
  const line = ({ time, actual, goal }: (typeof rows)[number]) =>
    `${time},${new Date(time * 1000).toISOString().replace('.000Z', 'Z')},${actual},${goal}\r\n`

  test('the default view comes in columns, rows or CSV, each with its own entity tag and cache entry', async () => {
    expect(await json(chart)).toEqual(seed)
    expect(await json(`${chart}?format=columns`)).toEqual(seed)
    expect(await json(`${chart}?format=rows`)).toEqual(rows)
    const csv = await harness.viewer.get(`${chart}?format=csv`)
    expect(csv.headers.get('Content-Type')).toBe('text/csv; charset=utf-8; header=present')
    expect(await csv.text()).toBe(`time,iso_time,actual,goal\r\n${rows.map(line).join('')}`)
    await harness.drain()
    const cached = await harness.elsewhere(newIsolate(harness.clock)).viewer.get(chart, { Accept: 'text/csv' })
    expect(cached.headers.get('Cache-Status')).toBe('kv; hit')
    expect([cached.headers.get('ETag'), cached.headers.get('Content-Type')]).toEqual([
      csv.headers.get('ETag'),
      csv.headers.get('Content-Type'),
    ])
  })

  test.each([
    ['text/csv', 'text/csv'],
    ['text/csv;q=0.9, application/json;q=0.1', 'text/csv'],
    ['text/csv;q=0.1, application/json', 'application/json'],
    ['*/*', 'application/json'],
    ['text/*;q=0.1, */*;q=0.5', 'application/json'],
    ['*/*;q=0.5, application/json;q=0.1', 'text/csv'],
    ['application/json;q=0, */*', 'text/csv'],
    ['text/csv;q=0, text/*', 'application/json'],
    ['TEXT/CSV ; q=1.000, application/*', 'text/csv'],
    ['application/json, text/csv', 'application/json'],
    ['text/csv, application/json', 'text/csv'],
    ['*/*, text/csv', 'text/csv'],
    ['text/csv;q=2, application/json;q=0.1', 'application/json'],
    ['text/csv;q=0, application/json;q=0', 'application/json'],
    ['image/png', 'application/json'],
    ['text/csv; charset=utf-8; header=present', 'text/csv'],
    [', ,;', 'application/json'],
    ['text/html,application/xhtml+xml,*/*;q=0.8', 'application/json'],
  ])('the format is the one that Accept prefers: %s', async (accept, type) => {
    expect((await harness.viewer.get(chart, { Accept: accept })).headers.get('Content-Type')).toContain(type)
    expect((await harness.viewer.get(`${chart}?format=rows`, { Accept: accept })).headers.get('Content-Type')).toBe('application/json')
  })

  test('CSV leaves unknown values empty, and iso_time empty for a time without a date', async () => {
    const created = await harness.engineer.post('/api/factories', {
      chart_data: columnsOf([
        { time: -9e15, actual: null, goal: 2 },
        { time: 0, actual: 1, goal: null },
      ]),
    })
    const { id } = ((await created.json()) as { factory: { id: number } }).factory
    const csv = await (await harness.viewer.get(`/api/factory/${id}/chart-data?format=csv`)).text()
    expect(csv).toBe('time,iso_time,actual,goal\r\n-9000000000000000,,,2\r\n0,1970-01-01T00:00:00Z,1,\r\n')
    const hours = await (await harness.viewer.get(`/api/factory/${id}/chart-data?format=csv&resolution=hour&limit=1`)).text()
    expect(hours).toBe('time,iso_time,actual,goal,readings,goal_readings\r\n0,1970-01-01T00:00:00Z,1,,1,0\r\n')
  })
})

describe('X-Resolution', () => {
  test.each([
    ['', 'raw'],
    ['?format=csv', 'raw'],
    ['?last=day', 'raw'],
    ['?last=week', 'hour'],
    ['?last=month&format=rows', 'hour'],
    ['?last=year&format=csv', 'day'],
  ])('X-Resolution of chart-data%s is %s from memory, KV and D1', async (query, resolution) => {
    const read = async (client = harness.viewer, headers = {}) => {
      const response = await client.get(`${chart}${query}`, headers)
      return [response.status, response.headers.get('Cache-Status'), response.headers.get('X-Resolution')]
    }
    const { headers } = await harness.viewer.get(`${chart}${query}`)
    const known = { 'If-None-Match': headers.get('ETag')! }
    await harness.drain()
    const elsewhere = harness.elsewhere(newIsolate(harness.clock, { MEMORY_SECONDS: '5' })).viewer
    expect(await read(elsewhere)).toEqual([200, 'kv; hit', resolution])
    // The fast path serves the second round.
    for (let n = 0; n < 2; n++) {
      expect(await read(elsewhere)).toEqual([200, 'memory; hit', resolution])
      expect(await read(elsewhere, known)).toEqual([304, 'memory; hit', resolution])
    }
    expect((await read(harness.elsewhere(newIsolate(harness.clock)).viewer, known))[2]).toBe(resolution)
  })

  test('X-Resolution is sent with pages, points and the chart in the response of a write', async () => {
    for (const [query, resolution] of [
      ['?limit=3', 'raw'],
      ['?resolution=day', 'day'],
      ['?points=3&resolution=hour', 'hour'],
    ])
      expect((await harness.viewer.get(`${chart}${query}`)).headers.get('X-Resolution')).toBe(resolution)
    const withChart = { Prefer: 'return=representation' }
    const reading = { time: 1_611_205_958, actual: 30, goal: 32 }
    for (const write of [
      () => harness.operator.post(chart, reading, withChart),
      () => harness.engineer.put('/api/factory/2/chart-data', { readings: [reading] }),
    ])
      expect((await write()).headers.get('X-Resolution')).toBe('raw')
  })
})

describe('a bound in another unit', () => {
  test.each(['/api/factory/1/chart-data', '/api/factory/1/export'])(
    'GET %s rejects a bound in milliseconds with the error that readings get',
    async (path) => {
      for (const name of ['from', 'to']) {
        const { errors } = await problemOf(await harness.viewer.get(`${path}?${name}=1611206018000`), 400)
        expect(errors).toEqual([{ pointer: `#/query/${name}`, detail: 'This looks like milliseconds; send seconds.' }])
      }
      expect((await harness.viewer.get(`${path}?from=-9e3`)).status).toBe(400)
      expect((await harness.viewer.get(`${path}?from=-9000000000000&to=253402300799`)).status).toBe(200)
    },
  )

  test('GET, PUT and DELETE of a reading reject a time in milliseconds', async () => {
    const path = '/api/factory/1/chart-data/1611206018000'
    for (const response of [
      await harness.viewer.get(path),
      await harness.operator.delete(path),
      await harness.operator.put(path, { actual: 1 }),
    ])
      expect((await problemOf(response, 400)).errors).toEqual([
        { pointer: '#/path/time', detail: 'This looks like milliseconds; send seconds.' },
      ])
  })
})

describe('a bound in RFC 3339', () => {
  test.each([
    ['lower-case letters', '2021-01-21t04:54:38z'],
    ['a space in place of the T', '2021-01-21 04:54:38Z'],
    ['an offset whose plus sign the query turned into a space', '2021-01-21 05:54:38 01:00'],
    ['an unknown offset', '2021-01-21T04:54:38-00:00'],
    ['a fraction finer than a millisecond, which excludes the second before', '2021-01-21T04:54:37.0000001Z'],
  ])('from takes %s', async (_, from) => {
    expect(await json(`${chart}?from=${from}&limit=1`)).toEqual(columnsOf(rows.slice(1, 2)))
  })

  test('from and to take a leap second as the second after it', async () => {
    const query = 'from=2016-12-31T23:59:60Z&to=2017-01-01T05:29:60%2B05:30'
    expect((await problemOf(await harness.viewer.get(`${chart}?${query}`), 400)).errors![0]!.detail).toContain('Empty range')
    expect((await harness.viewer.get(`${chart}?from=2016-12-31T23:59:59.9Z&to=2016-12-31T15:59:60.5-08:00`)).status).toBe(200)
  })
})

describe('an invalid query of chart-data', () => {
  test.each([
    ['from', 'from=yesterday'],
    ['from', 'from=2021-01-21'],
    ['from', 'from=2021-13-41T00:00:00Z'],
    ['from', 'from=2021-02-30T00:00:00Z'],
    ['from', 'from=2023-02-29T00:00:00Z'],
    ['from', 'from=9007199254740992'],
    ['from', 'from=2021-01-21T24:00:00Z'],
    ['from', 'from='],
    ['from', 'from=1611206018000'],
    ['to', 'to=1611206018000000'],
    ['to', 'to=1611206018000000000'],
    ['from', 'from=2016-12-31T22:59:60Z'],
    ['from', 'from=2016-12-30T23:59:60Z'],
    ['from', 'from=2021-01-21T02:00:61Z'],
    ['from', 'from=2021-01-21T02:00:00%2B24:00'],
    ['from', 'from=2021-01-21T02:00:00'],
    ['to', 'to=1.5'],
    ['to', 'from=10&to=10'],
    ['limit', 'limit=0'],
    ['limit', 'limit=5001'],
    ['limit', 'limit=1e3'],
    ['points', 'points=2'],
    ['points', 'points=2001'],
    ['resolution', 'resolution=minute'],
    ['format', 'format=xml'],
    ['last', 'last=decade'],
    ['limit', 'points=5&limit=5'],
    ['limit', 'last=day&limit=5'],
    ['from', 'last=day&from=5'],
  ])('an invalid %s in ?%s gets 400 with its pointer', async (name, query) => {
    const { errors } = await problemOf(await harness.viewer.get(`${chart}?${query}`), 400)
    expect(errors!.map(({ pointer }) => pointer)).toEqual([`#/query/${name}`])
  })
})
