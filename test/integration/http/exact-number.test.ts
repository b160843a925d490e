import fc from 'fast-check'
import { beforeAll, describe, expect, test } from 'vitest'
import { InexactNumber, parseExact, parseExactJson } from '../../../src/http/exact-number.ts'
import { createHarness } from '../../support/harness.ts'
import type { Harness } from '../../support/harness.ts'
import { problemOf } from '../../support/problem.ts'

// Promise: numbers are stored exactly as sent or rejected, and sums of hours and days are not taken for readings.

describe('parseExact', () => {
  test('parseExact returns every double from its shortest form, and a whole number only if it is exact', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (number) => {
        expect(parseExact(String(number)) - number).toBe(0)
      }),
    )
    fc.assert(
      fc.property(fc.bigInt({ min: -(2n ** 54n), max: 2n ** 54n }), fc.integer({ min: 0, max: 3 }), (number, zeros) => {
        const literal = `${number}${zeros ? '.' : ''}${'0'.repeat(zeros)}`
        if (BigInt(Number(number)) !== number) expect(parseExact(literal)).toBeNaN()
        else if (-(2n ** 53n) < number && number < 2n ** 53n) expect(parseExact(literal)).toBe(Number(number))
      }),
    )
  })

  test.each([
    '9007199254740993',
    '1.0000000000000000001',
    '0.99999999999999999999',
    '1e400',
    '-1e400',
    '1e-400',
    '9007199254740992.5',
    '4.9e-325',
  ])('parseExact returns NaN for %s, which would be rounded', (literal) => expect(parseExact(literal)).toBeNaN())

  test.each([
    '0',
    '-0',
    '0e99999999999999999999',
    '0.10',
    '1.50',
    '1e3',
    '1E+03',
    '0.1',
    '5e-324',
    '1.7976931348623157e308',
    '9007199254740991.0',
  ])('parseExact returns the value of %s', (literal) => expect(parseExact(literal)).toBe(Number(literal)))
})

test('parseExactJson returns what JSON.parse returns if no number is rounded, and throws only SyntaxError', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      expect(parseExactJson(JSON.stringify(value))).toEqual(JSON.parse(JSON.stringify(value)))
    }),
  )
  expect(parseExactJson('{"a":"1e400 9007199254740993","9007199254740993":[1.50]}')).toEqual({
    a: '1e400 9007199254740993',
    '9007199254740993': [1.5],
  })
  expect(parseExactJson('[1e400,{"a":9007199254740993}]')).toEqual([expect.any(InexactNumber), { a: expect.any(InexactNumber) as unknown }])
  for (const text of ['1e', '1e400x', '{"a":1.}', '']) expect(() => parseExactJson(text)).toThrow(SyntaxError)
})

