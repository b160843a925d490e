import { describe, expect, test } from 'vitest'
import { createClient } from '../../../src/client/client.ts'
import type { Options } from '../../../src/client/client.ts'

// Promise: the typed client waits for a response in progress, reports readiness, and sends a key only over an encrypted connection.

/** Returns a client that gets the given responses in order, with its requests and its waits in ms. */
const clientWith = (responses: Response[], options: Options = {}) => {
  const requests: Request[] = []
  const waits: number[] = []
  const client = createClient({
    base: 'https://api.test',
    random: () => 0,
    wait: async (ms) => void waits.push(ms),
    fetch: async (request) => {
      requests.push(request)
      const response = responses[requests.length - 1]
      if (!response) throw new Error('No response is left.')
      return response
    },
    ...options,
  })
  return { client, requests, waits }
}
const problem = (status: number, code: string, headers: Record<string, string> = {}) =>
  Response.json(
    { type: `/docs/errors#${code}`, detail: 'Not now.' },
    { status, headers: { ...headers, 'Content-Type': 'application/problem+json' } },
  )

describe('send', () => {
  test('send repeats a 409 with Retry-After, so that it gets the secret of a key whose first response was in progress', async () => {
    const secret = { id: 4, key: 'spk_1' }
    const { client, requests, waits } = clientWith([problem(409, 'conflict', { 'Retry-After': '1' }), Response.json(secret)])
    const { data } = await client.send('POST /api/keys', {}, { name: 'Gateway', role: 'operator' })
    expect([data, waits]).toEqual([secret, [1_000]])
    expect(new Set(requests.map(({ headers }) => headers.get('Idempotency-Key'))).size).toBe(1)
  })

  test('send throws a 409 without Retry-After at once', async () => {
    const { client, requests } = clientWith([problem(409, 'conflict')])
    await expect(client.send('POST /api/keys', {}, { name: 'Gateway', role: 'operator' })).rejects.toMatchObject({ status: 409 })
    expect(requests).toHaveLength(1)
  })
})

describe('get', () => {
  test('get returns the body of the 503 of /ready at once, and repeats a problem of /ready', async () => {
    const report = { status: 'not ready', problems: ['Cron has never completed.'] }
    const { client, requests } = clientWith([
      problem(503, 'unavailable'),
      Response.json(report, { status: 503, headers: { 'Retry-After': '30' } }),
    ])
    expect((await client.get('/ready')).data).toEqual(report)
    expect(requests).toHaveLength(2)
  })

  test('get repeats a 503 of another route with a JSON body', async () => {
    const { client, requests } = clientWith([Response.json({}, { status: 503 }), Response.json({ status: 'pass' })])
    await client.get('/health')
    expect(requests).toHaveLength(2)
  })
})

describe('createClient', () => {
  const key = 'spk_1'

  test.each(['http://api.example.com', 'http://172.32.0.1', 'http://10.example.com'])(
    'createClient rejects a key with the base %s',
    (base) => {
      expect(() => createClient({ base, key })).toThrow(/^The base http:.* would expose the API key.* Use https\.$/)
      expect(() => createClient({ base })).not.toThrow()
    },
  )

  test.each([
    'https://api.example.com',
    'http://localhost:8787',
    'http://127.0.0.1:8787',
    'http://[::1]:8787',
    'http://0.0.0.0:8787',
    'http://192.168.1.20:8787',
    'http://172.16.0.1',
    'http://[fd12:3456::1]',
    'http://plant.local',
  ])('createClient accepts a key with the base %s', (base) => {
    expect(() => createClient({ base, key })).not.toThrow()
  })
})
