import { ERRORS } from '../../src/errors.ts'
import { beforeAll, describe, expect, test } from 'vitest'
import { createApp } from '../../src/app.ts'
import { documentOf, exampleOf, misfits, resolve, violations } from '../support/contract.ts'
import type { ResponseObject, ContractDocument, Operation } from '../support/contract.ts'
import { addAnnotations } from '../support/annotations.ts'
import { createHarness } from '../support/harness.ts'
import type { Harness } from '../support/harness.ts'

// Promise: the OpenAPI document describes every route and every response, and its examples are real.

let harness: Harness
let document: ContractDocument
beforeAll(async () => {
  harness = await createHarness()
  await addAnnotations(harness, 2)
  document = (await (await harness.anonymous.get('/openapi.json')).json()) as ContractDocument
})

test('the OpenAPI document equals its snapshot (update it with `npm test -- -u`)', async () => {
  await expect(`${JSON.stringify(document, null, 2)}\n`).toMatchFileSnapshot('./openapi.json')
})

test('every registered route is documented', async () => {
  const app = createApp(harness.isolate)
  const registered = app.routes
    .filter(({ method, path }) => method !== 'ALL' || path !== '/*')
    .map(({ method, path }) => `${method} ${path}`)
  const documented = operationsOf(documentOf(app)).map(([method, path]) => `${method} ${path.replaceAll(/\{(\w+)\}/g, ':$1')}`)
  const redirects = ['ALL /api/factories/:rest{.+}', 'ALL /api/sprockets/:rest{.+}']
  const pages = ['GET /embed', 'GET /embed/factory/:id']
  expect([...new Set(registered)].toSorted()).toEqual([...documented, ...redirects, ...pages].toSorted())
})

const operationsOf = ({ paths }: ContractDocument) =>
  Object.entries(paths).flatMap(([path, operations]) =>
    Object.entries(operations).map(([method, operation]) => [method.toUpperCase(), path, operation] as const),
  )

test('every request and response body has an example that fits its schema', () => {
  const wrong: string[] = []
  for (const [method, path, { requestBody, responses }] of operationsOf(document)) {
    const bodies = [
      ...Object.values(responses).map((each) => resolve<ResponseObject>(document, each)),
      ...(requestBody ? [requestBody] : []),
    ]
    for (const [type, media] of bodies.flatMap(({ content = {} }) => Object.entries(content))) {
      const shown = exampleOf(document, media)
      if (shown === undefined) wrong.push(`${method} ${path}: no example of ${type}`)
      else wrong.push(...misfits(document, media.schema, shown).map((misfit) => `${method} ${path}: example of ${type} ${misfit}`))
      for (const { value } of Object.values(media.examples ?? {})) wrong.push(...misfits(document, media.schema, value))
    }
  }
  expect(wrong).toEqual([])
})

/** Routes whose response differs in each run. Their examples show only the form. */
const SHOWN_IN_FORM_ONLY = /^GET \/ready$|^GET \/openapi\.json$| \/api\/(access|keys?|organisation|audit-log)(\/|$)/

/** Returns the path with the example of each parameter. */
const addressOf = (path: string, { parameters = [] }: Operation) =>
  parameters
    .filter((each) => each.in === 'path')
    .reduce((address, { name, example, schema }) => address.replace(`{${name}}`, String(example ?? schema?.example)), path)

/** True if the response equals the example. Of long arrays, the example shows the beginning. */
const shows = (shown: unknown, answered: unknown): boolean => {
  if (Array.isArray(shown)) return Array.isArray(answered) && shown.every((item, index) => shows(item, answered[index]))
  if (typeof shown !== 'object' || shown === null) return shown === answered
  if (typeof answered !== 'object' || answered === null) return false
  const members = new Set([...Object.keys(shown), ...Object.keys(answered)])
  return [...members].every((name) => shows((shown as Record<string, unknown>)[name], (answered as Record<string, unknown>)[name]))
}

test('every documented request gets its documented example as response from the seed data', async () => {
  const wrong: string[] = []
  const reads = operationsOf(document).filter(([method]) => method === 'GET')
  const writes = operationsOf(document).filter(([method]) => method !== 'GET')
  for (const [method, path, operation] of [...reads, ...writes]) {
    const bodies = Object.entries(operation.requestBody?.content ?? { '': undefined })
    for (const [type, media] of bodies) {
      const fresh = method === 'GET' ? harness : await createHarness()
      if (method !== 'GET' && path.includes('stop-annotation')) await addAnnotations(fresh, 2)
      const shown = media && exampleOf(document, media)
      const init = media && { body: type.startsWith('text/') ? String(shown) : JSON.stringify(shown), headers: { 'Content-Type': type } }
      const response = await fresh.admin.send(method, addressOf(path, operation), init)
      await fresh.drain()
      const text = await response.text()
      const documented = operation.responses[response.status]
      const answer = ((documented && resolve<ResponseObject>(document, documented).content) ?? {})['application/json']
      const name = `${method} ${path}`
      if (!response.ok && !(name === 'GET /ready')) wrong.push(`${name}: ${response.status} ${text}`)
      else if (answer && !SHOWN_IN_FORM_ONLY.test(name) && !shows(exampleOf(document, answer), JSON.parse(text)))
        wrong.push(`${name} returns ${text}`)
    }
  }
  expect(wrong).toEqual([])
})

