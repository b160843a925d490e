import { beforeAll, describe, expect, test } from 'vitest'
import { createApp } from '../../../src/app.ts'
import { targetOf } from '../../invariants/targets.ts'
import { TestClock } from '../../support/clock.ts'
import { documentOf, exampleOf } from '../../support/contract.ts'
import { createHarness, newIsolate } from '../../support/harness.ts'
import type { Harness } from '../../support/harness.ts'
import type { ProblemBody } from '../../support/problem.ts'

let world: Harness
beforeAll(async () => {
  world = await createHarness()
})

type Json = null | boolean | number | string | Json[] | { [name: string]: Json }

const document = documentOf(createApp(newIsolate(new TestClock())))
/** Every route that reads JSON, with a body that it takes. */
const routes = Object.entries(document.paths).flatMap(([path, operations]) =>
  Object.entries(operations).flatMap(([method, { requestBody }]) => {
    const media = requestBody?.content['application/json']
    return media
      ? [[`${method.toUpperCase()} ${path}`, method.toUpperCase(), path, exampleOf(document, media) as { [name: string]: Json }] as const]
      : []
  }),
)

/** Words of zod's own, which tell a client nothing about what to send. */
const FOREIGN = /expected|received|invalid|union|zod|undefined|NaN/i

const send = async (method: string, target: string, body: string) => {
  const begun = performance.now()
  const response = await world.admin.send(method, target, {
    body,
    headers: { 'Content-Type': 'application/json' },
  })
  return { status: response.status, ms: performance.now() - begun, problem: (await response.json()) as ProblemBody }
}

/** The body with each member of it, however deep, in turn put to each of these values. */
const variantsOf = (value: Json, wrong: Json[]): Json[] => {
  if (Array.isArray(value)) return [...wrong, ...variantsOf(value[0] ?? null, wrong).map((item) => [item, ...value.slice(1)])]
  if (typeof value !== 'object' || value === null) return wrong
  return Object.entries(value).flatMap(([name, member]) => variantsOf(member, wrong).map((variant) => ({ ...value, [name]: variant })))
}

const WRONG: Json[] = [1.5, 1e300, 'text', [], {}]

describe.each(routes)('%s', (_, method, path, example) => {
  test('says what to send instead of each wrong member', async () => {
    const bodies = [
      ...variantsOf(example, WRONG),
      ...WRONG,
      { ...example, unknown: 1 },
      ...Object.keys(example).map((name) => ({ ...example, [name]: undefined })),
    ]
    const said: string[] = []
    const target = await targetOf(world, path)
    for (const body of bodies) {
      // The organisation stays: its slug is not among the wrong values.
      const { status, problem } = await send(method, target, JSON.stringify(body))
      if (status < 300) continue
      expect([400, 409, 413, 422], JSON.stringify({ body, problem })).toContain(status)
      said.push(...(problem.errors ?? []).map(({ detail }) => detail), problem.detail)
    }
    expect(said.length).toBeGreaterThan(10)
    expect(said.filter((detail) => FOREIGN.test(detail.replace(/(1 field is|\d+ fields are) invalid/, '')))).toEqual([])
  })

  test('refuses huge and deep bodies with 4xx, quickly', async () => {
    const many = (item: string, count: number) => `[${Array.from({ length: count }, () => item).join(',')}]`
    const members = Array.from({ length: 80_000 }, (__, index) => `"m${index}":1`).join(',')
    const name = Object.keys(example)[0]!
    const target = await targetOf(world, path)
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

test('a fraction, a word for a name and a figure for a name are answered with what to send', async () => {
  const detailOf = async (response: Response) => ((await response.json()) as ProblemBody).errors!.map(({ detail }) => detail)
  expect(await detailOf(await world.operator.post('/api/factory/1/chart-data', { time: 60, actual: 1.5 }))).toEqual([
    'Not a whole number. Send one without a fraction.',
  ])
  expect(await detailOf(await world.operator.post('/api/factory/1/chart-data', { time: '60', actual: 1 }))).toEqual([
    'Wrong type. Send a number.',
  ])
  expect(await detailOf(await world.operator.post('/api/factory/1/chart-data', { actual: 1 }))).toEqual(['Missing field. Send a number.'])
  expect(await detailOf(await world.engineer.patch('/api/factory/1', { name: 5 }))).toEqual(['Wrong type. Send a string.'])
  expect(await detailOf(await world.engineer.patch('/api/factory/1', { zone: 'UTC' }))).toEqual([
    'Unknown field. Known fields: id, name, time_zone.',
  ])
  expect(await detailOf(await world.engineer.patch('/api/sprocket/1', { pitch: 0 }))).toEqual(['Too small. Send a number greater than 0.'])
  expect(await detailOf(await world.admin.post('/api/keys', { name: 'x', role: 'root' }))).toEqual([
    'Unknown value. Send one of viewer, operator, engineer, admin.',
  ])
})
