import { beforeAll, describe, expect, test } from 'vitest'
import { makeWorld, SEED } from '../support/world.ts'
import type { World } from '../support/world.ts'
import { pointersOf, problemOf } from './problem.ts'

let world: World
beforeAll(async () => {
  world = await makeWorld()
})

const chart = '/api/factory/1/chart-data'
const csv = { 'Content-Type': 'text/csv' }
const post = (body: BodyInit, headers: Record<string, string> = csv, path = chart) => world.operator.send('POST', path, { body, headers })
const reading = async (time: number, id = 1) => (await world.viewer.get(`/api/factory/${id}/chart-data/${time}`)).json()
const gzip = async (text: string) => new Response(new Response(text).body!.pipeThrough(new CompressionStream('gzip'))).arrayBuffer()

describe('CSV', () => {
  test.each([
    ['as RFC 4180 has it', 'time,actual,goal\r\n60,1,2\r\n120,,3\r\n'],
    ['with line feeds and no last one', 'time,actual,goal\n60,1,2\n120,,3'],
    [
      'with a byte order mark, semicolons and quotes, as spreadsheets write',
      '\uFEFF"time";"actual";"goal"\r\n"60";"1";"2"\r\n120;;"3"\r\n',
    ],
    ['with tabs, spaces, empty lines and other names', 'Sprocket_Production_Goal\tTIME\tactual\n\n 2 \t60\t1\n3\t120\t\n\n'],
    ['as this API writes it', 'time,iso_time,actual,goal\r\n60,1970-01-01T00:01:00Z,1,2\r\n120,1970-01-01T00:02:00Z,,3\r\n'],
    ['unsorted, and of a time sent twice the last', 'time,actual,goal\n120,9,9\n60,1,2\n120,,3\n'],
  ])('%s', async (_, body) => {
    await world.engineer.put(chart, { readings: [] })
    expect(await (await post(body)).json()).toMatchObject({ changed: 2, latest: { time: 120, actual: null, goal: 3 } })
    expect(await reading(60)).toEqual({ time: 60, actual: 1, goal: 2 })
  })

  test('leaves a figure without a column as it is, and clears one with an empty field', async () => {
    await post('time,actual,goal\n60,1,2\n')
    await post('time,actual\n60,5\n')
    expect(await reading(60)).toEqual({ time: 60, actual: 5, goal: 2 })
    await post('time,goal\n60,\n')
    expect(await reading(60)).toEqual({ time: 60, actual: 5, goal: null })
  })

  test('comes back as it went out', async () => {
    const out = await (await world.viewer.get('/api/factory/2/chart-data?format=csv')).text()
    await world.engineer.send('PUT', chart, { body: out, headers: csv })
    expect(await (await world.viewer.get(chart)).json()).toEqual(SEED.factories[2]!.factory.chart_data)
  })

  test('for many factories has a column that says which', async () => {
    const effect = await (await post('factory,time,actual\n1,60,7\n2,60,8\n', csv, '/api/readings')).json()
    expect(effect).toMatchObject({ received: 2, changed: 2 })
    expect([await reading(60, 1), await reading(60, 2)]).toMatchObject([{ actual: 7 }, { actual: 8 }])
    expect(await pointersOf(await post('factory,time,actual\n1,60,1\n99,60,1\n', csv, '/api/readings'))).toEqual(['#line=3'])
    expect(await pointersOf(await post('time,actual\n60,1\n', csv, '/api/readings'))).toEqual(['#line=1'])
  })

  test.each([
    ['a figure below 0', 'time,actual\n60,1\n120,-1\n', 'Line 3, actual: '],
    ['half a figure', 'time,actual\n60,1.5\n', 'Line 2, actual: '],
    ['a figure that is too large', 'time,goal\n60,9007199254740992\n', 'Line 2, goal: '],
    ['a word', 'time,goal\n60,NaN\n', 'Line 2, goal: '],
    ['no time', 'time,goal\n,5\n', 'Line 2, time: '],
    ['milliseconds', 'time,goal\n1611194818000,5\n', 'Line 2, time: This looks like milliseconds; send seconds.'],
    ['times alone', 'time\n60\n', 'Line 2: Send actual, goal or both.'],
    ['a line after one that has two', 'time,actual,iso_time\n60,1,"a\nb"\n120,x,\n', 'Line 4, actual: '],
    ['no header', '60,1\n', 'Line 1: There is no column time.'],
    ['a column nobody knows', 'time,actual,scrap\n60,1,1\n', 'Line 1: The column scrap is not known here.'],
    ['a column twice', 'time,actual,actual\n60,1,1\n', 'Line 1: The column actual is there twice.'],
    ['nothing at all', '', 'Line 1: send a header, such as time,actual,goal.'],
  ])('with %s is refused, and the line said', async (_, body, detail) => {
    const before = await (await world.viewer.get(chart)).json()
    const { errors } = await problemOf(await post(body), 422)
    expect(errors![0]!.detail).toContain(detail)
    expect(errors![0]!.pointer).toBe(`#line=${/Line (\d)/.exec(detail)![1]}`)
    expect(await (await world.viewer.get(chart)).json()).toEqual(before)
  })

  test('that cannot be read is 400, and the line said', async () => {
    const { errors } = await problemOf(await post('time,actual\n60,1\n120\n180,1,1\n'), 400)
    expect(errors).toEqual([
      { pointer: '#line=3', detail: 'Line 3: There are 1 fields for 2 columns.' },
      { pointer: '#line=4', detail: 'Line 4: There are 3 fields for 2 columns.' },
    ])
    expect((await problemOf(await post('time,actual\n60,"1\n120,1\n'), 400)).detail).toContain('Line 2')
  })

  test('is stored as far as it is good where that is asked for', async () => {
    const response = await post('time,actual\n300,1\n360,x\n420\n480,4\n', { ...csv, Prefer: 'handling=lenient' })
    const { refused, ...effect } = (await response.json()) as { refused: { pointer: string }[] }
    expect(effect).toMatchObject({ received: 4, changed: 2 })
    expect(refused.map(({ pointer }) => pointer)).toEqual(['#line=3', '#line=4'])
  })

  test('of 5,000 readings is taken, one more is 413', async () => {
    const lines = (length: number) => `time,actual\n${Array.from({ length }, (_, n) => `${n},1\n`).join('')}`
    expect(await (await post(lines(5_000))).json()).toMatchObject({ received: 5_000 })
    await problemOf(await post(lines(5_001)), 413)
  })
})

