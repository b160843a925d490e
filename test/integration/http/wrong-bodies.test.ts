import { beforeAll, describe, expect, test } from 'vitest'
import { createApp } from '../../../src/app.ts'
import { targetOf } from '../../invariants/targets.ts'
import { TestClock } from '../../support/clock.ts'
import { documentOf, exampleOf } from '../../support/contract.ts'
import { createHarness, newIsolate } from '../../support/harness.ts'
import type { Harness } from '../../support/harness.ts'
import type { ProblemBody } from '../../support/problem.ts'

// Promise: the errors of an invalid JSON body say what to send, in every route, for any value of any member.

let harness: Harness
beforeAll(async () => {
  harness = await createHarness()
})

type Json = null | boolean | number | string | Json[] | { [name: string]: Json }

const document = documentOf(createApp(newIsolate(new TestClock())))
/** Every route that reads JSON, with a valid body. */
const routes = Object.entries(document.paths).flatMap(([path, operations]) =>
  Object.entries(operations).flatMap(([method, { requestBody }]) => {
    const media = requestBody?.content['application/json']
    return media
      ? [[`${method.toUpperCase()} ${path}`, method.toUpperCase(), path, exampleOf(document, media) as { [name: string]: Json }] as const]
      : []
  }),
)

/** Terms of zod's messages, which do not tell a client what to send. */
const ZOD_TERMS = /expected|received|invalid|union|zod|undefined|NaN/i

const send = async (method: string, target: string, body: string) => {
  const start = performance.now()
  const response = await harness.admin.send(method, target, {
    body,
    headers: { 'Content-Type': 'application/json' },
  })
  return { status: response.status, ms: performance.now() - start, problem: (await response.json()) as ProblemBody }
}

/** Returns the body in all variants in which one member, at any depth, has one of these values. */
const variantsOf = (value: Json, invalid: Json[]): Json[] => {
  if (Array.isArray(value)) return [...invalid, ...variantsOf(value[0] ?? null, invalid).map((item) => [item, ...value.slice(1)])]
  if (typeof value !== 'object' || value === null) return invalid
  return Object.entries(value).flatMap(([name, member]) => variantsOf(member, invalid).map((variant) => ({ ...value, [name]: variant })))
}

const INVALID: Json[] = [1.5, 1e300, 'text', [], {}]

describe.each(routes)('%s', (_, method, path, example) => {
  test('says for each invalid member what to send', async () => {
    const bodies = [
      ...variantsOf(example, INVALID),
      ...INVALID,
      { ...example, unknown: 1 },
      ...Object.keys(example).map((name) => ({ ...example, [name]: undefined })),
    ]
    const details: string[] = []
    const target = await targetOf(harness, path)
    for (const body of bodies) {
      // The organisation is not deleted, because no value of INVALID is its slug.
      const { status, problem } = await send(method, target, JSON.stringify(body))
      if (status < 300) continue
      expect([400, 409, 413, 422], JSON.stringify({ body, problem })).toContain(status)
      details.push(...(problem.errors ?? []).map(({ detail }) => detail), problem.detail)
    }
    expect(details.length).toBeGreaterThan(10)
    expect(details.filter((detail) => ZOD_TERMS.test(detail.replace(/(1 field is|\d+ fields are) invalid/, '')))).toEqual([])
  })

  test('rejects large and deep bodies with 4xx in less than 5 s', async () => {
    const many = (item: string, count: number) => `[${Array.from({ length: count }, () => item).join(',')}]`
    const members = Array.from({ length: 80_000 }, (__, index) => `"m${index}":1`).join(',')
    const name = Object.keys(example)[0]!
    const target = await targetOf(harness, path)
    for (const body of [
      many('-1', 260_000),
      `{"${name}":${many('-1', 260_000)}}`,
      `{"chart_data":{"time":${many('-1', 130_000)},"sprocket_production_actual":${many('-1', 130_000)}}}`,
      `{"time":${many('""', 130_000)},"sprocket_production_actual":${many('""', 130_000)}}`,
      `{"readings":${many('1', 260_000)}}`,
      `{"readings":[{${members}}]}`,
      `{${members}}`,
      `{"chart_data":{${members}}}`,
      '['.repeat(500_000) + ']'.repeat(500_000),
      `{"${name}":${'['.repeat(400_000)}${']'.repeat(400_000)}}`,
      '{"a":'.repeat(150_000) + '1' + '}'.repeat(150_000),
      `{"${name}":${'{"a":'.repeat(150_000)}1${'}'.repeat(150_000)}}`,
      `{"${name}":${'9'.repeat(900_000)}}`,
      `{"${name}":"${'x'.repeat(900_000)}"}`,
    ]) {
      const { status, ms, problem } = await send(method, target, body)
      expect(status, `${body.slice(0, 60)} ${JSON.stringify(problem).slice(0, 200)}`).toBeGreaterThanOrEqual(400)
      expect(status, `${body.slice(0, 60)} ${JSON.stringify(problem).slice(0, 200)}`).toBeLessThan(500)
      expect(JSON.stringify(problem).length).toBeLessThan(20_000)
      expect(ms).toBeLessThan(5_000)
    }
  })
})

test('the errors of invalid members say what to send', async () => {
  const detailsOf = async (response: Response) => ((await response.json()) as ProblemBody).errors!.map(({ detail }) => detail)
  expect(await detailsOf(await harness.operator.post('/api/factory/1/chart-data', { time: 60, actual: 1.5 }))).toEqual([
    'Not a whole number. Send one without a fraction.',
  ])
  expect(await detailsOf(await harness.operator.post('/api/factory/1/chart-data', { time: '60', actual: 1 }))).toEqual([
    'Wrong type. Send a number.',
  ])
  expect(await detailsOf(await harness.operator.post('/api/factory/1/chart-data', { actual: 1 }))).toEqual([
    'Missing field. Send a number.',
  ])
  expect(await detailsOf(await harness.engineer.patch('/api/factory/1', { name: 5 }))).toEqual(['Wrong type. Send a string or null.'])
  expect(await detailsOf(await harness.engineer.patch('/api/factory/1', { zone: 'UTC' }))).toEqual([
    'Unknown field. Known fields: id, name, time_zone, ideal_per_hour, stop_after_seconds.',
  ])
  expect(await detailsOf(await harness.engineer.patch('/api/sprocket/1', { pitch: 0 }))).toEqual([
    'Too small. Send a number greater than 0.',
  ])
  expect(await detailsOf(await harness.admin.post('/api/keys', { name: 'x', role: 'root' }))).toEqual([
    'Unknown value. Send one of viewer, operator, engineer, admin.',
  ])
})
