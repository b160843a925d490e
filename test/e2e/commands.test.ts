import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { unstable_readConfig } from 'wrangler'
import { checkEnvironment } from '../../src/cli/environments.ts'
import type { CliError } from '../../src/cli/cli-error.ts'
import { parseInteger, parseOptions } from '../../src/cli/options.ts'
import { readVerb } from '../../src/cli/subcommands.ts'
import { parseWranglerError } from '../../src/cli/wrangler.ts'
import { hashApiKey, isApiKey, generateApiKey } from '../../src/auth/api-key.ts'
import { root, run } from './npm-start.ts'
import { readGuide } from './readme-steps.ts'

// Promise: the commands behind the npm scripts reject wrong input in one line, before they do anything.

const catchError = (call: () => unknown): CliError => {
  try {
    call()
  } catch (error) {
    return error as CliError
  }
  throw new Error('The call did not throw.')
}

describe('npm run help', () => {
  test('npm run help prints a line for every script', async () => {
    const { scripts } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as { scripts: Record<string, string> }
    const { code, output } = await run('npm', ['run', '--silent', 'help'])
    expect(code).toBe(0)
    for (const name of Object.keys(scripts).filter((script) => !/^(pre|post)/.test(script)))
      expect(output).toMatch(new RegExp(`^npm (run )?${name} +\\w.{10,}$`, 'm'))
    expect(output, 'lines of help that are source of a shell').not.toMatch(/ (node|vitest) \S+|&&/)
  })
})

test('the installation of packages prints nothing to standard output, which may be the result of a command', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'install-'))
  try {
    await writeFile(join(directory, 'package-lock.json'), '{"packages":{}}')
    await writeFile(join(directory, 'npm'), '#!/bin/sh\necho installed\n', { mode: 0o755 })
    const env = { ...process.env, PATH: `${directory}${delimiter}${process.env['PATH']}` }
    const ran = await promisify(execFile)(process.execPath, [join(root, 'src/cli/install.mjs')], { cwd: directory, env })
    expect(ran).toEqual({ stdout: '', stderr: expect.stringMatching(/^Installing the packages of package-lock\.json\./) })
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
})

const scripts = Object.entries(
  (JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as { scripts: Record<string, string> }).scripts,
)

