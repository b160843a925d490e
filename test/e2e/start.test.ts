import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { freePort, npmStart, openShell, run } from './npm-start.ts'
import type { Shell, Started } from './npm-start.ts'
import { requirePort } from '../../src/cli/free-port.ts'
import { serve } from '../../src/cli/dev-server.ts'
import { fits, readTour } from './readme-steps.ts'

// Promise: npm start serves the seed data after one command, and the README tour works as written.

const tools = await run('bash', ['-c', 'curl --version']).catch(() => ({ code: 1 }))
const tour = await readTour()

/** Every kind of payload of the seed data. */
const PATHS = [
  ...['', '/chart-data', '/chart-data?last=day&format=csv', '/summary', '/profile', '/chart.svg'].flatMap((view) =>
    [0, 1, 2].map((id) => `/api/factory/${id}${view}`),
  ),
  '/api/factories',
  '/api/factories?chart_data=false',
  '/api/summary',
  '/api/sprockets',
  '/api/sprocket/2',
]

/** Runs the commands of the README like a reader who has just cloned the project. */
describe('npm start', () => {
  let state: string
  let port: number
  let started: Started

  const get = (path: string, headers: Record<string, string> = {}) => fetch(`${started.base}${path}`, { headers })
  /** Reads until KV has the entry, which is put after the response of the first read. */
  const readUntilHit = async (path: string): Promise<Response> => {
    for (let attempts = 100; ; attempts--) {
      const response = await get(path)
      if (attempts === 0 || response.headers.get('Cache-Status') === 'kv; hit') return response
      await response.arrayBuffer()
    }
  }

  beforeAll(async () => {
    state = await mkdtemp(join(tmpdir(), 'start-'))
    port = await freePort()
    // Without memory, so that reads come from KV.
    started = await npmStart(port, state, '--var', 'MEMORY_SECONDS:0')
  })
  afterAll(async () => {
    await started.stop()
    await rm(state, { recursive: true, force: true })
  })

  test('npm start serves on the given port and is ready at once, because cron has run', async () => {
    expect(new URL(started.base).port).toBe(String(port))
    expect(await (await get('/health')).json()).toMatchObject({ status: 'pass' })
    expect((await get('/ready')).status).toBe(200)
  })

  test('wrangler with seed.sql serves the same bytes as npm start', async () => {
    const directory = join(state, 'wrangler')
    const wrangler = async (...args: string[]) => {
      const { code, output } = await run('npx', ['wrangler', ...args, '--local', '--persist-to', directory], { CI: 'true' })
      expect([code, output]).toEqual([0, expect.anything()])
    }
    await wrangler('d1', 'migrations', 'apply', 'sprocket-telemetry')
    await wrangler('d1', 'execute', 'sprocket-telemetry', '--file=seed/seed.sql')
    await wrangler('d1', 'execute', 'sprocket-telemetry', '--file=seed/seed.sql')
    const stop = new AbortController()
    const served = await serve(['--port', '0', '--inspector-port', '0', '--persist-to', directory], () => {}, stop.signal)
    try {
      for (const path of PATHS) {
        const [expected, actual] = await Promise.all([get(path), fetch(`${served.url}${path}`)])
        expect([path, actual.status, actual.headers.get('ETag')]).toEqual([path, 200, expected.headers.get('ETag')])
        expect(await actual.text()).toBe(await expected.text())
      }
      expect((await fetch(`${served.url}/cdn-cgi/local/scheduled`)).status).toBe(200)
      expect((await fetch(`${served.url}/ready`)).status).toBe(200)
    } finally {
      stop.abort()
      await served.ended
    }
  })

  test('npm run key -- local prints only the key', async () => {
    const { code, output } = await run('npm', ['run', '--silent', 'key', '--', 'local', '--persist-to', state])
    expect([code, output]).toEqual([0, `${started.key}\n`])
  })

  test('npm start prints no line for a request', async () => {
    await get('/api/factory/1/nothing')
    expect(started.output()).not.toContain('/api/factory/1/nothing')
  })

  test('npm start prints no warnings or notices', () => {
    expect(started.output()).not.toMatch(/warn|error|telemetry |metrics|update available|deprecat|non-interactive|🌀|⎔/i)
  })

  test('npm start stores the key in a file that only its owner can read and git ignores', async () => {
    const { mode } = await stat(join(state, 'local-key/admin-key'))
    expect(mode & 0o777).toBe(0o600)
    expect(await readFile(join(state, 'local-key/.gitignore'), 'utf8')).toBe('*\n')
  })

  test('the README tour has at least eight steps', () => {
    expect(tour.length).toBeGreaterThanOrEqual(8)
  })

  describe.skipIf(tools.code !== 0)('the README tour', () => {
    let shell: Shell
    beforeAll(() => void (shell = openShell(state, { BASE: started.base, KEY: started.key })))
    afterAll(() => shell.close())

    test.each(tour)('the command prints the documented output: $command', async ({ command, answer }) => {
      const output = await shell.type(command)
      expect(fits(answer, output) ? answer : output).toBe(answer)
    })
  })

  test('a read is served from KV, and gets 304 with its entity tag', async () => {
    const hit = await readUntilHit('/api/factory/2')
    expect(hit.headers.get('Cache-Status')).toBe('kv; hit')
    expect(hit.headers.get('Cache-Control')).toBe('no-cache')
    const etag = hit.headers.get('ETag')!
    expect(etag).toMatch(/^"[\w-]{22}"$/)
    const again = await get('/api/factory/2', { 'If-None-Match': etag })
    expect(again.status).toBe(304)
    expect(again.headers.get('ETag')).toBe(etag)
    expect(again.headers.get('Cache-Status')).toBe('kv; hit')
  })

  test('loaded readings reach readers of a running server at the next cron run', async () => {
    await (await readUntilHit('/api/factory/2')).arrayBuffer()
    const file = join(state, 'more.json')
    const none = { sprocket_production_actual: [], sprocket_production_goal: [], time: [] }
    const more = { sprocket_production_actual: [1], sprocket_production_goal: [null], time: [1_611_500_000] }
    await writeFile(file, JSON.stringify({ factories: [none, none, more].map((chart_data) => ({ factory: { chart_data } })) }))
    expect(await run('npm', ['run', '--silent', 'load', '--', '--persist-to', state, file])).toEqual({
      code: 0,
      output: 'Loaded: 1 reading added or changed.\n',
    })
    expect(await (await get('/cdn-cgi/local/scheduled')).text()).toBe('ok')
    const response = await readUntilHit('/api/factory/2')
    expect(response.headers.get('Cache-Status')).toBe('kv; hit')
    expect(await response.json()).toMatchObject({ factory: { latest: { time: 1_611_500_000, actual: 1, goal: null } } })
  })

  test('npm run warm prints what each cron job did', async () => {
    const { code, output } = await run('npm', ['run', '--silent', 'warm', '--', '--persist-to', state])
    expect(output).toMatch(/^publish +\d+ +stale entries put into KV$/m)
    expect(output).toMatch(/^reconcile +\{"differing":\d+,"unknown":0\}/m)
    for (const line of output.trim().split('\n')) expect(line).toMatch(/^\w+ +\S+ +\w+ .+$/)
    expect(code).toBe(0)
  })

  test('npm start rejects a port in use before it does anything', async () => {
    const { code, output } = await run('npm', ['start', '--', '--port', String(port), '--persist-to', state])
    expect(output).toContain(`Port ${port} is in use`)
    const [, suggested] = /npm start -- --port (\d+)/.exec(output)!
    await requirePort(Number(suggested))
    expect(code).toBe(1)
  })

  test('npm start ends on a signal, and finds its data and key after a restart', async () => {
    const { key } = started
    const time = 1_611_400_000
    const write = await fetch(`${started.base}/api/factory/0/chart-data`, {
      method: 'POST',
      headers: { Authorization: `Bearer ${key}`, 'Content-Type': 'application/json' },
      body: JSON.stringify({ time, actual: 7, goal: 8 }),
    })
    expect(await write.json()).toMatchObject({ changed: 1 })
    await started.stop()
    await expect(get('/health')).rejects.toThrow('fetch failed')

    started = await npmStart(port, state)
    expect(started.key).toBe(key)
    expect(started.output()).not.toContain('Loading the seed')
    expect(await (await get(`/api/factory/0/chart-data/${time}`)).json()).toEqual({ time, actual: 7, goal: 8 })
    expect(await (await get('/api/factory/0')).json()).toMatchObject({ factory: { latest: { time, actual: 7, goal: 8 } } })
    expect((await get('/ready')).status).toBe(200)
  })
})
