import { InfluxDB, Point } from '@influxdata/influxdb-client'
import { afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { addKey, createHarness, apiKeyOf } from '../../support/harness.ts'
import type { Harness } from '../../support/harness.ts'
import { problemOf } from '../../support/problem.ts'

// Promise: readings in line protocol are stored as Telegraf and the client libraries of InfluxDB send them.

let harness: Harness
beforeAll(async () => {
  harness = await createHarness()
})
afterEach(() => {
  vi.unstubAllGlobals()
})

const write = '/api/v2/write'
const text = { 'Content-Type': 'text/plain; charset=utf-8' }
const post = (body: string, query = '', headers: Record<string, string> = text) =>
  harness.operator.send('POST', `${write}${query}`, { body, headers })
const reading = async (time: number, id = 1) => (await harness.viewer.get(`/api/factory/${id}/chart-data/${time}`)).json()

describe('the line protocol', () => {
  test.each([
    ['integers, in nanoseconds', 'production,factory=1 actual=5i,goal=6i 60000000000', ''],
    ['a second that is not whole', 'production,factory=1 actual=5i,goal=6i 60999999999', ''],
    ['microseconds', 'production,factory=1 actual=5i,goal=6i 60000000', '?precision=us'],
    ['milliseconds', 'production,factory=1 actual=5i,goal=6i 60999', '?precision=ms'],
    ['seconds', 'production,factory=1 actual=5i,goal=6i 60', '?precision=s&org=x&bucket=y'],
    [
      'floats that are whole, unsigned integers, other tags',
      'production,host=a\\ b\\,c,factory=1,line=2 actual=5,goal=6u 60',
      '?precision=s',
    ],
    ['comments, empty lines, carriage returns', '# a\r\n\r\n  production,factory=1 actual=5.0,goal=6e0 60  \r\n', '?precision=s'],
    ['the values of a reading in separate lines', 'production,factory=1 actual=5i 60\nproduction,factory=1 goal=6i 60', '?precision=s'],
    [
      'a time sent twice, of which the last wins',
      'production,factory=1 actual=1i 60\nproduction,factory=1 actual=5i,goal=6i 60',
      '?precision=s',
    ],
  ])('POST /api/v2/write takes %s', async (_, body, query) => {
    await harness.operator.put('/api/factory/1/chart-data/60', { actual: null, goal: null })
    const response = await post(body, query)
    expect([response.status, await response.text()]).toEqual([204, ''])
    expect(response.headers.get('x-d1-bookmark')).toMatch(/^[0-9a-f-]+$/)
    expect(await reading(60)).toEqual({ time: 60, actual: 5, goal: 6 })
  })

  test('POST /api/v2/write takes times before 1970, and the current time for a line without one', async () => {
    expect((await post('production,factory=1 actual=5i -1500', '?precision=ms')).status).toBe(204)
    expect(await reading(-2)).toMatchObject({ actual: 5 })
    expect((await post('production,factory=2 actual=5i')).status).toBe(204)
    expect(await reading(Math.floor(harness.clock.now() / 1000), 2)).toMatchObject({ actual: 5 })
    expect((await harness.operator.send('POST', write, { body: new TextEncoder().encode('# nothing') })).status).toBe(204)
  })

  test.each([
    ['a line of another format', 'hello', 400],
    ['no fields', 'production,factory=1', 400],
    ['another measurement', 'cpu,factory=1 actual=1i', 400],
    ['a tag without a value', 'production,factory actual=1i', 400],
    ['a field without a value', 'production,factory=1 actual', 400],
    ['another field', 'production,factory=1 waste=1i', 400],
    ['a malformed timestamp', 'production,factory=1 actual=1i now', 400],
    ['a field twice', 'production,factory=1 actual=1i,actual=2i 60', 400],
    ['a factory twice', 'production,factory=1,factory=2 actual=1i 60', 400],
    ['a float that would be rounded', 'production,factory=1 actual=1.0000000000000000001 60000000000', 422],
    ['no factory', 'production,line=1 actual=1i', 422],
    ['a factory that does not exist', 'production,factory=99 actual=1i', 422],
    ['a factory that is not a number', 'production,factory=x actual=1i', 422],
    ['a text', 'production,factory=1 actual="5"', 422],
    ['a fraction', 'production,factory=1 actual=5.5', 422],
    ['a value below 0', 'production,factory=1 actual=-5i', 422],
    ['a value that is too large', 'production,factory=1 actual=9007199254740993i', 422],
    ['a time far ahead because its precision is another', 'production,factory=1 actual=1i 1611194818000000000', 422, '?precision=us'],
  ])('POST /api/v2/write rejects %s with its line', async (_, body, status, query = '') => {
    const { errors } = await problemOf(await post(`production,factory=1 actual=1i 0\n${body}\n`, query), status)
    expect(errors!.map(({ pointer }) => pointer)).toEqual(['#line=2'])
    expect(errors![0]!.detail).toMatch(/^Line 2[:,]/)
    expect((await harness.viewer.get('/api/factory/1/chart-data/0')).status).toBe(404)
  })

  test.each([
    ['', 'seconds', 'nanoseconds', '1611206018', 's'],
    ['', 'milliseconds', 'nanoseconds', '1611206018000', 'ms'],
    ['', 'microseconds', 'nanoseconds', '1611206018000000', 'us'],
    ['us', 'seconds', 'microseconds', '1611206018', 's'],
    ['us', 'milliseconds', 'microseconds', '1611206018000', 'ms'],
    ['us', 'nanoseconds', 'microseconds', '1611206018000000000', 'ns'],
    ['ms', 'seconds', 'milliseconds', '1611206018', 's'],
    ['ms', 'microseconds', 'milliseconds', '1611206018000000', 'us'],
    ['ms', 'nanoseconds', 'milliseconds', '1611206018000000000', 'ns'],
    ['s', 'milliseconds', 'seconds', '1611206018000', 'ms'],
    ['s', 'microseconds', 'seconds', '1611206018000000', 'us'],
    ['s', 'nanoseconds', 'seconds', '1611206018000000000', 'ns'],
  ])(
    'POST /api/v2/write rejects a timestamp with precision "%s" that looks like %s',
    async (precision, likely, sent, timestamp, correct) => {
      const line = `production,factory=1 actual=5i ${timestamp}`
      const { errors } = await problemOf(await post(line, precision && `?precision=${precision}`), 422)
      const detail = `Line 1, time: This looks like ${likely}; send ${sent} or set precision=${correct}.`
      expect(errors).toEqual([{ pointer: '#line=1', detail }])
      expect((await post(line, `?precision=${correct}`)).status).toBe(204)
    },
  )

  const SAME_SECOND = /^Line \d, time: Same second as line (\d)\. Add them up and send one line per second, or set precision/
  test.each([
    ['milliseconds', '?precision=ms', ['1611206018000', '1611206018999'], [2, 1]],
    ['microseconds', '?precision=us', ['1611206018000000', '1611206018000001', '1611206018000001'], [2, 1, 1]],
    ['nanoseconds', '', ['1611206018000000001', '1611206018000000001', '1611206018000000002'], [3, 3, 1]],
    ['nanoseconds before 1970', '', ['-1', '-2'], [2, 1]],
  ])(
    'POST /api/v2/write rejects distinct timestamps of one second in %s and names the other line',
    async (_, query, timestamps, others) => {
      const lines = timestamps.map((timestamp, n) => `production,factory=1 ${n % 2 ? 'goal' : 'actual'}=${n}i ${timestamp}`)
      const { errors } = await problemOf(await post(lines.join('\n'), query), 422)
      expect(errors!.map(({ detail }) => Number(SAME_SECOND.exec(detail)?.[1]))).toEqual(others)
    },
  )

  test('POST /api/v2/write takes one second for two factories, and two seconds that are a nanosecond apart', async () => {
    const body =
      'production,factory=1 actual=1i 59999999999\nproduction,factory=1 actual=2i 60000000000\nproduction,factory=2 actual=3i 59000000000'
    expect((await post(body)).status).toBe(204)
    expect(await Promise.all([reading(59), reading(60), reading(59, 2)])).toMatchObject([{ actual: 1 }, { actual: 2 }, { actual: 3 }])
  })

  test('POST /api/v2/write rejects lines without a timestamp that would overwrite each other', async () => {
    const both = 'production,factory=1 actual=1i\nproduction,factory=1 goal=2i'
    expect((await post(both)).status).toBe(204)
    const { errors } = await problemOf(await post(`${both}\nproduction,factory=1 actual=3i`), 422)
    const advice = 'Send a timestamp with each line, or one line per second.'
    expect(errors!.map(({ detail }) => detail)).toEqual([
      `Line 1, time: Same second as line 3. ${advice}`,
      `Line 3, time: Same second as line 1. ${advice}`,
    ])
    const now = `${Math.floor(harness.clock.now() / 1000)}000000000`
    await problemOf(await post(`production,factory=1 actual=1i\nproduction,factory=1 goal=2i ${now}`), 422)
  })

  test('a lenient request stores the valid lines and lists every line of a second that has several', async () => {
    const stamps = ['1611206018000', '1611206018500', '1611206019000']
    const lines = stamps.map((stamp) => `production,factory=2 actual=9i ${stamp}`)
    const response = await post(lines.join('\n'), '?precision=ms', { ...text, Prefer: 'handling=lenient' })
    expect([response.status, response.headers.get('X-Refused-Lines')]).toEqual([204, '1, 2'])
    expect(await reading(1_611_206_019, 2)).toMatchObject({ actual: 9 })
  })

  test('a lenient request stores the valid lines and lists the others', async () => {
    const body = 'production,factory=1 actual=8i 600\nhello\nproduction,factory=99 actual=1i 600'
    const response = await post(body, '?precision=s', { ...text, Prefer: 'handling=lenient' })
    expect([response.status, response.headers.get('X-Refused-Count'), response.headers.get('X-Refused-Lines')]).toEqual([204, '2', '2, 3'])
    expect(await reading(600)).toMatchObject({ actual: 8 })
    const valid = await post('production,factory=1 actual=8i 600', '?precision=s', { ...text, Prefer: 'handling=lenient' })
    expect([valid.status, valid.headers.has('X-Refused-Lines')]).toEqual([204, false])
  })

  test('a lenient request gets the first rejected lines in a bounded header, and the reasons are logged without API keys', async () => {
    const lines: string[] = []
    const log = (line: string) => lines.push(line)
    const here = harness.elsewhere({ ...harness.isolate, log })
    const body = `production,factory=1 ${apiKeyOf('operator')}=1i 600\n${'hello\n'.repeat(5_000 - 1)}`
    const response = await here.operator.send('POST', `${write}?precision=s`, { body, headers: { ...text, Prefer: 'handling=lenient' } })
    expect([response.status, response.headers.get('X-Refused-Count')]).toEqual([204, '5000'])
    expect(response.headers.get('X-Refused-Lines')).toBe(Array.from({ length: 50 }, (_, n) => n + 1).join(', '))
    const entry = lines.find((line) => line.includes('"refused":5000'))!
    expect(JSON.parse(entry)).toMatchObject({ request_id: response.headers.get('X-Request-Id'), reasons: expect.any(Array) as string[] })
    expect(entry).toContain('Line 1: Unknown field')
    expect(entry).not.toContain(apiKeyOf('operator'))
    expect(entry.length).toBeLessThan(1_500)
  })

  test('a lenient request repeated with its Idempotency-Key gets the same list of rejected lines', async () => {
    const headers = { ...text, Prefer: 'handling=lenient', 'Idempotency-Key': crypto.randomUUID() }
    const send = () => post('production,factory=1 actual=4i 600\nhello', '?precision=s', headers)
    const summarize = async (response: Response) => [
      response.status,
      response.headers.get('X-Refused-Lines'),
      response.headers.get('Idempotent-Replayed'),
    ]
    expect(await summarize(await send())).toEqual([204, '2', null])
    await harness.drain()
    expect(await summarize(await send())).toEqual([204, '2', 'true'])
  })

  test('POST /api/v2/write responds 400 to an unknown precision', async () => {
    await problemOf(await post('', '?precision=h'), 400)
  })

  test.each([
    'application/x-www-form-urlencoded',
    'application/octet-stream',
    'application/json',
    'text/plain; charset=us-ascii',
    'nonsense',
    '',
  ])('POST /api/v2/write takes lines with the media type "%s"', async (type) => {
    const body = new TextEncoder().encode('production,factory=1 actual=5i 60')
    const response = await post(body as unknown as string, '?precision=s', type === '' ? {} : { 'Content-Type': type })
    expect(response.status).toBe(204)
  })

  test.each([
    ['a line that cannot be read', 'hello', 400, 'invalid', /see `errors`\. Line 1: Not line protocol/],
    ['an invalid line', 'production,factory=1 actual=-1i 60', 422, 'unprocessable entity', /Line 1, actual: /],
    ['many invalid lines', 'x\n'.repeat(30), 400, 'invalid', /Line 3: .* And 17 more\.$/],
  ])('POST /api/v2/write explains %s to Telegraf in code and message', async (_, body, status, code, message) => {
    expect(await problemOf(await post(body, '?precision=s'), status)).toMatchObject({
      code,
      message: expect.stringMatching(message) as string,
    })
  })

  test('the problems of /api/v2 have a code for Telegraf, and those of other routes have none', async () => {
    const codeOf = async (response: Response, status: number) => (await problemOf(response, status)).code
    expect(await codeOf(await harness.anonymous.send('POST', write), 401)).toBe('unauthorized')
    expect(await codeOf(await harness.viewer.send('POST', write), 403)).toBe('forbidden')
    expect(await codeOf(await harness.operator.get(write), 405)).toBe('method not allowed')
    expect(await codeOf(await harness.operator.get('/api/v2/nowhere'), 404)).toBe('not found')
    expect(await codeOf(await harness.operator.get('/api/nowhere'), 404)).toBeUndefined()
  })

  test('POST /api/v2/write rejects factories outside the scope of the key', async () => {
    await addKey(1, 'limited-writer', 'operator', { factories: '[2]' })
    const limited = (body: string) => harness.as('limited-writer').send('POST', write, { body, headers: text })
    expect((await limited('production,factory=2 actual=1i 60')).status).toBe(204)
    await problemOf(await limited('production,factory=1 actual=1i 60'), 422)
    await problemOf(await harness.viewer.send('POST', write, { body: '', headers: text }), 403)
  })
})

describe('the probes of InfluxDB clients', () => {
  test.each(['/ping', '/api/v2/ping', '/ping/'])('%s responds 204 to GET and HEAD, with a version', async (path) => {
    for (const method of ['GET', 'HEAD']) {
      const response = await harness.anonymous.send(method, path)
      expect([response.status, response.headers.get('X-Influxdb-Version')]).toEqual([204, '2.0.0'])
    }
  })

  test('/health responds with the status "pass"', async () => {
    const health = await (await harness.anonymous.get('/health')).json()
    expect(health).toEqual({ name: 'sprocket-telemetry', message: 'ready for queries and writes', status: 'pass', version: '1.0.0' })
  })
})

describe('the client library of InfluxDB', () => {
  /** Returns a write API of the library whose requests go to the Worker. */
  const openWriteApi = (token: string) => {
    vi.stubGlobal('fetch', (url: string, init: RequestInit) =>
      harness.anonymous.send(init.method!, url.replace('https://api.test', ''), { ...init, headers: new Headers(init.headers) }),
    )
    return new InfluxDB({ url: 'https://api.test', token }).getWriteApi('any', 'any', 's', { maxRetries: 0 })
  }

  test('the client library of InfluxDB writes points', async () => {
    const api = openWriteApi(apiKeyOf('operator'))
    api.writePoint(
      new Point('production').tag('factory', '1').tag('line', 'a b').intField('actual', 41).intField('goal', 40).timestamp(3_600),
    )
    api.writePoints([0, 2].map((id) => new Point('production').tag('factory', String(id)).floatField('actual', 7).timestamp(3_600)))
    await api.close()
    expect([await reading(3_600, 0), await reading(3_600, 1), await reading(3_600, 2)]).toEqual([
      { time: 3_600, actual: 7, goal: null },
      { time: 3_600, actual: 41, goal: 40 },
      { time: 3_600, actual: 7, goal: null },
    ])
  })

  test('the client library of InfluxDB gets the status and the reason of a rejected write', async () => {
    const api = openWriteApi(apiKeyOf('operator'))
    api.writePoint(new Point('production').tag('factory', '99').intField('actual', 1).timestamp(60))
    await expect(api.close()).rejects.toMatchObject({ statusCode: 422, body: expect.stringContaining('Factory 99 not found.') as string })
    const unauthorized = openWriteApi('spk_none')
    unauthorized.writePoint(new Point('production').tag('factory', '1').intField('actual', 1).timestamp(60))
    await expect(unauthorized.close()).rejects.toMatchObject({ statusCode: 401 })
  })

  test('the scheme Token of InfluxDB clients is accepted by no other route', async () => {
    const response = await harness.anonymous.get('/api/factories', { Authorization: `Token ${apiKeyOf('viewer')}` })
    await problemOf(response, 401)
  })
})
