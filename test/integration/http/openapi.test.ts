import { beforeAll, expect, test } from 'vitest'
import { buildOpenApi } from '../../../src/http/openapi.ts'
import type { RouteContract } from '../../../src/schemas/route-contract.ts'
import { createHarness } from '../../support/harness.ts'
import type { Harness } from '../../support/harness.ts'

// Promise: `/openapi.json` describes every route, is cached by its content, and cannot be extended by a wrong declaration.

let harness: Harness
beforeAll(async () => {
  harness = await createHarness()
})

interface OpenApi {
  servers: { url: string }[]
}

test('GET /openapi.json sends the same bytes to every client, and 304 to a client that has them', async () => {
  const first = await harness.anonymous.get('/openapi.json')
  const etag = first.headers.get('ETag')!
  expect(etag).toMatch(/^"[\w-]{22}"$/)
  expect(first.headers.get('Cache-Control')).toBe('no-cache')
  const known = await harness.admin.get('/openapi.json', { 'If-None-Match': etag })
  expect([known.status, await known.text(), known.headers.get('ETag')]).toEqual([304, '', etag])
  expect((await harness.anonymous.get('/openapi.json', { 'If-None-Match': '"other"' })).status).toBe(200)
})

test('the contract names its own origin as the server', async () => {
  const { servers } = (await (await harness.anonymous.get('/openapi.json')).json()) as OpenApi
  expect(servers).toEqual([{ url: '/' }])
})

test.each<[string, Partial<RouteContract>]>([
  [
    'has a body without a limit',
    { method: 'delete', schemas: ({ Sprocket }) => ({ body: { 'application/json': Sprocket }, responses: {} }) },
  ],
  ['limits a body that it does not have', { method: 'delete', takesBody: true }],
  ['writes and has no body', { method: 'put' }],
])('buildOpenApi throws for a route that %s', (_, change) => {
  const contract = {
    path: '/x',
    operationId: 'getX',
    role: 'engineer',
    scope: 'key',
    tag: 'Meta',
    summary: '',
    schemas: () => ({ responses: {} }),
  } as const
  expect(() => buildOpenApi([{ method: 'delete', ...contract }])).not.toThrow()
  expect(() => buildOpenApi([{ method: 'delete', ...contract, ...change }])).toThrow(
    'must either read a body and have its schema, or neither',
  )
})
