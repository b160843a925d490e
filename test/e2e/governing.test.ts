import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { freePort, npmStart, run } from './npm-start.ts'
import type { Started } from './npm-start.ts'
import { DOCUMENTS, readDocument, shellCommandsOf } from './readme-steps.ts'

// Promise: the commands of the access guide work as written, and leave the same audit entries as the API.

let state: string
let started: Started
const npm = (...args: string[]) => run('npm', ['run', '--silent', args[0]!, '--', ...args.slice(1), '--persist-to', state])
// These commands need a Cloudflare account, run tests, or are covered by another test.
const ELSEWHERE =
  /^(npm (start|test|ci)|npx (wrangler|vitest) .*|npm run (deploy|check|lint|format|test:unit|seed:sql|test:simulation -- .*)|npm run .* --remote.*|npm run load -- .*|npm run build && npm pack .*|npm install \.\/.*|curl -O .*)$/
/** All other commands of the documents, in order: those of the access guide. */
const commands = (await Promise.all(DOCUMENTS.map(readDocument))).flatMap(shellCommandsOf).filter((line) => !ELSEWHERE.test(line))
/** Runs the next command of the documents as commands. */
const runNextCommand = (command: string) => {
  const line = commands.shift()!
  expect(`${line} `).toContain(`npm run ${command} `)
  return run('bash', ['-c', `${line.replace('npm run', 'npm run --silent')} --persist-to ${state}`])
}
const keyIn = (output: string) => /spk_\w+/.exec(output)![0]
const request = (method: string, path: string, key: string, body?: unknown) =>
  fetch(`${started.base}${path}`, {
    method,
    headers: { Authorization: `Bearer ${key}`, ...(body === undefined ? {} : { 'Content-Type': 'application/json' }) },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })

beforeAll(async () => {
  state = await mkdtemp(join(tmpdir(), 'governing-'))
  started = await npmStart(await freePort(), state)
})
afterAll(async () => {
  await started.stop()
  await rm(state, { recursive: true, force: true })
})

test(
  'the operator creates an organisation and its first key, which administers the rest through the API',
  { timeout: 600_000 },
  async () => {
    expect(await runNextCommand('organisation -- create')).toMatchObject({ code: 0 })
    const again = await npm('organisation', 'create', 'acme')
    expect([again.code, again.output]).toEqual([1, expect.stringContaining("An organisation 'acme' exists already.")])
    const created = await runNextCommand('key -- create')
    expect(created.code).toBe(0)
    const ada = keyIn(created.output)
    expect(await (await request('GET', '/api/organisation', ada)).json()).toMatchObject({ slug: 'acme', name: 'Acme Works' })
    expect(await (await request('GET', '/api/factories', ada)).json()).toEqual({ factories: [], count: 0, next: null })

    const north = keyIn((await runNextCommand('key -- create')).output)
    const answer = await request('POST', '/api/keys', ada, { name: 'Grace', role: 'engineer' })
    const grace = (await answer.json()) as { id: number; key: string }
    expect((await request('POST', '/api/factories', grace.key, { name: 'North' })).headers.get('Location')).toBe('/api/factory/0')
    const reading = { readings: [{ factory: 0, time: 1611194818, actual: 32 }] }
    expect((await request('POST', '/api/readings', north, reading)).status).toBe(200)
    const listed = await runNextCommand('key -- list')
    expect(listed.output).toMatch(/^0 +Ada +admin +all +\S+ \S+ +- +- +\S+ \S+$/m)
    expect(listed.output).not.toContain('spk_')

    expect(await runNextCommand('key -- revoke 1')).toMatchObject({ code: 0 })
    expect((await request('POST', '/api/readings', north, reading)).status).toBe(401)
    const last = await npm('key', 'revoke', '0', '--organisation', 'acme')
    expect([last.code, last.output]).toEqual([1, expect.stringContaining('is the last admin key')])
    const entries = (await (await request('GET', '/api/audit-log', ada)).json()) as {
      entries: { subject: string; verb: string; key: number | null; user_agent: string }[]
    }
    expect(entries.entries.map(({ subject, verb, key }) => [subject, verb, key])).toEqual([
      ['key', 'revoked', null],
      ['readings', 'appended', 1],
      ['factory', 'created', 2],
      ['key', 'created', 0],
      ['key', 'created', null],
      ['key', 'created', null],
      ['organisation', 'created', null],
    ])
    expect(entries.entries[0]!.user_agent).toBe('npm run key')

    const unsure = await npm('organisation', 'delete', 'acme')
    expect([unsure.code, unsure.output]).toEqual([2, expect.stringContaining('--confirm acme')])
    const list = await runNextCommand('organisation -- list')
    expect(list.output).toMatch(/^acme +Acme Works .*active$/m)
    expect(await runNextCommand('organisation -- delete')).toMatchObject({ code: 0 })
    expect(commands, 'commands of documents without a test').toEqual([])
    expect((await request('PATCH', '/api/organisation', ada, { name: 'x' })).status).toBe(401)
    const remaining = await npm('organisation', 'list')
    // On a slow machine cron may have removed the organisation by now.
    expect(remaining.output).not.toMatch(/^acme .*active$/m)
    expect(remaining.output).toMatch(/^demo .*active$/m)
  },
)

