import { describe, expect, test } from 'vitest'
import { ApiError } from '../../../../src/client/client.ts'
import { buildPartKey, splitIntoParts, toRefusedLines } from '../../../../src/dashboard/import/parts.ts'
import { createProgress } from '../../../../src/dashboard/import/progress.ts'
import { sendParts } from '../../../../src/dashboard/import/send.ts'

// Promise: a file is sent in parts of 5,000 readings, each at most once, and an import continues where it stopped.

const listReadings = (count: number) =>
  Array.from({ length: count }, (_, n) => ({ line: n + 2, time: 1775541600 + 60 * n, actual: n, goal: null }))

describe('splitIntoParts', () => {
  test('has at most 5,000 readings in a part, with the columns of the file', () => {
    const parts = splitIntoParts(listReadings(5_001))
    expect(parts.map(({ readings }) => readings.length)).toEqual([5_000, 1])
    expect(parts[1]!.body).toBe('time,actual,goal\n1775841600,5000,\n')
    expect(splitIntoParts([])).toEqual([])
  })
})

describe('buildPartKey', () => {
  test('is equal only for the same part of the same import', async () => {
    const [first, second] = splitIntoParts(listReadings(5_001))
    const keys = await Promise.all([
      buildPartKey(3, 'a', 0, first!),
      buildPartKey(3, 'a', 0, first!),
      buildPartKey(3, 'a', 1, first!),
      buildPartKey(3, 'a', 0, second!),
      buildPartKey(3, 'b', 0, first!),
      buildPartKey(4, 'a', 0, first!),
    ])
    expect(keys[0]).toMatch(/^[0-9a-f]{64}$/)
    expect(new Set(keys).size).toBe(5)
  })
})

describe('toRefusedLines', () => {
  test('names the line of the file and its column', () => {
    const [part] = splitIntoParts(listReadings(3).map((reading) => ({ ...reading, line: reading.line + 100 })))
    const errors = [
      { pointer: '#line=3', detail: 'Line 3, actual: Less than the scrap: 4.' },
      { pointer: '#line=4', detail: 'Line 4: Before retention.' },
    ]
    expect(toRefusedLines(errors, part!, (member) => member.toUpperCase())).toEqual([
      { line: 103, column: 'ACTUAL', problem: 'Less than the scrap: 4.' },
      { line: 104, column: undefined, problem: 'Before retention.' },
    ])
  })
})

describe('sendParts', () => {
  /** An API that refuses the first reading of each part, and fails at the part with this index. */
  const createApi = (failAt = Infinity) => {
    const sent: { body: string; key: string | undefined; prefer: string | undefined }[] = []
    let announced = 0
    const client = {
      send: async (_: string, __: object, body: string, options: { idempotencyKey?: string; prefer?: string }) => {
        if (sent.length === failAt) throw new ApiError(new Response(null, { status: 503 }), { detail: 'Not now.' })
        sent.push({ body, key: options.idempotencyKey, prefer: options.prefer })
        return { data: { changed: 1, refused: [{ pointer: '#line=2', detail: 'Line 2, time: Too old.' }] } }
      },
    }
    return {
      api: { client, announce: () => (announced += 1) } as unknown as Parameters<typeof sendParts>[0],
      sent,
      announced: () => announced,
    }
  }
  const settings = { columns: {}, format: 'seconds', zone: 'UTC' } as const
  const progress = createProgress(settings)
  const run = (parts = 0) => ({
    id: 3,
    parts: splitIntoParts(listReadings(10_001)),
    progress: { ...progress, parts },
    findColumn: (member: string) => member,
    report: () => {},
    signal: new AbortController().signal,
  })

  test('adds up the results of all parts, and announces the readings', async () => {
    const { api, sent, announced } = createApi()
    const done = await sendParts(api, run())
    expect(done).toMatchObject({ parts: 3, changed: 3, unchanged: 4_998 + 4_998 + -1 })
    expect(done.refused.map(({ line }) => line)).toEqual([2, 5_002, 10_002])
    expect(sent.every(({ prefer }) => prefer === 'handling=lenient')).toBe(true)
    expect(announced()).toBe(1)
  })

  test('sends only the parts that are not sent yet, with the same keys', async () => {
    const [first, second] = [createApi(), createApi()]
    await sendParts(first.api, run())
    await sendParts(second.api, run(2))
    expect(second.sent).toEqual(first.sent.slice(2))
  })

  test('sends other keys if an import of the same file starts again', async () => {
    const [first, second] = [createApi(), createApi()]
    await sendParts(first.api, run())
    await sendParts(second.api, { ...run(), progress: createProgress(settings) })
    expect(new Set([...first.sent, ...second.sent].map(({ key }) => key)).size).toBe(6)
  })

  test('reports each part before a failure, and leaves the progress of the caller as it is', async () => {
    const { api, announced } = createApi(2)
    const options = run()
    const reported: number[] = []
    await expect(sendParts(api, { ...options, report: ({ parts }) => reported.push(parts) })).rejects.toThrow('Not now.')
    expect(reported).toEqual([1, 2])
    expect(options.progress.parts).toBe(0)
    expect(options.progress.refused).toEqual([])
    expect(announced()).toBe(1)
  })
})
