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

/** An account at Cloudflare, as far as wrangler shows it, and the Worker that it serves. */
class Account {
  hasDatabase = false
  /** What wrangler was asked for, in order. */
  readonly commands: string[] = []
  /** Commands that fail, with what they say. */
  readonly failing = new Map<string, string>()
  readonly answers: Record<string, [status: number, body: unknown]> = {
    '/health': [200, { status: 'pass' }],
    '/openapi.json': [200, { openapi: '3.1.0' }],
    '/api/sprockets?limit=1': [401, {}],
    '/ready': [503, { status: 'not ready', database: 'ok', kv: 'ok', seconds_since_cron: null }],
  }
  targets: string[] = []
  private server: Server | undefined

  async open() {
    this.server = createServer((request, response) => {
      const [status, body] = this.answers[request.url!] ?? [404, {}]
      response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(body))
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
  let told: string[]
  const run = (...args: string[]) => deploy(account.wrangler, parseOptions(args, deployLine).values, (line) => told.push(line), 0)

  beforeEach(async () => {
    account = new Account()
    told = []
    await account.open()
  })
  afterEach(() => account.close())

  test('the first time: deploys, which makes the database, and migrates it then', async () => {
    await run()
    expect(account.commands).toEqual([MIGRATE, 'deploy', MIGRATE])
    expect(told.at(-1)).toMatch(/^It works\. Private: reads need a key\. Cron has not run yet/)
  })

  test('later: migrates before the code that needs it', async () => {
    account.hasDatabase = true
    account.answers['/ready'] = [200, { status: 'ready', database: 'ok', kv: 'ok', seconds_since_cron: 12 }]
    await run()
    expect(account.commands).toEqual([MIGRATE, 'deploy'])
    expect(told.at(-1)).toBe('It works. Private: reads need a key.')
  })

  test('the environment reaches every step, what else is given the deploy alone', async () => {
    await run('--env', 'staging', '--var', 'X:1')
    expect(account.commands).toEqual([`${MIGRATE} --env staging`, 'deploy --env staging --var X:1', `${MIGRATE} --env staging`])
  })

  test('a deployment that can be read without a key says so', async () => {
    account.answers['/api/sprockets?limit=1'] = [200, { sprockets: [] }]
    await run()
    expect(told.at(-1)).toContain('Public: anyone can read')
  })

  test('is private as it stands: .dev.vars alone opens the seeded organisation, and only locally', async () => {
    const { vars } = unstable_readConfig({ config: join(root, 'wrangler.toml') })
    expect(vars['PUBLIC_ORGANISATION']).toBe('')
    expect(unstable_getVarsForDev(join(root, 'wrangler.toml'), undefined, vars, undefined, true)['PUBLIC_ORGANISATION']).toMatchObject({
      value: 'demo',
    })
  })

  test('a migration that fails keeps the new code away', async () => {
    account.hasDatabase = true
    account.failing.set('d1', 'near "foo": syntax error')
    await expect(run()).rejects.toThrow('near "foo": syntax error')
    expect(account.commands).toEqual([MIGRATE])
  })

  test('a deploy that fails is told, and ends it', async () => {
    account.failing.set('deploy', 'No such account')
    await expect(run()).rejects.toThrow('Deploying failed:\nNo such account')
    expect(account.commands).toEqual([MIGRATE, 'deploy'])
  })

  test('a dry run changes nothing', async () => {
    await run('--dry-run')
    expect(account.commands).toEqual(['deploy --dry-run'])
  })

  test('whoever is not logged in is told how', async () => {
    account.failing.set('d1', "In a non-interactive environment, it's necessary to set a CLOUDFLARE_API_TOKEN environment variable")
    await expect(run()).rejects.toThrow('npx wrangler login')
  })

  test.each<[string, [number, unknown]]>([
    ['/health', [500, { status: 'broken' }]],
    ['/openapi.json', [200, { swagger: '2.0' }]],
    ['/openapi.json', [404, {}]],
    ['/ready', [503, { status: 'not ready', database: 'failed', kv: 'ok', seconds_since_cron: 3 }]],
    ['/ready', [503, { status: 'not ready', database: 'ok', kv: 'failed', seconds_since_cron: 3 }]],
    ['/ready', [500, {}]],
  ])('%s answering %j is no success', async (path, answer) => {
    account.answers[path] = answer
    await expect(run()).rejects.toThrow(`${account.targets[0]}${path}`)
    expect(told).not.toContain('It works.')
  })

  test('routes alone are no address that could be tried', async () => {
    account.targets = ['example.com/* (zone name: example.com)', 'schedule: * * * * *']
    await run()
    expect(told.at(-1)).toContain('no address')
  })
})
