import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { beforeAll, describe, expect, test, vi } from 'vitest'
import { checkRecords } from '../../../src/ingest/check-records.ts'
import { cutJson } from '../../../src/http/json-bounds.ts'
import { LIMITS } from '../../../src/schemas/limits.ts'
import { ReadingIn } from '../../../src/schemas/readings.ts'
import { createHarness } from '../../support/harness.ts'
import type { Harness } from '../../support/harness.ts'
import { problemOf } from '../../support/problem.ts'
import type { ProblemBody } from '../../support/problem.ts'

// Promise: a hostile body of up to 1 MiB costs little to parse and to reject, and is never stored in part.

/** Returns items separated by commas, as many as fit into the largest body. */
const fill = (item: (index: number) => string): string => {
  const items: string[] = []
  for (let length = 200; length < LIMITS.bodyBytes; length += items.at(-1)!.length + 1) items.push(item(items.length))
  items.pop()
  return items.join(',')
}
const NAMES = Array.from({ length: LIMITS.fieldErrors }, (_, index) => `unknown${index}`)
const MEMBERS = `${NAMES.map((name) => `"${name}":1`).join(',')},${fill((index) => `"${index.toString(36)}x":1.5`).slice(0, -400)}`
const NESTED = '['.repeat(400_000) + ']'.repeat(400_000)

/** Cuts and parses a body. Returns its value, the length of the text that was parsed, and the place of the cut. */
const parse = (text: string) => {
  const { text: bounded, cut } = cutJson(text)
  return { value: JSON.parse(bounded) as unknown, length: bounded.length, cut }
}

describe('cutJson', () => {
  test('cutJson returns a text within the bounds unchanged', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: LIMITS.bodyDepth - 1, noUnicodeString: false }), (value) => {
        const text = JSON.stringify(value)
        expect(cutJson(text)).toEqual({ text })
      }),
    )
    const readings = Array.from({ length: LIMITS.readings }, (_, time) => ({ factory: 1, time, actual: 1, goal: null }))
    const text = JSON.stringify({ readings })
    expect(cutJson(text).cut).toBeUndefined()
  })

  test('cutJson returns the text before the cut and closes its brackets', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 4 }), fc.string(), (value, name) => {
        const many = JSON.stringify(Array.from({ length: LIMITS.readings + 9 }, () => 1))
        const result = parse(`{"before":${JSON.stringify(value)},${JSON.stringify(`x${name}`)}:${many},"after":1}`)
        expect(result.value).toEqual({
          before: JSON.parse(JSON.stringify(value)) as unknown,
          [`x${name}`]: Array.from({ length: LIMITS.readings + 1 }, () => 1),
        })
        expect(result.cut).toEqual({ bound: 'items', path: [`x${name}`] })
      }),
      { numRuns: 30 },
    )
  })

  test.each([
    ['members of an object', `{${MEMBERS}}`, 'members', []],
    ['members of a reading', `{"readings":[{"time":1},{${MEMBERS}}]}`, 'members', ['readings', 1]],
    ['items of an array', `{"time":[${fill(() => '1.5')}]}`, 'items', ['time']],
    ['nested arrays', NESTED, 'depth', [0, 0, 0, 0, 0, 0, 0]],
    ['nested objects', '{"a":'.repeat(100_000), 'depth', ['a', 'a', 'a', 'a', 'a', 'a', 'a']],
    [
      'readings with unknown members',
      `{"readings":[${fill(() => '{"a":1,"b":1,"c":1,"d":1,"e":1,"f":1}')}]}`,
      'values',
      ['readings', 4314],
    ],
  ] as const)('cutJson cuts 1 MiB of %s to less than 170,000 characters', (_, text, bound, path) => {
    const { length, cut } = parse(text)
    expect(cut).toEqual({ bound, path })
    expect(length).toBeLessThan(170_000)
  })

  test('cutJson never makes malformed text well-formed', () => {
    for (const text of [`[${',1'.repeat(LIMITS.readings + 9)}`, `{"a":"${'\\"'.repeat(99)}`, `{${',"a":1'.repeat(200)}}`, ']'.repeat(99)])
      expect(() => parse(text)).toThrow(SyntaxError)
  })
})

