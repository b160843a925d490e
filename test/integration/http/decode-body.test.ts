import { beforeAll, describe, expect, test } from 'vitest'
import { createApp } from '../../../src/app.ts'
import { targetOf } from '../../invariants/targets.ts'
import { documentOf } from '../../support/contract.ts'
import { TestClock } from '../../support/clock.ts'
import { createHarness, newIsolate } from '../../support/harness.ts'
import type { Harness } from '../../support/harness.ts'
import { problemOf } from '../../support/problem.ts'

// Promise: a body is read in the stated sizes, media types, charsets and encodings, and otherwise rejected.

let harness: Harness
beforeAll(async () => {
  harness = await createHarness()
})

const MEBIBYTE = 1_048_576
const valid = JSON.stringify({ time: 60, actual: 1 })
const JSON_TYPE = { 'Content-Type': 'application/json' }

/** Routes that read a JSON body. */
const routes = [
  ['POST', '/api/factories'],
  ['PATCH', '/api/factory/1'],
  ['POST', '/api/factory/1/chart-data'],
  ['PUT', '/api/factory/1/chart-data'],
  ['PUT', '/api/factory/1/chart-data/60'],
  ['POST', '/api/readings'],
  ['POST', '/api/sprockets'],
  ['PUT', '/api/sprocket/1'],
  ['PATCH', '/api/sprocket/1'],
] as const

describe.each(routes)('%s %s', (method, path) => {
  const send = (body: BodyInit | null, headers: Record<string, string> = JSON_TYPE) =>
    harness.engineer.send(method, path, { body, headers })

  test('responds 400 to a body that is not JSON in UTF-8', async () => {
    for (const body of ['', '{', '{"time":NaN}', "{'time':1}", '{"time":1,}', new Uint8Array([0x22, 0xff, 0xfe, 0x22]), '{"a":1}{"b":2}'])
      await problemOf(await send(body), 400)
    await problemOf(await send(null), 400)
  })

  test('responds 415 to another or no media type, another charset or content encoding', async () => {
    for (const type of ['text/plain', 'application/xml', 'application/jsonx', 'text/json', ''])
      await problemOf(await send(new TextEncoder().encode(valid), type ? { 'Content-Type': type } : {}), 415)
    for (const charset of ['latin1', 'utf-16', '', 'utf-8; charset=latin1', 'utf-8; charset = utf-8'])
      await problemOf(await send(valid, { 'Content-Type': `application/json; charset=${charset}` }), 415)
    for (const encoding of ['br', 'deflate', 'gzip, gzip'])
      await problemOf(await send(valid, { ...JSON_TYPE, 'Content-Encoding': encoding }), 415)
  })

  test('responds 422 to JSON of an unrelated shape', async () => {
    for (const body of [
      'null',
      '1',
      '"x"',
      '[]',
      'true',
      '[[]]',
      '{"__proto__":1}',
      '{"time":{}}',
      '{"readings":{}}',
      '{"readings":[null]}',
    ])
      await problemOf(await send(body), 422)
  })

  test('responds 413 to more than 1 MiB, by Content-Length without reading or as soon as a stream exceeds it', async () => {
    const unread = new ReadableStream(
      {
        pull: () => {
          throw new Error('the body was read')
        },
      },
      { highWaterMark: 0 },
    )
    await problemOf(await send(unread, { ...JSON_TYPE, 'Content-Length': String(MEBIBYTE + 1) }), 413)
    let sent = 0
    const endless = new ReadableStream({
      pull: (controller) => {
        sent += 65_536
        controller.enqueue(new Uint8Array(65_536).fill(0x20))
      },
    })
    await problemOf(await send(endless), 413)
    expect(sent).toBeLessThan(2 * MEBIBYTE)
  })
})

test('POST chart-data reads a body of exactly 1 MiB', async () => {
  const body = valid.padEnd(MEBIBYTE)
  const headers = { ...JSON_TYPE, 'Content-Length': String(MEBIBYTE) }
  expect((await harness.operator.send('POST', '/api/factory/1/chart-data', { body, headers })).status).toBe(200)
})

test('POST chart-data takes every spelling of UTF-8, and a byte order mark', async () => {
  for (const type of [
    'application/json; charset=utf-8',
    'application/json; charset=utf8',
    'Application/JSON;charset="UTF-8"',
    'application/json; foo=bar',
  ])
    expect(
      (await harness.operator.send('POST', '/api/factory/1/chart-data', { body: valid, headers: { 'Content-Type': type } })).status,
    ).toBe(200)
  const withMark = new Uint8Array([0xef, 0xbb, 0xbf, ...new TextEncoder().encode(valid)])
  expect((await harness.operator.send('POST', '/api/factory/1/chart-data', { body: withMark, headers: JSON_TYPE })).status).toBe(200)
})

test('PATCH takes application/merge-patch+json and application/json', async () => {
  for (const type of ['application/merge-patch+json', 'application/json']) {
    const init = { body: '{"name":"North"}', headers: { 'Content-Type': type } }
    expect((await harness.engineer.send('PATCH', '/api/factory/1', init)).status).toBe(200)
  }
  await problemOf(
    await harness.operator.send('POST', '/api/factory/1/chart-data', {
      body: valid,
      headers: { 'Content-Type': 'application/merge-patch+json' },
    }),
    415,
  )
})

describe('a route whose body is optional', async () => {
  const { paths } = documentOf(createApp(newIsolate(new TestClock())))
  const optional = Object.entries(paths).flatMap(([path, operations]) =>
    Object.entries(operations).flatMap(([method, { requestBody }]) =>
      requestBody?.required === false ? [[method.toUpperCase(), path] as const] : [],
    ),
  )
  test('the contract has routes whose body is optional', () => expect(optional).not.toEqual([]))

  const emptyStream = () => new ReadableStream({ start: (controller) => controller.close() })
  test.each<[string, () => RequestInit]>([
    ['no body', () => ({})],
    ['no body and a media type', () => ({ headers: JSON_TYPE })],
    ['no body and Content-Length: 0', () => ({ headers: { 'Content-Length': '0' } })],
    ['an empty body', () => ({ body: '' })],
    ['an empty body of JSON', () => ({ body: '', headers: JSON_TYPE })],
    ['an empty body of bytes', () => ({ body: new Uint8Array(), headers: { 'Content-Type': 'application/octet-stream' } })],
    ['an empty form, as curl -d sends it', () => ({ body: '', headers: { 'Content-Type': 'application/x-www-form-urlencoded' } })],
    ['an empty stream', () => ({ body: emptyStream() })],
    ['an empty stream of JSON', () => ({ body: emptyStream(), headers: JSON_TYPE })],
  ])('a route whose body is optional takes %s', async (_, init) => {
    for (const [method, path] of optional) {
      const response = await harness.admin.send(method, await targetOf(harness, path), init())
      expect(response.status, `${method} ${path}`).toBeLessThan(300)
    }
  })

  test('a route whose body is optional reads a body that is sent, and rejects whitespace', async () => {
    for (const [method, path] of optional) {
      const target = await targetOf(harness, path)
      await problemOf(await harness.admin.send(method, target, { body: ' ', headers: JSON_TYPE }), 400)
      await problemOf(await harness.admin.send(method, target, { body: '{}', headers: { 'Content-Type': 'text/plain' } }), 415)
      await problemOf(await harness.admin.send(method, target, { body: '[]', headers: JSON_TYPE }), 422)
    }
  })
})
