import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { freePort, npmStart, openShell, run } from './npm-start.ts'
import type { Shell, Started } from './npm-start.ts'
import { requirePort } from '../../src/cli/free-port.ts'
import { serve } from '../../src/cli/dev-server.ts'
import { fits, readTour } from './readme-steps.ts'

const tools = await run('bash', ['-c', 'curl --version']).catch(() => ({ code: 1 }))
const tour = await readTour()

/** Every kind of payload that the seed fills. */
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

/** One who has cloned the project and types what the README says. */
describe('npm start', () => {
  let state: string
  let port: number
  let started: Started

  const get = (path: string, headers: Record<string, string> = {}) => fetch(`${started.base}${path}`, { headers })
  /** The copy is put after the answer to whoever missed it. */
  const untilHit = async (path: string): Promise<Response> => {
    for (let left = 100; ; left--) {
      const response = await get(path)
      if (left === 0 || response.headers.get('Cache-Status') === 'kv; hit') return response
      await response.arrayBuffer()
    }
  }

  beforeAll(async () => {
    state = await mkdtemp(join(tmpdir(), 'newcomer-'))
    port = await freePort()
    // Without the isolate's memory, so that it is KV that answers.
    started = await npmStart(port, state, '--var', 'MEMORY_SECONDS:0')
  })
  afterAll(async () => {
    await started.stop()
    await rm(state, { recursive: true, force: true })
  })

  test('serves where it was told to and is ready at once, for cron has run', async () => {
    expect(new URL(started.base).port).toBe(String(port))
    expect(await (await get('/health')).json()).toMatchObject({ status: 'pass' })
    expect((await get('/ready')).status).toBe(200)
  })

  test('wrangler alone, with seed.sql, serves the same bytes', async () => {
    const place = join(state, 'wrangler')
    const wrangler = async (...args: string[]) => {
      const { code, said } = await run('npx', ['wrangler', ...args, '--local', '--persist-to', place], { CI: 'true' })
      expect([code, said]).toEqual([0, expect.anything()])
    }
    await wrangler('d1', 'migrations', 'apply', 'sprocket-telemetry')
    await wrangler('d1', 'execute', 'sprocket-telemetry', '--file=seed/seed.sql')
    await wrangler('d1', 'execute', 'sprocket-telemetry', '--file=seed/seed.sql')
    const stop = new AbortController()
    const served = await serve(['--port', '0', '--inspector-port', '0', '--persist-to', place], () => {}, stop.signal)
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

  test('npm run key -- local prints the key alone', async () => {
    const { code, said } = await run('npm', ['run', '--silent', 'key', '--', 'local', '--persist-to', state])
    expect([code, said]).toEqual([0, `${started.key}\n`])
  })

  test('prints no line for a request', async () => {
    await get('/api/factory/1/nothing')
    expect(started.said()).not.toContain('/api/factory/1/nothing')
  })

  test('says nothing that a newcomer would wonder about', () => {
    expect(started.said()).not.toMatch(/warn|error|telemetry |metrics|update available|deprecat|non-interactive|🌀|⎔/i)
  })

  test('keeps the key where only its owner reads it and git does not look', async () => {
    const { mode } = await stat(join(state, 'local-key/admin-key'))
    expect(mode & 0o777).toBe(0o600)
    expect(await readFile(join(state, 'local-key/.gitignore'), 'utf8')).toBe('*\n')
  })

  test('the tour has steps', () => {
    expect(tour.length).toBeGreaterThanOrEqual(8)
  })

  describe.skipIf(tools.code !== 0)('the tour', () => {
    let shell: Shell
    beforeAll(() => void (shell = openShell(state, { BASE: started.base, KEY: started.key })))
    afterAll(() => shell.close())

    test.each(tour)('$command', async ({ command, answer }) => {
      const said = await shell.type(command)
      expect(fits(answer, said) ? answer : said).toBe(answer)
    })
  })

  test('a read is answered from KV, and as not modified to who has it', async () => {
    const hit = await untilHit('/api/factory/2')
    expect(hit.headers.get('Cache-Status')).toBe('kv; hit')
    expect(hit.headers.get('Cache-Control')).toBe('no-cache')
    const etag = hit.headers.get('ETag')!
    expect(etag).toMatch(/^"[\w-]{22}"$/)
    const again = await get('/api/factory/2', { 'If-None-Match': etag })
    expect(again.status).toBe(304)
    expect(again.headers.get('ETag')).toBe(etag)
    expect(again.headers.get('Cache-Status')).toBe('kv; hit')
  })

  test('what is loaded while it serves reaches readers with the next tick', async () => {
    await (await untilHit('/api/factory/2')).arrayBuffer()
    const file = join(state, 'more.json')
    const none = { sprocket_production_actual: [], sprocket_production_goal: [], time: [] }
    const more = { sprocket_production_actual: [1], sprocket_production_goal: [null], time: [1_611_500_000] }
    await writeFile(file, JSON.stringify({ factories: [none, none, more].map((chart_data) => ({ factory: { chart_data } })) }))
    expect(await run('npm', ['run', '--silent', 'load', '--', '--persist-to', state, file])).toEqual({
      code: 0,
      said: 'Loaded: 1 reading added or changed.\n',
    })
    expect(await (await get('/cdn-cgi/local/scheduled')).text()).toBe('ok')
    const response = await untilHit('/api/factory/2')
    expect(response.headers.get('Cache-Status')).toBe('kv; hit')
    expect(await response.json()).toMatchObject({ factory: { latest: { time: 1_611_500_000, actual: 1, goal: null } } })
  })

  test('npm run warm prints what a tick did', async () => {
    const { code, said } = await run('npm', ['run', '--silent', 'warm', '--', '--persist-to', state])
    expect(said).toMatch(/^publish +\d+ +stale entries put into KV$/m)
    expect(said).toMatch(/^reconcile +\{"differing":\d+,"unknown":0\}/m)
    for (const line of said.trim().split('\n')) expect(line).toMatch(/^\w+ +\S+ +\w+ .+$/)
    expect(code).toBe(0)
  })

  test('a port in use is told before anything is done', async () => {
    const { code, said } = await run('npm', ['start', '--', '--port', String(port), '--persist-to', state])
    expect(said).toContain(`Port ${port} is in use`)
    const [, suggested] = /npm start -- --port (\d+)/.exec(said)!
    await requirePort(Number(suggested))
    expect(code).toBe(1)
  })

  test('ends on a signal, and starting again finds the data and the key', async () => {
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
    expect(started.said()).not.toContain('Loading the seed')
    expect(await (await get(`/api/factory/0/chart-data/${time}`)).json()).toEqual({ time, actual: 7, goal: 8 })
    expect(await (await get('/api/factory/0')).json()).toMatchObject({ factory: { latest: { time, actual: 7, goal: 8 } } })
    expect((await get('/ready')).status).toBe(200)
  })
})