describe('a body of 1 MiB of unknown members', () => {
  let harness: Harness
  beforeAll(async () => {
    harness = await createHarness()
  })

  const JSON_TYPE = { 'Content-Type': 'application/json' }
  const pointersOf = async (response: Response) => (await problemOf(response, 422)).errors!.map(({ pointer }) => pointer)

  test.each([
    ['POST', '/api/factory/1/chart-data', '', '#'],
    ['POST', '/api/factory/1/chart-data', '"time":60,"actual":1,', '#'],
    ['PUT', '/api/factory/1/chart-data', '"time":[60],', '#'],
    ['PUT', '/api/factory/1/chart-data/60', '"actual":1,', '#'],
    ['POST', '/api/factories', '', '#'],
    ['PATCH', '/api/factory/1', '', '#'],
    ['POST', '/api/sprockets', '', '#'],
    ['PATCH', '/api/sprocket/1', '', '#'],
    ['POST', '/api/keys', '', '#'],
    ['PATCH', '/api/key/1', '', '#'],
    ['PATCH', '/api/organisation', '', '#'],
  ])('%s %s rejects 1 MiB of unknown members after %j with pointers to the first of them only', async (method, path, known, parent) => {
    const response = await harness.admin.send(method, path, { body: `{${known}${MEMBERS}}`, headers: JSON_TYPE })
    expect(await pointersOf(response)).toEqual(NAMES.map((name) => `${parent}/${name}`))
  })

  test.each([
    ['/api/factory/1/chart-data', `{"readings":[{"time":60,"actual":1},{${MEMBERS}}]}`, '#/readings/1'],
    ['/api/readings', `{"readings":[{"factory":1,"time":60,"actual":1},{${MEMBERS}}]}`, '#/readings/1'],
    ['/api/factories', `{"chart_data":{${MEMBERS}}}`, '#/chart_data'],
  ])('POST %s rejects nested unknown members with pointers to the first of them', async (path, body, parent) => {
    const response = await harness.admin.send('POST', path, { body, headers: JSON_TYPE })
    expect(await pointersOf(response)).toEqual(NAMES.map((name) => `${parent}/${name}`))
  })

  test('POST chart-data stores no part of a body that was cut, lenient or not', async () => {
    const valid = Array.from({ length: 2_000 }, (_, time) => `{"time":${time},"actual":1}`)
    const body = `{"readings":[${valid.join(',')},{"time":9999,"actual":1,${fill((index) => `"time":${index % 10}`).slice(0, 899_999)}}]}`
    for (const Prefer of ['handling=strict', 'handling=lenient']) {
      const response = await harness.operator.send('POST', '/api/factory/1/chart-data', { body, headers: { ...JSON_TYPE, Prefer } })
      const { errors } = await problemOf(response, 413)
      expect(errors).toEqual([{ pointer: '#/readings/2000', detail: expect.stringContaining('More than 100 fields') as unknown }])
    }
    expect((await harness.viewer.get('/api/factory/1/chart-data/5')).status).toBe(404)
  })

  test('POST chart-data shortens the name of an unknown member in its pointer', async () => {
    const body = `{"time":60,"actual":1,"${'/'.repeat(900_000)}":1}`
    const response = await harness.operator.send('POST', '/api/factory/1/chart-data', { body, headers: JSON_TYPE })
    expect(await pointersOf(response)).toEqual([`#/${'~1'.repeat(100)}${encodeURIComponent('…')}`])
  })
})

describe('checkRecords', () => {
  const entries = Array.from({ length: LIMITS.readings }, (_, index) => ({ value: { time: 'x', actual: index, goal: 'x' }, at: () => '#' }))

  test('checkRecords stops as soon as the response cannot list more errors', () => {
    expect(checkRecords(ReadingIn, entries, 0, false).length).toBeLessThan(500)
  })

  test('checkRecords names every rejected reading of a lenient request and describes the first errors', () => {
    const checked = checkRecords(ReadingIn, [...entries, { value: { time: 1, actual: 1 }, at: () => '#' }], 0, true)
    expect(checked).toHaveLength(entries.length + 1)
    expect(checked.at(-1)).toHaveProperty('reading', { time: 1, actual: 1 })
    const counts = checked.flatMap((each) => ('fieldErrors' in each ? [each.fieldErrors.length] : []))
    expect([counts.length, counts[0], counts.at(-1)]).toEqual([entries.length, 2, 1])
    expect(counts.reduce((sum, count) => sum + count)).toBeLessThan(entries.length + 1_000)
  })
})