describe('a number that would be rounded', () => {
  let harness: Harness
  beforeAll(async () => {
    harness = await createHarness()
  })
  const json = { 'Content-Type': 'application/json' }
  const chart = '/api/factory/1/chart-data'
  const ROUNDED = /^The number would be rounded/

  const LITERALS = ['9007199254740993', '1.0000000000000000001', '1e400', '0.99999999999999999999', '9007199254740990.9']
  test.each(LITERALS)('%s would be rounded and is rejected with its pointer, in every shape', async (literal) => {
    const bodies: [method: string, path: string, body: string, pointer: string][] = [
      ['POST', chart, `{"time":60,"actual":${literal}}`, '#/actual'],
      ['POST', chart, `{"readings":[{"time":60,"actual":1},{"time":61,"goal":${literal}}]}`, '#/readings/1/goal'],
      ['POST', chart, `{"time":[60,61],"sprocket_production_actual":[1,${literal}]}`, '#/sprocket_production_actual/1'],
      ['PUT', chart, `{"time":60,"actual":${literal}}`, '#/actual'],
      ['PUT', `${chart}/60`, `{"actual":${literal}}`, '#/actual'],
      ['POST', '/api/readings', `{"readings":[{"factory":1,"time":60,"actual":${literal}}]}`, '#/readings/0/actual'],
      ['POST', '/api/readings', `{"readings":[{"factory":${literal},"time":60,"actual":1}]}`, '#/readings/0/factory'],
      [
        'POST',
        '/api/factories',
        `{"chart_data":{"time":[60],"sprocket_production_goal":[${literal}]}}`,
        '#/chart_data/sprocket_production_goal/0',
      ],
      ['POST', '/api/sprockets', `{"teeth":5,"pitch_diameter":${literal},"outside_diameter":6,"pitch":1}`, '#/pitch_diameter'],
    ]
    for (const [method, path, body, pointer] of bodies) {
      const { errors } = await problemOf(await harness.engineer.send(method, path, { body, headers: json }), 422)
      expect(errors, body).toEqual([{ pointer, detail: expect.stringMatching(ROUNDED) as string }])
    }
  })

  test.each([
    ['1611206018123', 'milliseconds'],
    ['1611206018123456', 'microseconds'],
    ['1611206018123456789', 'nanoseconds'],
    ['1611206018000000000', 'nanoseconds'],
    ['1611206018000.0000001', 'milliseconds'],
  ])('a time of %s is rejected because it looks like %s', async (literal, unit) => {
    for (const body of [`{"time":${literal},"actual":1}`, `{"time":[${literal}],"sprocket_production_actual":[1]}`]) {
      const { errors } = await problemOf(await harness.operator.send('POST', chart, { body, headers: json }), 422)
      expect(errors![0]!.detail).toBe(`This looks like ${unit}; send seconds.`)
    }
  })

  test('a lenient request leaves out only the reading whose number would be rounded', async () => {
    const body = '{"readings":[{"time":60,"actual":7},{"time":61,"actual":9007199254740993}]}'
    const response = await harness.operator.send('POST', chart, { body, headers: { ...json, Prefer: 'handling=lenient' } })
    expect(await response.json()).toMatchObject({ received: 2, refused: [{ pointer: '#/readings/1/actual' }] })
    expect(await (await harness.viewer.get(`${chart}/60`)).json()).toMatchObject({ actual: 7 })
  })

  test('POST chart-data takes exact numbers in any form', async () => {
    const body = '{"readings":[{"time":6.0e1,"actual":-0},{"time":120,"actual":9007199254740991,"goal":5.0}]}'
    expect((await harness.operator.send('POST', chart, { body, headers: json })).status).toBe(200)
    expect(await (await harness.viewer.get(`${chart}/60`)).json()).toMatchObject({ time: 60, actual: 0 })
    expect(await (await harness.viewer.get(`${chart}/120`)).json()).toMatchObject({ actual: 9007199254740991, goal: 5 })
  })
})

describe('sums that are sent as readings', () => {
  let harness: Harness
  beforeAll(async () => {
    harness = await createHarness()
  })
  const chart = '/api/factory/1/chart-data'
  const SUMS_DETAIL = 'belongs to sums of hours or days, which are not readings'

  test.each(['hour', 'day'])('POST chart-data rejects sums by %s, as a list, a single reading and columns', async (resolution) => {
    const rows = (await (await harness.viewer.get(`${chart}?format=rows&resolution=${resolution}`)).json()) as object[]
    const bodies: [body: unknown, pointers: string[]][] = [
      [{ readings: rows.slice(0, 1) }, ['#/readings/0/readings', '#/readings/0/goal_readings']],
      [rows[0], ['#/readings', '#/goal_readings']],
      [{ time: [60], sprocket_production_actual: [1], readings: [20], goal_readings: [20] }, ['#/readings', '#/goal_readings']],
    ]
    for (const [body, pointers] of bodies) {
      const { errors } = await problemOf(await harness.operator.post(chart, body), 422)
      expect(errors!.map(({ pointer }) => pointer)).toEqual(pointers)
      for (const { detail } of errors!) expect(detail).toContain(SUMS_DETAIL)
    }
    expect((await problemOf(await harness.operator.post(chart, rows), 422)).errors![0]!.detail).toContain('{"readings":[…]}')
  })
})
