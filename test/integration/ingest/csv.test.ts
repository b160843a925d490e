import { beforeAll, describe, expect, test } from 'vitest'
import { createHarness, SEED } from '../../support/harness.ts'
import type { Harness } from '../../support/harness.ts'
import { pointersOf, problemOf } from '../../support/problem.ts'

// Promise: readings in CSV are stored as sent in each variant that spreadsheets write, also in gzip, or rejected with their line.

let harness: Harness
beforeAll(async () => {
  harness = await createHarness()
})

const chart = '/api/factory/1/chart-data'
const csv = { 'Content-Type': 'text/csv' }
const post = (body: BodyInit, headers: Record<string, string> = csv, path = chart) => harness.operator.send('POST', path, { body, headers })
const reading = async (time: number, id = 1) => (await harness.viewer.get(`/api/factory/${id}/chart-data/${time}`)).json()
const gzip = async (text: string) => new Response(new Response(text).body!.pipeThrough(new CompressionStream('gzip'))).arrayBuffer()

describe('CSV', () => {
  test.each([
    ['in the form of RFC 4180', 'time,actual,goal\r\n60,1,2\r\n120,,3\r\n'],
    ['with line feeds and no last line feed', 'time,actual,goal\n60,1,2\n120,,3'],
    [
      'with a byte order mark, semicolons and quotes, as spreadsheets write it',
      '\uFEFF"time";"actual";"goal"\r\n"60";"1";"2"\r\n120;;"3"\r\n',
    ],
    ['with tabs, spaces, empty lines and other column names', 'Sprocket_Production_Goal\tTIME\tactual\n\n 2 \t60\t1\n3\t120\t\n\n'],
    ['as this API writes it', 'time,iso_time,actual,goal\r\n60,1970-01-01T00:01:00Z,1,2\r\n120,1970-01-01T00:02:00Z,,3\r\n'],
    ['with sep=; as its first line, as Excel reads it', 'sep=;\r\ntime;actual;goal\r\n60;1;2\r\n120;;3\r\n'],
    ['with sep=, quoted and blank lines', '\n"sep=,"\n\ntime,actual,goal\n60,1,2\n120,,3\n'],
    ['with sep= of a tab', 'sep=\t\ntime\tactual\tgoal\n60\t1\t2\n120\t\t3\n'],
    ['with sep= of another delimiter', 'SEP=|\ntime|actual|goal\n60|1|2\n120||3\n'],
    ['with rows and trailing columns that are empty', ',,,\r\ntime,actual,goal,,\r\n60,1,2,,\r\n,,,,\r\n120,,3\r\n,,,\r\n , , \r\n'],
    ['with CRLF, LF and CR', 'time,actual,goal\r\n60,1,2\r\n\r120,"",3\n\n\r'],
    ['with a quoted header in other letter case and with spaces', '" TIME ";"Actual" ;" Goal"\n60;1;2\n120;;3\n'],
    ['with one zero after a decimal separator', 'time;actual;goal\n60,0;1,0;2.0\n120.0;;3\n'],
    ['in any order, and takes the last row of a time that is sent twice', 'time,actual,goal\n120,9,9\n60,1,2\n120,,3\n'],
  ])('POST chart-data reads CSV %s', async (_, body) => {
    await harness.engineer.put(chart, { readings: [] })
    expect(await (await post(body)).json()).toMatchObject({ changed: 2, latest: { time: 120, actual: null, goal: 3 } })
    expect(await reading(60)).toEqual({ time: 60, actual: 1, goal: 2 })
  })

  test('CSV leaves a value without a column unchanged, and clears a value with an empty field', async () => {
    await post('time,actual,goal\n60,1,2\n')
    await post('time,actual\n60,5\n')
    expect(await reading(60)).toEqual({ time: 60, actual: 5, goal: 2 })
    await post('time,goal\n60,\n')
    expect(await reading(60)).toEqual({ time: 60, actual: 5, goal: null })
  })

  test('CSV that the API sends can be put back unchanged', async () => {
    const out = await (await harness.viewer.get('/api/factory/2/chart-data?format=csv')).text()
    await harness.engineer.send('PUT', chart, { body: out, headers: csv })
    expect(await (await harness.viewer.get(chart)).json()).toEqual(SEED.factories[2]!.factory.chart_data)
  })

  test('POST /api/readings requires a factory column in CSV', async () => {
    const effect = await (await post('factory,time,actual\n1,60,7\n2,60,8\n', csv, '/api/readings')).json()
    expect(effect).toMatchObject({ received: 2, changed: 2 })
    expect([await reading(60, 1), await reading(60, 2)]).toMatchObject([{ actual: 7 }, { actual: 8 }])
    expect(await pointersOf(await post('factory,time,actual\n1,60,1\n99,60,1\n', csv, '/api/readings'))).toEqual(['#line=3'])
    expect(await pointersOf(await post('time,actual\n60,1\n', csv, '/api/readings'))).toEqual(['#line=1'])
  })

  test.each([
    ['semicolon', 'time;actual\r\n60;1\r\n', 1],
    ['tab', 'time\tgoal\n60\t1', 1],
    ['comma in quotes', '"time","actual"\n"60","1"\n', 1],
    ['semicolon, with commas in the fields', 'time;actual\n60,0;1,0\n120;1\n180;1\n', 3],
  ])('the delimiter of CSV is taken from the header: %s', async (_, body, received) => {
    expect(await (await post(body)).json()).toMatchObject({ received })
  })

  /** Values as spreadsheets may rewrite them. */
  const REWRITTEN = [
    ['1.000', ';'],
    ['1,000', ';'],
    ['1,5', ';'],
    ['1.5', ','],
    ['1.50', ','],
    ['1.00', ','],
    ['1 000', ','],
    ['1\u00a0000', ','],
    ['1\u202f000', ','],
    ["1'000", ','],
    ['1e3', ','],
    ['1E+03', ','],
    ['+5', ','],
    ['-5', ','],
    ['-0', ','],
    ['5-', ','],
    ['0x10', ','],
    ['5.', ','],
    ['.5', ','],
    ['٣', ','],
    ['５', ','],
    ['5%', ','],
    ['5 pcs', ','],
    ['#REF!', ','],
    ['TRUE', ','],
    ['null', ','],
    ['Infinity', ','],
    ['=5', ','],
    ['9007199254740992', ','],
    ['9007199254740993', ','],
    ['9007199254740991.5', ','],
    ['99999999999999999999', ','],
    ['1,000,000', ';'],
  ] as const
  test.each(REWRITTEN)('CSV with the value %s is rejected, with delimiter %s', async (value, delimiter) => {
    const body = `time${delimiter}actual\n60${delimiter}1\n120${delimiter}${value}\n`
    const { errors } = await problemOf(await post(body), 422)
    expect(errors).toEqual([
      {
        pointer: '#line=3',
        detail: expect.stringMatching(/^Line 3, actual: Not a count\. Send digits only, from 0 to 9007199254740991/) as string,
      },
    ])
  })

  test.each(['1.61121E+09', '1,61121E+09', '1.611.206.018', '1,611,206,018', '1611206018.5', '21/01/2021 05:13', '+60'])(
    'CSV with the time %s is rejected',
    async (time) => {
      const { errors } = await problemOf(await post(`time;actual\n${time};200\n`), 422)
      expect(errors![0]!.detail).toMatch(/^Line 2, time: Not a time\. Send Unix seconds as digits only, such as 1611206018\./)
    },
  )

  test.each([
    ['1611206018000', 'milliseconds'],
    ['1611206018000000', 'microseconds'],
    ['1611206018123456789', 'nanoseconds'],
  ])('CSV with the time %s is rejected because it looks like %s', async (time, unit) => {
    const { errors } = await problemOf(await post(`time,actual\n${time},1\n`), 422)
    expect(errors![0]!.detail).toBe(`Line 2, time: This looks like ${unit}; send seconds.`)
  })

  test('CSV with several invalid fields gets one error for each', async () => {
    const { errors } = await problemOf(await post('time,actual,goal\n60,1e3,-1\n,x,\n'), 422)
    expect(errors!.map(({ detail }) => detail.split(':')[0])).toEqual(['Line 2, actual', 'Line 2, goal', 'Line 3, time', 'Line 3, actual'])
  })

  test.each(['hour', 'day'])('CSV of sums by %s is rejected, because sums are not readings', async (resolution) => {
    const sums = await (await harness.viewer.get(`/api/factory/2/chart-data?format=csv&resolution=${resolution}`)).text()
    for (const send of [() => post(sums), () => harness.engineer.send('PUT', chart, { body: sums, headers: csv })]) {
      const { errors } = await problemOf(await send(), 422)
      expect(errors!.map(({ detail }) => detail)).toEqual(
        ['readings', 'goal_readings'].map(
          (name) =>
            `Line 1: The column ${name} belongs to sums of hours or days, which are not readings. Send the output of resolution=raw or /export.`,
        ),
      )
    }
  })

  test('CSV with an iso_time that differs from time is rejected, and an empty or equal iso_time is accepted', async () => {
    expect((await post('time,iso_time,actual\n60,1970-01-01 00:01:00Z,1\n120,,1\n180,1970-01-01T01:03:00+01:00,1\n')).status).toBe(200)
    for (const isoTime of ['1970-01-01T00:01:01Z', '01/01/1970 00:01', '1970-01-01T00:01:00']) {
      const { errors } = await problemOf(await post(`time,iso_time,actual\n60,${isoTime},1\n`), 422)
      expect(errors![0]!.detail).toMatch(/^Line 2, iso_time: Not the same instant as time, 60\./)
    }
  })

  test.each([
    ['a column without a name', 'time,,actual\n60,,1\n', 'Line 1: Column 2 has no name. Name or delete it.', 422],
    [
      'a field after the last column',
      'time,actual,\n60,1,5\n',
      'Line 2: The line has 3 fields for 2 columns. Send one field per column.',
      400,
    ],
    ['a row that ends early', 'time,actual,goal\n60,1\n', 'Line 2: The line has 2 fields for 3 columns. Send one field per column.', 400],
    ['a header after sep= and blank lines', 'sep=;\n\ntime;waste\n', 'Line 3: Unknown column waste. Rename or delete it.', 422],
    ['sep= and nothing else', 'sep=;', 'Line 1: Missing column time. Add it to the header.', 422],
  ])('CSV with %s is rejected', async (_, body, detail, status) => {
    const { errors } = await problemOf(await post(body), status)
    expect(errors!.map((each) => each.detail)).toContain(detail)
  })

  test.each(['text/csv; charset=utf-8; header=present', 'application/csv', 'Application/VND.MS-Excel', 'text/tab-separated-values'])(
    'POST chart-data reads CSV as %s, as browsers and spreadsheets call it',
    async (type) => {
      expect((await post('time\tactual\n60\t1\n', { 'Content-Type': type })).status).toBe(200)
    },
  )

  test('CSV with another media type gets 415, which names every accepted type', async () => {
    const response = await post('time,actual\n', { 'Content-Type': 'text/plain' })
    expect(response.headers.get('Accept')).toBe(
      'application/json, text/csv, application/csv, application/vnd.ms-excel, text/tab-separated-values',
    )
    expect((await problemOf(response, 415)).detail).toBe(
      'Content-Type is missing or not supported. Send the body as application/json, text/csv, application/csv, application/vnd.ms-excel, or text/tab-separated-values.',
    )
  })

  test.each([
    ['a value below 0', 'time,actual\n60,1\n120,-1\n', 'Line 3, actual: '],
    ['a fraction', 'time,actual\n60,1.5\n', 'Line 2, actual: '],
    ['a word', 'time,goal\n60,NaN\n', 'Line 2, goal: '],
    ['no time', 'time,goal\n,5\n', 'Line 2, time: '],
    ['milliseconds', 'time,goal\n1611194818000,5\n', 'Line 2, time: This looks like milliseconds; send seconds.'],
    ['times alone', 'time\n60\n', 'Line 2: The reading has no figure. Send actual, goal, scrap or several.'],
    ['an invalid row after a row of two lines', 'time,actual\n"60\n",1\n120,x\n', 'Line 4, actual: '],
    ['no header', '60,1\n', 'Line 1: Missing column time.'],
    ['an unknown column', 'time,actual,waste\n60,1,1\n', 'Line 1: Unknown column waste.'],
    ['a column with the name of a member of every object', 'time,constructor\n60,1\n', 'Line 1: Unknown column constructor.'],
    ['a column with the name of the prototype', 'time,__proto__\n60,1\n', 'Line 1: Unknown column __proto__.'],
    ['a column twice', 'time,actual,actual\n60,1,1\n', 'Line 1: Duplicate column actual.'],
    ['nothing at all', '', 'Line 1: the header is missing. Send one such as time,actual,goal,scrap.'],
  ])('CSV with %s is rejected with the line of the error', async (_, body, detail) => {
    const before = await (await harness.viewer.get(chart)).json()
    const { errors } = await problemOf(await post(body), 422)
    expect(errors![0]!.detail).toContain(detail)
    expect(errors![0]!.pointer).toBe(`#line=${/Line (\d)/.exec(detail)![1]}`)
    expect(await (await harness.viewer.get(chart)).json()).toEqual(before)
  })

  test('CSV that cannot be read gets 400 with the lines of the errors', async () => {
    const { errors } = await problemOf(await post('time,actual\n60,1\n120\n180,1,1\n'), 400)
    expect(errors).toEqual([
      { pointer: '#line=3', detail: 'Line 3: The line has 1 fields for 2 columns. Send one field per column.' },
      { pointer: '#line=4', detail: 'Line 4: The line has 3 fields for 2 columns. Send one field per column.' },
    ])
    expect((await problemOf(await post('time,actual\n60,"1\n120,1\n'), 400)).detail).toContain('Line 2')
  })

  test('handling=lenient stores the valid rows of CSV', async () => {
    const response = await post('time,actual\n300,1\n360,x\n420\n480,4\n', { ...csv, Prefer: 'handling=lenient' })
    const { refused, ...effect } = (await response.json()) as { refused: { pointer: string }[] }
    expect(effect).toMatchObject({ received: 4, changed: 2 })
    expect(refused.map(({ pointer }) => pointer)).toEqual(['#line=3', '#line=4'])
  })

  test('CSV of 5,000 readings is accepted, and of one more gets 413', async () => {
    const lines = (length: number) => `time,actual\n${Array.from({ length }, (_, n) => `${n},1\n`).join('')}`
    expect(await (await post(lines(5_000))).json()).toMatchObject({ received: 5_000 })
    await problemOf(await post(lines(5_001)), 413)
  })
})