describe('violations', () => {
  const problem = {
    type: 'https://api.test/docs/errors#not-found',
    title: ERRORS['not-found'].title,
    status: 404,
    detail: '',
    request_id: '1',
  }
  const headers = {
    'X-Request-Id': '1',
    Vary: 'Accept',
    'RateLimit-Policy': '"read"',
    'Server-Timing': 'worker;dur=0',
    'Cache-Control': 'no-cache',
    'X-Content-Type-Options': 'nosniff',
    'Access-Control-Allow-Origin': '*',
    'Access-Control-Expose-Headers': 'ETag',
    'Timing-Allow-Origin': '*',
  }
  const json = { ...headers, 'Content-Type': 'application/json', ETag: '"1"', 'Cache-Status': 'kv; hit' }
  const problemJson = { ...headers, 'Content-Type': 'application/problem+json' }
  const find = (method: string, path: string, body: unknown, init: ResponseInit) =>
    violations(document, method, path, new Response(null, init), body === null ? '' : JSON.stringify(body)).join('; ')
  const sprocket = { id: 0, teeth: 5, pitch_diameter: 5, outside_diameter: 6, pitch: 1 }

  test('violations accepts a response that fits the contract', () => {
    expect(find('GET', '/api/sprocket/0/', sprocket, { headers: json })).toBe('')
    expect(find('GET', '/api/sprocket/9?x', problem, { status: 404, headers: problemJson })).toBe('')
    expect(find('GET', '/nowhere', problem, { status: 404, headers: problemJson })).toBe('')
  })
  test.each<[string, string, string, unknown, ResponseInit, RegExp]>([
    ['a member that is not documented', 'GET', '/api/sprocket/0', { ...sprocket, secret: 1 }, { headers: json }, /secret/],
    ['a member that is missing', 'GET', '/api/sprocket/0', { ...sprocket, pitch: undefined }, { headers: json }, /pitch/],
    ['a member of another type', 'GET', '/api/sprocket/0', { ...sprocket, teeth: '5' }, { headers: json }, /type/],
    [
      'a member in addition to one of two shapes',
      'POST',
      '/api/factory/0/chart-data',
      { received: 1, x: 1 },
      { headers: json },
      /oneOf|schema/,
    ],
    ['a status that is not documented', 'GET', '/api/sprocket/0', sprocket, { status: 202, headers: json }, /202/],
    ['another media type', 'GET', '/api/sprocket/0', sprocket, { headers: { ...headers, 'Content-Type': 'text/plain' } }, /text\/plain/],
    ['a body where none is documented', 'DELETE', '/api/sprocket/0', sprocket, { status: 200, headers: json }, /200/],
    ['an error that is not a problem document', 'GET', '/api/sprocket/9', {}, { status: 404, headers: json }, /not documented/],
    ['an error of another code', 'GET', '/api/sprocket/9', { ...problem, title: 'x' }, { status: 404, headers: problemJson }, /table/],
    ['an error of another request', 'GET', '/api/sprocket/9', { ...problem, request_id: '2' }, { status: 404, headers: problemJson }, /id/],
    ['a success where there is no route', 'GET', '/nowhere', sprocket, { headers: json }, /no route/],
    ['a method that is not documented', 'POST', '/api/sprocket/0', sprocket, { headers: json }, /not documented/],
    ['no request id', 'GET', '/api/sprocket/0', sprocket, { headers: { ...json, 'X-Request-Id': '' } }, /X-Request-Id/],
    ['no Vary', 'GET', '/api/sprocket/0', sprocket, { headers: { ...json, Vary: '' } }, /Vary/],
    ['no Server-Timing', 'GET', '/api/sprocket/0', sprocket, { headers: { ...json, 'Server-Timing': '' } }, /Server-Timing/],
    ['no header that the route declares', 'GET', '/api/sprocket/0', sprocket, { headers: { ...json, ETag: '' } }, /no ETag/],
    ['a header that is not documented', 'GET', '/api/sprocket/0', sprocket, { headers: { ...json, Link: '<>' } }, /link/],
    ['an invalid header', 'GET', '/api/factory/0/time', [], { headers: { ...json, 'X-Request-Id': '1'.repeat(101) } }, /X-Request-Id/],
    ['a body to HEAD', 'HEAD', '/api/sprocket/0', sprocket, { headers: json }, /HEAD/],
  ])('violations finds %s', (_, method, path, body, init, found) => {
    expect(find(method, path, body, init)).toMatch(found)
  })
})
