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

/** As many items, separated by commas, as a body may have bytes. */
const fill = (item: (index: number) => string): string => {
  const items: string[] = []
  for (let length = 200; length < LIMITS.bodyBytes; length += items.at(-1)!.length + 1) items.push(item(items.length))
  items.pop()
  return items.join(',')
}
const NAMES = Array.from({ length: LIMITS.fieldErrors }, (_, index) => `unknown${index}`)
const MEMBERS = `${NAMES.map((name) => `"${name}":1`).join(',')},${fill((index) => `"${index.toString(36)}x":1.5`).slice(0, -400)}`
const NESTED = '['.repeat(400_000) + ']'.repeat(400_000)

/** What a body is parsed as, and how much of its text was kept. */
const parse = (text: string) => {
  const { text: kept, cut } = cutJson(text)
  return { value: JSON.parse(kept) as unknown, length: kept.length, cut }
}

describe('cutJson', () => {
  test('keeps every text that is within the bounds as it is', () => {
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

  test('keeps what stands before the cut, and closes it', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 4 }), fc.string(), (value, name) => {
        const many = JSON.stringify(Array.from({ length: LIMITS.readings + 9 }, () => 1))
        const kept = parse(`{"before":${JSON.stringify(value)},${JSON.stringify(`x${name}`)}:${many},"after":1}`)
        expect(kept.value).toEqual({
          before: JSON.parse(JSON.stringify(value)) as unknown,
          [`x${name}`]: Array.from({ length: LIMITS.readings + 1 }, () => 1),
        })
        expect(kept.cut).toEqual({ bound: 'items', path: [`x${name}`] })
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
      ['readings', 3599],
    ],
  ] as const)('leaves little of 1 MiB of %s to parse', (_, text, bound, path) => {
    const { length, cut } = parse(text)
    expect(cut).toEqual({ bound, path })
    expect(length).toBeLessThan(150_000)
  })

  test('leaves text that is not well-formed not well-formed', () => {
    for (const text of [`[${',1'.repeat(LIMITS.readings + 9)}`, `{"a":"${'\\"'.repeat(99)}`, `{${',"a":1'.repeat(200)}}`, ']'.repeat(99)])
      expect(() => parse(text)).toThrow(SyntaxError)
  })
})

describe('a body of 1 MiB of unknown members', () => {
  let world: Harness
  beforeAll(async () => {
    world = await createHarness()
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
  ])(
    'sent to %s %s after %j is refused with the first of them, and with nothing that the cut took away',
    async (method, path, known, at) => {
      const response = await world.admin.send(method, path, { body: `{${known}${MEMBERS}}`, headers: JSON_TYPE })
      expect(await pointersOf(response)).toEqual(NAMES.map((name) => `${at}/${name}`))
    },
  )

  test.each([
    ['/api/factory/1/chart-data', `{"readings":[{"time":60,"actual":1},{${MEMBERS}}]}`, '#/readings/1'],
    ['/api/readings', `{"readings":[{"factory":1,"time":60,"actual":1},{${MEMBERS}}]}`, '#/readings/1'],
    ['/api/factories', `{"chart_data":{${MEMBERS}}}`, '#/chart_data'],
  ])('deep in a body for %s is refused with pointers to there', async (path, body, at) => {
    const response = await world.admin.send('POST', path, { body, headers: JSON_TYPE })
    expect(await pointersOf(response)).toEqual(NAMES.map((name) => `${at}/${name}`))
  })

  test('is never stored in part, lenient or not', async () => {
    const good = Array.from({ length: 2_000 }, (_, time) => `{"time":${time},"actual":1}`)
    const body = `{"readings":[${good.join(',')},{"time":9999,"actual":1,${fill((index) => `"time":${index % 10}`).slice(0, 899_999)}}]}`
    for (const Prefer of ['handling=strict', 'handling=lenient']) {
      const response = await world.operator.send('POST', '/api/factory/1/chart-data', { body, headers: { ...JSON_TYPE, Prefer } })
      const { errors } = await problemOf(response, 413)
      expect(errors).toEqual([{ pointer: '#/readings/2000', detail: expect.stringContaining('More than 100 fields') as unknown }])
    }
    expect((await world.viewer.get('/api/factory/1/chart-data/5')).status).toBe(404)
  })

  test('is quoted in excerpts of each name', async () => {
    const body = `{"time":60,"actual":1,"${'/'.repeat(900_000)}":1}`
    const response = await world.operator.send('POST', '/api/factory/1/chart-data', { body, headers: JSON_TYPE })
    expect(await pointersOf(response)).toEqual([`#/${'~1'.repeat(100)}${encodeURIComponent('…')}`])
  })
})

describe('checkRecords', () => {
  const entries = Array.from({ length: LIMITS.readings }, (_, index) => ({ value: { time: 'x', actual: index, goal: 'x' }, at: () => '#' }))

  test('stops as soon as an answer cannot list more faults', () => {
    expect(checkRecords(ReadingIn, entries, 0, false).length).toBeLessThan(500)
  })

  test('names every reading that a lenient request is refused, and describes the first of the faults', () => {
    const checked = checkRecords(ReadingIn, [...entries, { value: { time: 1, actual: 1 }, at: () => '#' }], 0, true)
    expect(checked).toHaveLength(entries.length + 1)
    expect(checked.at(-1)).toHaveProperty('reading', { time: 1, actual: 1 })
    const faults = checked.flatMap((each) => ('fieldErrors' in each ? [each.fieldErrors.length] : []))
    expect([faults.length, faults[0], faults.at(-1)]).toEqual([entries.length, 2, 1])
    expect(faults.reduce((sum, count) => sum + count)).toBeLessThan(entries.length + 1_000)
  })
})