describe('gzip', () => {
  const gzipEncoding = { 'Content-Encoding': 'gzip' }

  test('gzip of JSON and of CSV is unpacked', async () => {
    const json = { ...gzipEncoding, 'Content-Type': 'application/json' }
    expect((await post(await gzip('{"time":600,"actual":1}'), json)).status).toBe(200)
    expect((await post(await gzip('time,actual\n660,2\n'), { ...gzipEncoding, ...csv })).status).toBe(200)
    expect([await reading(600), await reading(660)]).toMatchObject([{ actual: 1 }, { actual: 2 }])
    expect((await harness.engineer.send('POST', '/api/sprockets', { body: await gzip('{'), headers: json })).status).toBe(400)
  })

  test('gzip that is missing, empty or truncated gets 400', async () => {
    const complete = new Uint8Array(await gzip('time,actual\n660,2\n'))
    for (const body of ['time,actual\n', new Uint8Array(0), complete.slice(0, -9), complete.slice(0, 12)])
      await problemOf(await post(body, { ...gzipEncoding, ...csv }), 400)
  })

  test('gzip of several members is unpacked as one body', async () => {
    const members = await Promise.all(['time,actual\n', '', '720,3\n', '780,4\n'].map(gzip))
    const body = await new Blob(members).arrayBuffer()
    expect(await (await post(body, { ...gzipEncoding, ...csv })).json()).toMatchObject({ received: 2 })
    expect([await reading(720), await reading(780)]).toMatchObject([{ actual: 3 }, { actual: 4 }])
  })

  test('gzip with trailing bytes or a damaged member gets 400', async () => {
    const complete = await gzip('time,actual\n660,2\n')
    const damaged = new Uint8Array(complete.slice(0))
    damaged[damaged.length - 6]! ^= 1
    const tails = [[0], [0, 0, 0], [0, 120], [31], [31, 139], [120, 121, 122]].map((bytes) => new Uint8Array(bytes))
    for (const tail of [...tails, damaged, new Uint8Array(complete).slice(0, 12)])
      await problemOf(await post(await new Blob([complete, tail]).arrayBuffer(), { ...gzipEncoding, ...csv }), 400)
    const zlib = await new Response(new Response('time,actual\n').body!.pipeThrough(new CompressionStream('deflate'))).arrayBuffer()
    await problemOf(await post(zlib, { ...gzipEncoding, ...csv }), 400)
  })

  test('gzip of many members gets 413 when they exceed 1 MiB together', async () => {
    const member = await gzip(' '.repeat(1_000))
    await problemOf(await post(await new Blob(Array.from({ length: 1_100 }, () => member)).arrayBuffer(), { ...gzipEncoding, ...csv }), 413)
  })

  test('gzip gets 413 when it exceeds 1 MiB unpacked', async () => {
    const bomb = await gzip(' '.repeat(64 * 1_048_576))
    expect(bomb.byteLength).toBeLessThan(100_000)
    await problemOf(await post(bomb, { ...gzipEncoding, ...csv }), 413)
    await problemOf(await post(await gzip(`time,actual\n${' '.repeat(1_048_576)}`), { ...gzipEncoding, ...csv }), 413)
  })

  test('another content encoding gets 415 with Accept-Encoding: gzip', async () => {
    const response = await post('time,actual\n', { ...csv, 'Content-Encoding': 'br' })
    expect([response.status, response.headers.get('Accept-Encoding')]).toEqual([415, 'gzip'])
  })
})
