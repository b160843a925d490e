import { env } from 'cloudflare:workers'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { createApp } from '../../src/app.ts'
import { runCron } from '../../src/jobs/cron.ts'
import { documentOf } from '../support/contract.ts'
import { LOST, makeFaultyD1 } from '../support/fault-injection.ts'
import { attachClients, createHarness, newIsolate, apiKeyOf } from '../support/harness.ts'
import type { Harness } from '../support/harness.ts'
import { targetOf } from './targets.ts'

// Promise: an API key that a client sends in the wrong place reaches no log line and no table.

/** A key that is not registered, and the part of it that must not appear anywhere. */
const SECRET = apiKeyOf('a key that a client puts where it does not belong')
const LEAK = SECRET.slice(4)

let home: Harness
let lines: string[] = []
let spies: { mock: { calls: unknown[][] }; mockRestore(): void }[]
beforeEach(async () => {
  home = await createHarness()
  lines = []
  spies = (['error', 'warn', 'log', 'info', 'debug'] as const).map((level) => vi.spyOn(console, level).mockImplementation(() => {}))
})
afterEach(() => {
  for (const spy of spies) spy.mockRestore()
})

const routes = (harness: Harness) =>
  Object.entries(documentOf(createApp(harness.isolate)).paths).flatMap(([path, operations]) =>
    Object.keys(operations).map((method) => [method.toUpperCase(), path] as const),
  )

/** Returns headers with the key in each that a client may set. */
const headersWith = (secret: string, type: string): Record<string, string> => ({
  'User-Agent': `${'x'.repeat(180)} ${secret}`,
  'X-Request-Id': secret,
  Prefer: `return=representation, ${secret}`,
  Referer: `https://example.com/${secret}`,
  Cookie: `key=${secret}`,
  Accept: `application/json, text/${secret};q=0.1`,
  'Content-Type': type,
})

/** Headers that are rejected if malformed. Each is sent alone. */
const MALFORMED = [
  'Idempotency-Key',
  'If-Match',
  'If-None-Match',
  'x-d1-bookmark',
  'Content-Digest',
  'Content-Encoding',
  'Want-Repr-Digest',
]

const bodiesWith = (secret: string): [type: string, body: string][] => {
  const named = { name: `gateway ${secret}`, role: 'viewer', [secret]: 1, note: secret, time_zone: secret, readings: [{ time: secret }] }
  return [
    ['application/json', JSON.stringify(named)],
    ['application/json', JSON.stringify({ name: secret })],
    ['application/json', JSON.stringify({ name: secret.replace('_', '%5F'), role: 'viewer' })],
    ['application/json', `{"name":"${secret}"`],
    ['text/csv', `time,${secret}\n${secret},1\n`],
    ['text/plain', `production,factory=1,tag=${secret} actual=1i,${secret}="${secret}" 60`],
    [`text/${secret}`, secret],
  ]
}

const sendEverywhere = async (harness: Harness) => {
  const sendTo = async (method: string, path: string, headers: Record<string, string>, body?: string) => {
    await harness.admin.send(method, path, { headers, ...(body !== undefined && method !== 'GET' ? { body } : {}) }).catch(() => undefined)
  }
  for (const [method, template] of routes(harness)) {
    if (method === 'DELETE' && template === '/api/organisation') continue
    const path = await targetOf(harness, template)
    const bodies = method === 'GET' || method === 'DELETE' ? [['application/json', ''] as const] : bodiesWith(SECRET)
    for (const [type, body] of bodies)
      await sendTo(method, `${path}?limit=${SECRET}&${SECRET}=1`, headersWith(SECRET, type), body || undefined)
    for (const [type, body] of bodies) await sendTo(method, path, headersWith(SECRET, type), body || undefined)
    for (const name of MALFORMED) await sendTo(method, path, { [name]: SECRET, 'Content-Type': 'application/json' }, '{}')
    await sendTo(method, `${path}/${SECRET}`, {})
    await sendTo(method, template.replace(/\{\w+\}/g, SECRET), {})
  }
  await sendTo('GET', `/${SECRET}`, {})
  await harness.as(`${SECRET}x`).get('/api/factories')
  await harness.drain()
}

const printed = () => [...lines, ...spies.flatMap(({ mock }) => mock.calls.map((call) => call.map(String).join(' ')))].join('\n')

const stored = async () => {
  const tables = await env.DB.prepare(`select name from sqlite_schema where type = 'table' and name not like '\\_cf%' escape '\\'`).all<{
    name: string
  }>()
  const rows = await env.DB.batch(tables.results.map(({ name }) => env.DB.prepare(`select * from "${name}"`)))
  return JSON.stringify(rows.map(({ results }) => results))
}

test('an API key anywhere in a request reaches no log line and no table', { timeout: 120_000 }, async () => {
  const harness = attachClients(
    newIsolate(home.clock, { LOG_SAMPLE: '1' }, (line) => lines.push(line)),
    home.clock,
  )
  await sendEverywhere(harness)
  expect(lines.length).toBeGreaterThan(100)
  expect(printed()).not.toContain(LEAK)
  expect(await stored()).not.toContain(LEAK)
})

test('an API key in a request reaches no log line while D1 fails or quotes it in an error', { timeout: 120_000 }, async () => {
  const d1 = makeFaultyD1()
  const harness = attachClients(
    newIsolate(home.clock, { LOG_SAMPLE: '1', DB: d1.binding }, (line) => lines.push(line)),
    home.clock,
  )
  await harness.admin.get('/api/factories')
  for (const message of [LOST, `D1_ERROR: bad value ${SECRET}: SQLITE_MISMATCH`, `cannot read ${SECRET}`]) {
    d1.decide = ({ sql }) => (sql.includes('"hash"') ? undefined : { before: message })
    for (const [method, path, body] of [
      ['GET', '/api/factory/2/export', undefined],
      ['POST', '/api/factories', '{}'],
      ['POST', '/api/factory/1/chart-data', '{"time":60,"actual":1}'],
    ] as const) {
      const init = { headers: headersWith(SECRET, 'application/json'), ...(body && { body }) }
      expect((await harness.admin.send(method, path, init)).status).toBeGreaterThanOrEqual(500)
    }
    home.clock.advance(61_000)
    await harness.drain()
    await runCron(harness.isolate, 0)
  }
  expect(printed()).toContain('spk_…')
  expect(printed()).not.toContain(LEAK)
})

test('a request id with an API key in it is replaced, in the router and in the fast path', async () => {
  const harness = attachClients(newIsolate(home.clock, { MEMORY_SECONDS: '5' }), home.clock)
  for (let n = 0; n < 4; n++) {
    const { headers } = await harness.viewer.get('/api/sprockets', { 'X-Request-Id': SECRET })
    expect(headers.get('X-Request-Id')).toMatch(/^[0-9a-f-]{36}$/)
    await harness.drain()
  }
  expect((await harness.viewer.get('/api/sprockets', { 'X-Request-Id': 'spk_07' })).headers.get('X-Request-Id')).toBe('spk_07')
})

test('a name with an API key in it gets 422, and a name that only begins like a key is accepted', async () => {
  const response = await home.admin.post('/api/keys', { name: `for ${SECRET}`, role: 'viewer' })
  expect([response.status, await response.json()]).toMatchObject([
    422,
    { errors: [{ pointer: '#/name', detail: expect.stringContaining('API key') }] },
  ])
  expect((await home.engineer.patch('/api/factory/1', { name: 'spk_line7' })).status).toBe(200)
})