test.each(['README.md', 'src/docs/guides/operate/deploying.md'])(
  'the commands of %s after the first deploy succeed on an empty database',
  { timeout: 120_000 },
  async (file) => {
    const empty = await mkdtemp(join(tmpdir(), 'empty-'))
    const lines = shellCommandsOf(await readDocument(file)).filter((line) => / --remote .*SLUG| SLUG --remote/.test(line))
    expect(lines.length).toBeGreaterThanOrEqual(2)
    try {
      for (const line of lines) {
        const command = line.replace('--remote', `--persist-to ${empty}`).replace('SLUG', 'acme').replace('NAME', 'Ada')
        expect(await run('bash', ['-c', command]), command).toMatchObject({ code: 0 })
      }
    } finally {
      await rm(empty, { recursive: true, force: true })
    }
  },
)

test('npm run forget-cache invalidates every entry in KV and in memory', { timeout: 120_000 }, async () => {
  const path = `${started.base}/api/factory/2/time`
  const statusOf = async () => (await fetch(path)).headers.get('Cache-Status')
  await statusOf()
  await vi.waitFor(async () => expect(await statusOf()).toBe('memory; hit'), { timeout: 20_000 })
  const { code, output } = await npm('forget-cache')
  expect([code, output]).toEqual([0, expect.stringMatching(/^Started cache epoch \d{10}\./)])
  // An isolate learns the epoch within 30 seconds. Cron learns it at once, and here it runs in the serving isolate.
  expect((await fetch(`${started.base}/cdn-cgi/local/scheduled?time=${300_000 * 6_000_000}`)).status).toBe(200)
  expect(await statusOf()).toBe('kv; fwd=miss')
  await vi.waitFor(async () => expect(await statusOf()).toMatch(/; hit$/), { timeout: 20_000 })
})

test.each([
  ['organisation', ['create', 'Not A Slug']],
  ['organisation', ['destroy', 'acme']],
  ['key', ['create', '--role', 'root', '--name', 'x']],
  ['key', ['create', '--role', 'viewer', '--name', 'x', '--factories', 'all']],
  ['key', ['create', '--role', 'viewer', '--name', 'x', '--factories', Array.from({ length: 1001 }, (_, id) => id).join()]],
  ['key', ['create', '--role', 'viewer', '--name', 'x', '--expires', '2001-01-01']],
  ['key', ['frob']],
  ['forget-cache', ['all']],
])('npm run %s -- %j is rejected with one line that names valid input', async (command, args) => {
  const { code, output } = await npm(command, ...args)
  expect([code, output]).toEqual([2, expect.stringMatching(/^.*(npm run|--role|--factories|--expires|slug).*\n$/)])
})