describe('the command line parser', () => {
  const line = {
    command: 'npm run x',
    usage: '',
    options: {
      port: { type: 'string' },
      env: { type: 'string', short: 'e' },
      var: { type: 'string', multiple: true },
      dry: { type: 'boolean' },
    },
    positionals: 1,
  } as const

  test('parseOptions accepts options before and after the arguments, and in both forms', () => {
    const { values, positionals } = parseOptions(['--var', 'A:b', '--port=1', 'file', '-e', 'staging', '--var=C:', '--dry'], line)
    expect({ ...values, positionals }).toEqual({ var: ['A:b', 'C:'], port: '1', env: 'staging', dry: true, positionals: ['file'] })
  })

  test.each([
    [['--nope'], "Unknown option '--nope'"],
    [['-x'], "Unknown option '-x'"],
    [['--port'], 'argument missing'],
    [['--port', '--dry'], 'ambiguous'],
    [['--port='], "Option '--port' needs a value"],
    [['--port', ''], "Option '--port' needs a value"],
    [['--dry=no'], 'does not take an argument'],
    [['--no-dry'], "Unknown option '--no-dry'"],
    [['--port', '1', '--port', '1'], "Option '--port' is repeated"],
    [['-e', 'a', '--env', 'b'], "Option '--env' is repeated"],
    [['a', 'b'], "Unexpected argument 'b'"],
    [['--', 'a', '--dry'], "Unexpected argument '--dry'"],
  ])('parseOptions rejects %j with one line', (args, reason) => {
    const error = catchError(() => parseOptions(args, line))
    expect(error.message).toContain(reason)
    expect(error.message).toMatch(/^[^\n]+ npm run x -- --help lists the options\.$/)
    expect(error.status).toBe(2)
  })

  test.each(['abc', '', '-1', '1.5', '1e3', ' 1', '65536', '0x10', '９'])('parseInteger rejects %j', (text) => {
    expect(catchError(() => parseInteger('--port', text, 0, 65_535)).message).toBe(
      `--port takes a whole number from 0 to 65535, not '${text}'.`,
    )
  })

  test('readVerb rejects options and arguments that a verb does not take', () => {
    const verbs = { create: { options: ['name', 'env'], argument: 'a SLUG' }, list: { options: ['env'] } }
    const read = (positionals: string[], values = {}) => readVerb('npm run x', verbs, positionals, values)
    expect(read(['create', 'a'], { name: 'A', env: undefined })).toEqual({ verb: 'create', argument: 'a' })
    for (const [positionals, values, reason] of [
      [[], {}, 'takes one of create, list'],
      [['toString'], {}, "not 'toString'"],
      [['create'], {}, "'create' needs a SLUG"],
      [['create', 'a', 'b'], {}, "Unexpected argument 'b'"],
      [['list', 'a'], {}, "Unexpected argument 'a'"],
      [['list'], { name: 'A' }, "'list' does not take '--name'"],
    ] as const)
      expect(catchError(() => read([...positionals], values)).message).toContain(reason)
  })

  // Type checkers, linters and test runners parse their own command lines.
  test.each(scripts.flatMap(([name, script]) => [...script.matchAll(/node ([\w/]+\.ts)$/g)].map(([, file]) => ({ name, file: file! }))))(
    'npm run $name uses the shared parser',
    async ({ file }) => {
      expect(await readFile(join(root, file), 'utf8')).toMatch(/\bawait readCommandLine\(/)
    },
  )
})

describe('checkEnvironment', () => {
  let file: string
  beforeAll(async () => {
    file = join(await mkdtemp(join(tmpdir(), 'environments-')), 'wrangler.toml')
    const topLevel = (await readFile(join(root, 'wrangler.toml'), 'utf8')).replace(/^main = .*/m, '')
    const [, staging = ''] = /```toml\n([^]*?)```/.exec(await readGuide('operate/deploying')) ?? []
    await writeFile(file, `${topLevel}\n${staging.replaceAll(/^ {2}/gm, '')}\n[env.bare]\nname = "bare"\n`)
  })
  afterAll(() => rm(dirname(file), { recursive: true, force: true }))
  const errorOf = (env: string, configuration = file) =>
    checkEnvironment(configuration, env).catch((error: CliError) => [error.status, error.message])

  test('checkEnvironment accepts the environment of the deploy guide', async () => {
    expect(await errorOf('staging')).toBeUndefined()
    const [topLevel, staging] = [undefined, 'staging'].map((env) => unstable_readConfig({ config: file, env }, { hideWarnings: true }))
    expect(Object.keys(staging!.vars)).toEqual(Object.keys(topLevel!.vars))
    expect(staging!.triggers).toEqual(topLevel!.triggers)
    expect(staging!.d1_databases[0]!.database_name).not.toBe(topLevel!.d1_databases[0]!.database_name)
  })

  test.each(['stagin', 'Staging', 'production', 'constructor', ' staging'])(
    'checkEnvironment rejects %j and names the declared environments',
    async (env) => {
      expect(await errorOf(env)).toEqual([
        2,
        `wrangler.toml declares no environment '${env}'. Declared: staging, bare. Without --env, a command uses the top level.`,
      ])
    },
  )

  test('checkEnvironment rejects an environment that lacks a binding', async () => {
    expect(await errorOf('bare')).toEqual([2, expect.stringMatching(/^The environment 'bare' lacks DB, CACHE, READ_LIMIT, /)])
  })

  test.each(['route = "api.example.com"', 'routes = [{ pattern = "api.example.com", custom_domain = true }]'])(
    'checkEnvironment rejects an environment that inherits %s, and accepts one with routes = []',
    async (routes) => {
      const withRoutes = join(dirname(file), 'routes.toml')
      const text = `${routes}\n${await readFile(file, 'utf8')}`
      await writeFile(withRoutes, text)
      expect(await errorOf('staging', withRoutes)).toBeUndefined()
      await writeFile(withRoutes, text.replace('routes = []\n', ''))
      expect(await errorOf('staging', withRoutes)).toEqual([
        2,
        expect.stringContaining("'staging' shares api.example.com with the top level"),
      ])
    },
  )

  test.each([
    ['deploy', ['--env', 'stagin'], {}],
    ['deploy', ['--dry-run'], { CLOUDFLARE_ENV: 'stagin' }],
    ['load', ['--remote', '-e', 'stagin', 'seed/factories.json'], {}],
  ])('npm run %s -- %j %j is rejected before it runs anything', async (command, args, env) => {
    const { code, output } = await run(process.execPath, [`src/cli/${command}.ts`, ...args], env)
    expect([code, output]).toEqual([2, expect.stringMatching(/^wrangler\.toml declares no environment 'stagin'\..*\n$/)])
  })
})

describe('complaintOf', () => {
  const inJson = (error: unknown) => `${JSON.stringify({ error }, null, 2)}\n`

  test.each([
    ['with a mark', { stdout: 'noise', stderr: '✘ [ERROR] It broke\n\n  here\n\n🪵  Logs were written to "x"' }, 'It broke\n\n  here'],
    ['in JSON', { stdout: inJson({ text: 'no such table: "x"' }), stderr: '' }, 'no such table: "x"'],
    [
      'in notes',
      { stdout: `\n${inJson({ text: 'A request failed.', notes: [{ text: 'no such table: x' }] })}`, stderr: '' },
      'A request failed.\nno such table: x',
    ],
    ['without a mark', { stdout: '', stderr: 'Killed' }, 'Killed'],
    ['before its help', { stdout: '', stderr: 'Unknown argument: foo\nwrangler dev [script]\n\nOPTIONS' }, 'Unknown argument: foo'],
  ])('parseWranglerError finds the error of wrangler %s', (_, output, complaint) => {
    expect(parseWranglerError(output)).toBe(complaint)
  })
})

describe('an API key', () => {
  test('an API key has a form that scanners know, and a checksum that detects a typo', () => {
    const key = generateApiKey()
    expect(key).toMatch(/^spk_[0-9A-Za-z]{33}$/)
    expect(isApiKey(key)).toBe(true)
    for (let at = 4; at < key.length; at++) {
      const typo = key.slice(0, at) + (key[at] === 'a' ? 'b' : 'a') + key.slice(at + 1)
      expect(isApiKey(typo)).toBe(false)
    }
    expect(isApiKey(`${key}a`)).toBe(false)
    expect(generateApiKey()).not.toBe(key)
  })

  test('an API key is stored as its SHA-256', async () => {
    expect(await hashApiKey('abc')).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad')
  })
})