describe('a body of CSV or line protocol', () => {
  let harness: Harness
  beforeAll(async () => {
    harness = await createHarness()
  })

  const send = (path: string, type: string, body: string) =>
    harness.operator.send('POST', path, { body, headers: { 'Content-Type': type } })
  const sendCsv = (body: string) => send('/api/factory/1/chart-data', 'text/csv', body)
  const sendLines = (body: string) => send('/api/v2/write', 'text/plain', body)

  test('CSV with 100,000 columns is rejected with the first unknown columns', async () => {
    const { errors } = await problemOf(await sendCsv(`${fill((index) => `c${index}`)}\n`), 422)
    expect(errors!.map(({ detail }) => detail)).toEqual(
      Array.from({ length: LIMITS.fieldErrors }, (_, index) => `Line 1: Unknown column c${index}. Rename or delete it.`),
    )
  })

  test('CSV with a column name of 1 MiB is rejected with the beginning of the name', async () => {
    const { errors } = await problemOf(await sendCsv(`time,actual,${'x'.repeat(900_000)}\n`), 422)
    expect(errors![0]!.detail).toBe(`Line 1: Unknown column ${'x'.repeat(100)}…. Rename or delete it.`)
  })

  test.each([
    ['CSV rows', () => sendCsv(`time,actual\n${'x\n'.repeat(90_000)}`), 'Too many readings'],
    ['blank CSV rows', () => sendCsv(`time,actual\n${'\n'.repeat(900_000)}60,1\n`), 'Too many lines: a body may have 100,000'],
    ['lines', () => sendLines('x\n'.repeat(500_000)), 'Too many lines'],
    ['readings in line protocol', () => sendLines('x\n'.repeat(LIMITS.readings + 1)), 'a request may contain 5,000'],
    ['comments', () => sendLines('#\n'.repeat(500_000)), 'Too many lines'],
  ])('a body with too many %s gets 413 whatever their content is', async (_, response, text) => {
    expect((await problemOf(await response(), 413)).detail).toContain(text)
  })

  test('CSV may end in any number of empty rows', async () => {
    expect((await sendCsv(`time,actual\n60,1\n61,\n${',\n'.repeat(400_000)}`)).status).toBe(200)
  })

  test('line protocol with 100,000 tags or fields in a line is rejected as a line that cannot be read', async () => {
    const pairs = fill((index) => `${index.toString(36)}=1`).slice(0, -60)
    for (const body of [`production,factory=1,${pairs} actual=1i`, `production,factory=1 ${pairs}`])
      expect((await problemOf(await sendLines(body), 400)).errors).toEqual([
        { pointer: '#line=1', detail: 'Line 1: More than 100 tags and fields. Send fewer.' },
      ])
  })
})

describe('a compressed body, and a body with a digest', () => {
  const send = async (body: BodyInit, headers: Record<string, string>) => {
    const harness = await createHarness()
    return harness.operator.send('POST', '/api/factory/1/chart-data', { body, headers: { 'Content-Type': 'application/json', ...headers } })
  }
  const pack = async (text: string) =>
    new Uint8Array(await new Response(new Blob([text]).stream().pipeThrough(new CompressionStream('gzip'))).arrayBuffer())

  test('a gzip body of more members than the limit gets 413 without being unpacked', async () => {
    const [content, empty] = await Promise.all([pack('{"time":60,"actual":1}'), pack('')])
    const withEmpty = (count: number) => new Blob([content, ...Array.from({ length: count }, () => empty)])
    const headers = { 'Content-Encoding': 'gzip' }
    expect((await send(withEmpty(LIMITS.gzipMembers - 1), headers)).status).toBe(200)
    expect((await problemOf(await send(withEmpty(LIMITS.gzipMembers), headers), 413)).detail).toContain('at most 1,000')
  })

  test('a body is hashed once for each algorithm, however often Content-Digest names it', async () => {
    const body = '{"time":60,"actual":1}'
    const digest = vi.spyOn(crypto.subtle, 'digest')
    const valid = `sha-256=:${createHash('sha256').update(body).digest('base64')}:`
    const countHashes = () => digest.mock.calls.filter(([, bytes]) => bytes.byteLength === body.length).length
    expect((await send(body, { 'Content-Digest': Array.from({ length: 60 }, () => valid).join(',') })).status).toBe(200)
    expect(countHashes()).toBe(1)
    digest.mockRestore()
  })
})

test('a lenient request with more errors than the response describes still lists every rejected reading', async () => {
  const harness = await createHarness()
  const readings = Array.from({ length: 2_000 }, (_, time) => ({ time: `${time}`, actual: -1 }))
  const response = await harness.operator.post('/api/factory/1/chart-data', { readings }, { Prefer: 'handling=lenient' })
  const { refused } = (await response.json()) as { refused: NonNullable<ProblemBody['errors']> }
  expect(new Set(refused.map(({ pointer }) => pointer.split('/')[2])).size).toBe(2_000)
  expect(refused.at(-1)).toEqual({ pointer: '#/readings/1999', detail: 'Not a valid reading. Only the first 1,000 errors are described.' })
})
