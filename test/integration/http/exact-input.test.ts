import { beforeAll, describe, expect, test } from 'vitest'
import { createHarness } from '../../support/harness.ts'
import type { Harness } from '../../support/harness.ts'
import { problemOf } from '../../support/problem.ts'
import { everythingStored } from '../../support/snapshot.ts'

// Promise: nothing that is repeated, partial or in another unit is silently dropped: the request is rejected and changes nothing.

let harness: Harness
beforeAll(async () => {
  harness = await createHarness()
})

const chart = '/api/factory/1/chart-data'

describe('a JSON member', () => {
  test.each<[what: string, method: string, path: string, body: string, pointer: string]>([
    ['of a body', 'PUT', chart, '{"readings":[{"time":60,"actual":5}],"readings":[]}', '#/readings'],
    ['of a reading', 'POST', chart, '{"readings":[{"time":60,"actual":5},{"time":61,"actual":5,"actual":6}]}', '#/readings/1/actual'],
    ['with an escape', 'POST', chart, '{"time":60,"actual":5,"act\\u0075al":6}', '#/actual'],
    ['of a key', 'POST', '/api/keys', '{"name":"x","role":"viewer","role":"admin"}', '#/role'],
    ['of a schedule', 'PUT', '/api/factory/1/schedule', '{"versions":[],"versions":[],"exceptions":[]}', '#/versions'],
    ['with a slash', 'PATCH', '/api/factory/1', '{"a/b":1,"a/b":2}', '#/a~1b'],
  ])('a repeated member %s is rejected with its pointer', async (_, method, path, body, pointer) => {
    const before = await everythingStored()
    const response = await harness.admin.send(method, path, { body, headers: { 'Content-Type': 'application/json' } })
    const { errors } = await problemOf(response, 422)
    expect(errors).toEqual([{ pointer, detail: 'Duplicate field. Send it once.' }])
    expect(await everythingStored()).toBe(before)
  })

  test('objects in one list, and objects within each other, may have members of one name', async () => {
    const body = '{"readings":[{"time":60,"actual":5},{"time":61,"actual":5}]}'
    const response = await harness.operator.send('POST', chart, { body, headers: { 'Content-Type': 'application/json' } })
    expect(response.status).toBe(200)
    const nested = '{"name":{"name":1},"b":[{"name":{}},"name","name"]}'
    const { errors } = await problemOf(
      await harness.engineer.send('PATCH', '/api/factory/1', { body: nested, headers: { 'Content-Type': 'application/merge-patch+json' } }),
      422,
    )
    expect(errors!.map(({ detail }) => detail)).not.toContain('Duplicate field. Send it once.')
  })
})

describe('a query parameter', () => {
  test.each([
    ['GET', `${chart}?from=1&from=2`, 'from'],
    ['GET', '/api/factories?limit=1&limit=2', 'limit'],
    ['GET', '/api/factory/1/stops?reason=a&reason=b', 'reason'],
    ['GET', `${chart}?last=day&l%61st=week`, 'last'],
    ['POST', '/api/v2/write?precision=s&precision=ms', 'precision'],
  ])('%s %s is rejected with a pointer', async (method, path, name) => {
    const { errors } = await problemOf(await harness.operator.send(method, path), 400)
    expect(errors).toEqual([{ pointer: `#/query/${name}`, detail: 'Repeated parameter. Send it once.' }])
  })
})

test('a repeated query parameter with any name is rejected with an escaped pointer, and a long name is cut', async () => {
  const odd = await problemOf(await harness.operator.get('/api/factories?a%2Fb~%C3%A9+x=1&a%2Fb~%C3%A9+x=2'), 400)
  expect(odd).toMatchObject({ detail: 'Invalid query parameter a/b~é x; see `errors`.', errors: [{ pointer: '#/query/a~1b~0%C3%A9%20x' }] })
  const name = 'x'.repeat(3_000)
  const long = await problemOf(await harness.operator.get(`/api/factories?${name}=1&${name}=2`), 400)
  expect(long.detail).toBe(`Invalid query parameter ${'x'.repeat(100)}…; see \`errors\`.`)
  expect(JSON.stringify(long).length).toBeLessThan(1_000)
})

describe('a part of a body', () => {
  test.each([
    ['PUT', chart],
    ['PUT', `${chart}/60`],
    ['POST', chart],
  ])('%s %s with Content-Range is rejected', async (method, path) => {
    const before = await everythingStored()
    const headers = { 'Content-Type': 'application/json', 'Content-Range': 'items 0-0/5' }
    const body = JSON.stringify(path.endsWith('60') ? { actual: 1 } : { time: 60, actual: 1 })
    const { detail } = await problemOf(await harness.engineer.send(method, path, { body, headers }), 400)
    expect(detail).toContain('without Content-Range')
    expect(await everythingStored()).toBe(before)
  })
})

describe('a preference', () => {
  const twice = (prefer: string) =>
    harness.operator.post(
      chart,
      {
        readings: [
          { time: 60, actual: 1 },
          { time: 61, actual: -1 },
        ],
      },
      { Prefer: prefer },
    )

  test('of a repeated preference, the first one counts', async () => {
    expect((await twice('handling=strict, handling=lenient')).status).toBe(422)
    const response = await twice('Handling="lenient"; a=1, handling=strict')
    expect([response.status, response.headers.get('Preference-Applied')]).toEqual([200, 'handling=lenient'])
  })

  test('a parameter or a quoted text is no preference', async () => {
    expect((await twice('respond-async; handling=lenient')).status).toBe(422)
    expect((await twice('other="a, handling=lenient"')).status).toBe(422)
  })
})

test('nanoseconds in a range and in a path name their unit', async () => {
  const { errors } = await problemOf(await harness.viewer.get(`${chart}?from=1611206018000000000`), 400)
  expect(errors).toEqual([{ pointer: '#/query/from', detail: 'This looks like nanoseconds; send seconds.' }])
  const inPath = await problemOf(await harness.engineer.put(`${chart}/1611206018000000000`, { actual: 1 }), 400)
  expect(inPath.errors).toEqual([{ pointer: '#/path/time', detail: 'This looks like nanoseconds; send seconds.' }])
  await problemOf(await harness.engineer.put(`${chart}/99999999999999999999999999`, { actual: 1 }), 404)
})

test('an iso_time with a fraction is another instant than its time', async () => {
  const send = (iso: string) =>
    harness.operator.send('POST', chart, { body: `time,iso_time,actual\n1611206300,${iso},5\n`, headers: { 'Content-Type': 'text/csv' } })
  expect((await send('2021-01-21T05:18:20.000Z')).status).toBe(200)
  await problemOf(await send('2021-01-21T05:18:20.9Z'), 422)
})