describe('a body of lines', () => {
  let world: Harness
  beforeAll(async () => {
    world = await createHarness()
  })

  const send = (path: string, type: string, body: string) => world.operator.send('POST', path, { body, headers: { 'Content-Type': type } })
  const sendCsv = (body: string) => send('/api/factory/1/chart-data', 'text/csv', body)
  const sendLines = (body: string) => send('/api/v2/write', 'text/plain', body)

  test('of CSV with 100,000 columns is refused with the first unknown ones', async () => {
    const { errors } = await problemOf(await sendCsv(`${fill((index) => `c${index}`)}\n`), 422)
    expect(errors!.map(({ detail }) => detail)).toEqual(
      Array.from({ length: LIMITS.fieldErrors }, (_, index) => `Line 1: Unknown column c${index}. Rename or delete it.`),
    )
  })

  test('of CSV with a name of 1 MiB quotes its beginning', async () => {
    const { errors } = await problemOf(await sendCsv(`time,actual,${'x'.repeat(900_000)}\n`), 422)
    expect(errors![0]!.detail).toBe(`Line 1: Unknown column ${'x'.repeat(100)}…. Rename or delete it.`)
  })

  test.each([
    ['CSV rows', () => sendCsv(`time,actual\n${'x\n'.repeat(90_000)}`), 'Too many readings'],
    ['blank CSV rows', () => sendCsv(`time,actual\n${'\n'.repeat(900_000)}60,1\n`), 'Too many lines: a body may have 100,000'],
    ['lines', () => sendLines('x\n'.repeat(500_000)), 'Too many lines'],
    ['readings in line protocol', () => sendLines('x\n'.repeat(LIMITS.readings + 1)), 'a request may contain 5,000'],
    ['comments', () => sendLines('#\n'.repeat(500_000)), 'Too many lines'],
  ])('with too many %s is refused whatever they say', async (_, response, words) => {
    expect((await problemOf(await response(), 413)).detail).toContain(words)
  })

  test('of CSV may end in any number of rows without anything in them', async () => {
    expect((await sendCsv(`time,actual\n60,1\n61,\n${',\n'.repeat(400_000)}`)).status).toBe(200)
  })

  test('of line protocol with 100,000 tags or fields is refused as a line that cannot be read', async () => {
    const pairs = fill((index) => `${index.toString(36)}=1`).slice(0, -60)
    for (const body of [`production,factory=1,${pairs} actual=1i`, `production,factory=1 ${pairs}`])
      expect((await problemOf(await sendLines(body), 400)).errors).toEqual([
        { pointer: '#line=1', detail: 'Line 1: More than 100 tags and fields. Send fewer.' },
      ])
  })
})

describe('a packed body, and one with a digest', () => {
  const send = async (body: BodyInit, headers: Record<string, string>) => {
    const world = await createHarness()
    return world.operator.send('POST', '/api/factory/1/chart-data', { body, headers: { 'Content-Type': 'application/json', ...headers } })
  }
  const pack = async (text: string) =>
    new Uint8Array(await new Response(new Blob([text]).stream().pipeThrough(new CompressionStream('gzip'))).arrayBuffer())

  test('of more gzip members than any log has is not unpacked', async () => {
    const [content, empty] = await Promise.all([pack('{"time":60,"actual":1}'), pack('')])
    const withEmpty = (count: number) => new Blob([content, ...Array.from({ length: count }, () => empty)])
    const headers = { 'Content-Encoding': 'gzip' }
    expect((await send(withEmpty(LIMITS.gzipMembers - 1), headers)).status).toBe(200)
    expect((await problemOf(await send(withEmpty(LIMITS.gzipMembers), headers), 413)).detail).toContain('at most 1,000')
  })

  test('is hashed once for each algorithm, however often the header names it', async () => {
    const body = '{"time":60,"actual":1}'
    const digest = vi.spyOn(crypto.subtle, 'digest')
    const right = `sha-256=:${createHash('sha256').update(body).digest('base64')}:`
    const ofBody = () => digest.mock.calls.filter(([, bytes]) => bytes.byteLength === body.length).length
    expect((await send(body, { 'Content-Digest': Array.from({ length: 60 }, () => right).join(',') })).status).toBe(200)
    expect(ofBody()).toBe(1)
    digest.mockRestore()
  })
})

test('a lenient request with more faults than are described names each reading that was refused', async () => {
  const world = await createHarness()
  const readings = Array.from({ length: 2_000 }, (_, time) => ({ time: `${time}`, actual: -1 }))
  const response = await world.operator.post('/api/factory/1/chart-data', { readings }, { Prefer: 'handling=lenient' })
  const { refused } = (await response.json()) as { refused: NonNullable<ProblemBody['errors']> }
  expect(new Set(refused.map(({ pointer }) => pointer.split('/')[2])).size).toBe(2_000)
  expect(refused.at(-1)).toEqual({ pointer: '#/readings/1999', detail: 'Not a valid reading. Only the first 1,000 errors are described.' })
})
