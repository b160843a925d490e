import { beforeAll, describe, expect, test } from 'vitest'
import { makeWorld, newIsolate, SEED } from '../support/world.ts'
import type { World } from '../support/world.ts'
import { problemOf } from './problem.ts'
import { columnsOf } from './series-model.ts'

let world: World
beforeAll(async () => {
  world = await makeWorld()
})

const chart = '/api/factory/1/chart-data'
const json = async (path: string, headers = {}) => (await world.viewer.get(path, headers)).json()
const seed = SEED.factories[1]!.factory.chart_data
const FIRST = seed.time[0]!
const rows = seed.time.map((time, index) => ({
  time,
  actual: seed.sprocket_production_actual[index]!,
  goal: seed.sprocket_production_goal[index]!,
}))

describe('a range', () => {
  test('is half-open, in Unix seconds or RFC 3339', async () => {
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

  test('of nothing is empty, and of a factory that is not there is not there', async () => {
    for (const resolution of ['raw', 'hour', 'day'])
      expect(await json(`${chart}?from=0&to=1&resolution=${resolution}`)).toEqual(columnsOf([]))
    for (const query of ['?limit=5', '?points=5', '?last=day', '?format=csv'])
      expect((await world.viewer.get(`/api/factory/99/chart-data${query}`)).status).toBe(404)
  })

  test('says where it goes on, with everything else that was asked', async () => {
    const forth = await world.viewer.get(`${chart}?from=${FIRST}&limit=3&format=rows`)
    expect(await forth.json()).toEqual(rows.slice(0, 3))
    expect(forth.headers.get('Link')).toBe(`<${chart}?from=${seed.time[2]! + 1}&limit=3&format=rows>; rel="next"`)
    const back = await world.viewer.get(`${chart}?limit=3&format=rows`)
    expect(await back.json()).toEqual(rows.slice(-3))
    expect(back.headers.get('Link')).toBe(`<${chart}?limit=3&format=rows&to=${seed.time[17]}>; rel="prev"`)
    expect((await world.viewer.get(`${chart}?limit=20`)).headers.has('Link')).toBe(false)
    expect((await world.viewer.get(`${chart}?from=0&limit=20`)).headers.has('Link')).toBe(false)
  })

  test('is what the client has if it has not changed', async () => {
    const { headers } = await world.viewer.get(`${chart}?limit=3`)
    const again = await world.viewer.get(`${chart}?limit=3`, { 'If-None-Match': headers.get('ETag')! })
    expect([again.status, again.headers.get('Cache-Status')]).toEqual([304, 'kv; fwd=bypass'])
  })
})

describe('a format', () => {
  const line = ({ time, actual, goal }: (typeof rows)[number]) =>
    `${time},${new Date(time * 1000).toISOString().replace('.000Z', 'Z')},${actual},${goal}\r\n`

  test('is columns, rows or CSV, of the default view too, each with its own tag and copy', async () => {
    expect(await json(chart)).toEqual(seed)
    expect(await json(`${chart}?format=columns`)).toEqual(seed)
    expect(await json(`${chart}?format=rows`)).toEqual(rows)
    const csv = await world.viewer.get(`${chart}?format=csv`)
    expect(csv.headers.get('Content-Type')).toBe('text/csv; charset=utf-8; header=present')
    expect(await csv.text()).toBe(`time,iso_time,actual,goal\r\n${rows.map(line).join('')}`)
    await world.settle()
    const kept = await world.elsewhere(newIsolate(world.clock)).viewer.get(chart, { Accept: 'text/csv' })
    expect(kept.headers.get('Cache-Status')).toBe('kv; hit')
    expect([kept.headers.get('ETag'), kept.headers.get('Content-Type')]).toEqual([csv.headers.get('ETag'), csv.headers.get('Content-Type')])
  })

  test.each([
    ['text/csv', 'text/csv'],
    ['text/csv;q=0.9, application/json;q=0.1', 'text/csv'],
    ['text/csv;q=0.1, application/json', 'application/json'],
    ['*/*', 'application/json'],
    ['text/html,application/xhtml+xml,*/*;q=0.8', 'application/json'],
  ])('is what Accept likes best: %s', async (accept, type) => {
    expect((await world.viewer.get(chart, { Accept: accept })).headers.get('Content-Type')).toContain(type)
    expect((await world.viewer.get(`${chart}?format=rows`, { Accept: accept })).headers.get('Content-Type')).toBe('application/json')
  })

  test('leaves out what is not known, and a date that no calendar has', async () => {
    const created = await world.engineer.post('/api/factories', {
      chart_data: columnsOf([
        { time: -9e15, actual: null, goal: 2 },
        { time: 0, actual: 1, goal: null },
      ]),
    })
    const { id } = ((await created.json()) as { factory: { id: number } }).factory
    const csv = await (await world.viewer.get(`/api/factory/${id}/chart-data?format=csv`)).text()
    expect(csv).toBe('time,iso_time,actual,goal\r\n-9000000000000000,,,2\r\n0,1970-01-01T00:00:00Z,1,\r\n')
    const hours = await (await world.viewer.get(`/api/factory/${id}/chart-data?format=csv&resolution=hour&limit=1`)).text()
    expect(hours).toBe('time,iso_time,actual,goal,readings,goal_readings\r\n0,1970-01-01T00:00:00Z,1,,1,0\r\n')
  })
})

describe('as many points as a chart can show', () => {
  const made = async (step: number, length: number) => {
    const created = await world.engineer.post('/api/factories', {})
    const { id } = ((await created.json()) as { factory: { id: number } }).factory
    for (let n = 0; n < length; n += 5_000) {
      const readings = Array.from({ length: Math.min(5_000, length - n) }, (_, k) => ({
        time: (n + k) * step,
        actual: (n + k) % 7,
        goal: 3,
      }))
      await world.operator.post(`/api/factory/${id}/chart-data`, { readings })
    }
    return `/api/factory/${id}/chart-data`
  }
  const points = async (path: string) => {
    const response = await world.viewer.get(path)
    return { resolution: response.headers.get('X-Resolution'), rows: (await response.json()) as Record<string, number>[] }
  }

  test('come from readings, from hours of more than 5,000 of them, and from days of more than 5,000 hours', async () => {
    const path = await made(1_200, 15_500)
    const raw = await points(`${path}?points=100&to=${5_000 * 1_200}&format=rows`)
    expect([raw.resolution, raw.rows.length, Object.keys(raw.rows[0]!)]).toEqual(['raw', 100, ['time', 'actual', 'goal']])
    const hours = await points(`${path}?points=100&to=${5_001 * 1_200}&format=rows`)
    expect([hours.resolution, hours.rows.length, hours.rows[1]!['readings']]).toEqual(['hour', 100, 3])
    const days = await points(`${path}?points=100&format=rows`)
    expect([days.resolution, days.rows.length, days.rows[1]!['readings']]).toEqual(['day', 100, 72])
    expect((await points(`${path}?points=100&to=6000&resolution=day&format=rows`)).resolution).toBe('day')
    expect((await points(`${path}?points=3`)).rows).toHaveProperty('time.length', 3)
  })

  test('also of the last day, and hours where it has more than 5,000 readings', async () => {
    const fine = await points(`${await made(60, 2_000)}?last=day&format=rows`)
    expect([fine.rows.length, fine.rows[0]!['readings']]).toEqual([500, undefined])
    const finer = await points(`${await made(10, 9_000)}?last=day&format=rows`)
    expect([finer.rows.length, finer.rows[1]!['readings']]).toEqual([24, 360])
  })
})

describe('a query that makes no sense is refused, and says which parameter', () => {
  test.each([
    ['from', 'from=yesterday'],
    ['from', 'from=2021-01-21'],
    ['from', 'from=2021-13-41T00:00:00Z'],
    ['from', 'from=2021-02-30T00:00:00Z'],
    ['from', 'from=2023-02-29T00:00:00Z'],
    ['from', 'from=9007199254740992'],
    ['from', 'from=2021-01-21T24:00:00Z'],
    ['from', 'from='],
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
    ['limit', 'last=day&limit=5'],
    ['from', 'last=day&from=5'],
  ])('%s in ?%s', async (name, query) => {
    const { errors } = await problemOf(await world.viewer.get(`${chart}?${query}`), 400)
    expect(errors!.map(({ pointer }) => pointer)).toEqual([`#/query/${name}`])
  })
})
