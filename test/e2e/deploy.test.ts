import { writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { once } from 'node:events'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { unstable_getVarsForDev, unstable_readConfig } from 'wrangler'
import { deploy, deployLine } from '../../src/cli/deploy-steps.ts'
import { parseOptions } from '../../src/cli/options.ts'
import type { Outcome, Wrangler } from '../../src/cli/wrangler.ts'
import { root } from './npm-start.ts'

// Promise: npm run deploy migrates before new code is served, checks the deployment, and stops at the first failure.

/** Returns a report of `/ready` with a problem. */
const notReady = (secondsSinceCron: number | null, problem: string, more: { database?: string; kv?: string } = {}) => ({
  status: 'not ready',
  problems: [problem],
  database: 'ok',
  kv: 'ok',
  seconds_since_cron: secondsSinceCron,
  ...more,
})

/** A Cloudflare account as wrangler shows it, and the Worker that it serves. */
class Account {
  hasDatabase = false
  /** The wrangler commands so far, in order. */
  readonly commands: string[] = []
  /** Commands that fail, with their error. */
  readonly failing = new Map<string, string>()
  readonly answers: Record<string, [status: number, body: unknown]> = {
    '/health': [200, { status: 'pass' }],
    '/openapi.json': [200, { openapi: '3.1.0' }],
    '/api/sprockets?limit=1': [401, {}],
    '/ready': [503, notReady(null, 'Cron has never completed.')],
  }
  targets: string[] = []
  private server: Server | undefined

  async open() {
    this.server = createServer((request, response) => {
      const [status, body] = this.answers[request.url!] ?? [404, {}]
      response.writeHead(status, { 'Content-Type': 'application/json' }).end(typeof body === 'string' ? body : JSON.stringify(body))
    }).listen(0, '127.0.0.1')
    await once(this.server, 'listening')
    this.targets = [`http://127.0.0.1:${(this.server.address() as AddressInfo).port}`, 'schedule: * * * * *']
  }

  close() {
    this.server?.closeAllConnections()
    this.server?.close()
  }

  readonly wrangler: Wrangler = async (args, env = {}) => {
    this.commands.push(args.join(' '))
    const failure = this.failing.get(args[0]!)
    if (failure !== undefined) return fail(failure)
    if (args[0] === 'd1' && !this.hasDatabase)
      return fail(
        "Couldn't find a D1 DB named 'sprocket-telemetry' (bound as 'DB') in the API. Run 'wrangler d1 create sprocket-telemetry' to create it.",
      )
    if (args[0] === 'deploy' && !args.includes('--dry-run')) {
      this.hasDatabase = true
      await writeFile(env['WRANGLER_OUTPUT_FILE_PATH']!, `${JSON.stringify({ type: 'deploy', targets: this.targets })}\n`)
    }
    return { code: 0, stdout: '', stderr: '' }
  }
}

const fail = (text: string): Outcome => ({ code: 1, stdout: '', stderr: `✘ [ERROR] ${text}\n\n\n🪵  Logs were written to "x"\n` })

const MIGRATE = 'd1 migrations apply DB --remote'

describe('npm run deploy', () => {
  let account: Account
  let lines: string[]
  const run = (...args: string[]) => deploy(account.wrangler, parseOptions(args, deployLine).values, (line) => lines.push(line), 0)

  beforeEach(async () => {
    account = new Account()
    lines = []
    await account.open()
  })
  afterEach(() => account.close())

  test('npm run deploy deploys first if there is no database, and migrates afterwards', async () => {
    await run()
    expect(account.commands).toEqual([MIGRATE, 'deploy', MIGRATE])
    expect(lines.at(-1)).toBe(
      `It works. Private: reads need a key. ${account.targets[0]}/ready reports: Cron has never completed. ` +
        'The first run of cron comes a few minutes after the first deploy.',
    )
  })

  test('npm run deploy migrates an existing database before the code that needs it', async () => {
    account.hasDatabase = true
    account.answers['/ready'] = [200, { status: 'ready', problems: [], database: 'ok', kv: 'ok', seconds_since_cron: 12 }]
    await run()
    expect(account.commands).toEqual([MIGRATE, 'deploy'])
    expect(lines.at(-1)).toBe('It works. Private: reads need a key.')
  })

  test('npm run deploy passes the environment to every step, and other options to the deployment only', async () => {
    await run('--env', 'staging', '--var', 'X:1')
    expect(account.commands).toEqual([`${MIGRATE} --env staging`, 'deploy --env staging --var X:1', `${MIGRATE} --env staging`])
  })

  test('npm run deploy says that a deployment can be read without a key', async () => {
    account.answers['/api/sprockets?limit=1'] = [200, { sprockets: [] }]
    await run()
    expect(lines.at(-1)).toContain('Public: anyone can read')
  })

  test('a deployment is private by default: .dev.vars opens the seeded organisation only locally', async () => {
    const { vars } = unstable_readConfig({ config: join(root, 'wrangler.toml') })
    expect(vars['PUBLIC_ORGANISATION']).toBe('')
    expect(unstable_getVarsForDev(join(root, 'wrangler.toml'), undefined, vars, undefined, true)['PUBLIC_ORGANISATION']).toMatchObject({
      value: 'demo',
    })
  })

  test('wrangler.toml leaves workers.dev to wrangler, which turns it off for a deployment with a custom domain', () => {
    expect(unstable_readConfig({ config: join(root, 'wrangler.toml') }).workers_dev).toBeUndefined()
  })

  test('npm run deploy stops before the new code if a migration fails', async () => {
    account.hasDatabase = true
    account.failing.set('d1', 'near "foo": syntax error')
    await expect(run()).rejects.toThrow('near "foo": syntax error')
    expect(account.commands).toEqual([MIGRATE])
  })

  test('npm run deploy reports a failed deployment and stops', async () => {
    account.failing.set('deploy', 'No such account')
    await expect(run()).rejects.toThrow('Deploying failed:\nNo such account')
    expect(account.commands).toEqual([MIGRATE, 'deploy'])
  })

  test('npm run deploy -- --dry-run changes nothing', async () => {
    await run('--dry-run')
    expect(account.commands).toEqual(['deploy --dry-run'])
  })

  test('npm run deploy explains how to log in', async () => {
    account.failing.set('d1', "In a non-interactive environment, it's necessary to set a CLOUDFLARE_API_TOKEN environment variable")
    await expect(run()).rejects.toThrow('npx wrangler login')
  })

  test.each<[string, [number, unknown]]>([
    ['/health', [500, { status: 'broken' }]],
    ['/openapi.json', [200, { swagger: '2.0' }]],
    ['/openapi.json', [404, {}]],
    ['/ready', [503, notReady(3, 'The database has the status "failed".', { database: 'failed' })]],
    ['/ready', [503, notReady(3, 'KV has the status "failed".', { kv: 'failed' })]],
    ['/ready', [503, '<html>']],
    ['/ready', [200, null]],
    ['/ready', [500, {}]],
  ])('npm run deploy fails if %s returns %j', async (path, answer) => {
    account.answers[path] = answer
    await expect(run()).rejects.toThrow(`${account.targets[0]}${path}`)
    expect(lines).not.toContain('It works.')
  })

  test('npm run deploy names the problem of a Worker whose cron has run', async () => {
    account.answers['/ready'] = [503, notReady(12, '1,000 cache entries are stale, the oldest for 400 s.')]
    await run()
    expect(lines.at(-1)).toMatch(/\/ready reports: 1,000 cache entries are stale, the oldest for 400 s\.$/)
  })

  test('npm run deploy cannot check a deployment that has only routes', async () => {
    account.targets = ['example.com/* (zone name: example.com)', 'schedule: * * * * *']
    await run()
    expect(lines.at(-1)).toContain('no address')
  })
})