describe('gzip', () => {
  const packed = { 'Content-Encoding': 'gzip' }

  test('is unpacked, JSON and CSV', async () => {
    const json = { ...packed, 'Content-Type': 'application/json' }
    expect((await post(await gzip('{"time":600,"actual":1}'), json)).status).toBe(200)
    expect((await post(await gzip('time,actual\n660,2\n'), { ...packed, ...csv })).status).toBe(200)
    expect([await reading(600), await reading(660)]).toMatchObject([{ actual: 1 }, { actual: 2 }])
    expect((await world.engineer.send('POST', '/api/sprockets', { body: await gzip('{'), headers: json })).status).toBe(400)
  })

  test('that is none, breaks off or goes on is 400', async () => {
    const whole = new Uint8Array(await gzip('time,actual\n660,2\n'))
    for (const body of ['time,actual\n', new Uint8Array(0), whole.slice(0, -9), whole.slice(0, 12)])
      await problemOf(await post(body, { ...packed, ...csv }), 400)
  })

  test('that swells is given up', async () => {
    const bomb = await gzip(' '.repeat(64 * 1_048_576))
    expect(bomb.byteLength).toBeLessThan(100_000)
    await problemOf(await post(bomb, { ...packed, ...csv }), 413)
    await problemOf(await post(await gzip(`time,actual\n${' '.repeat(1_048_576)}`), { ...packed, ...csv }), 413)
  })

  test('is what is asked for where another encoding is sent', async () => {
    const response = await post('time,actual\n', { ...csv, 'Content-Encoding': 'br' })
    expect([response.status, response.headers.get('Accept-Encoding')]).toEqual([415, 'gzip'])
  })
})
