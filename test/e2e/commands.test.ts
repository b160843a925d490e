import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { takeOptions } from '../../seed/options.ts'
import { complaintOf } from '../../seed/wrangler.ts'
import { hashSecret, isSecret, makeSecret } from '../../src/commands/secret.ts'
import { root, run } from './newcomer.ts'

describe('npm run help', () => {
  test('has a line for every script, and prints it', async () => {
    const { scripts } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as { scripts: Record<string, string> }
    const { code, said } = await run('npm', ['run', '--silent', 'help'])
    expect(code).toBe(0)
    for (const name of Object.keys(scripts).filter((script) => !/^(pre|post)/.test(script)))
      expect(said).toMatch(new RegExp(`^npm (run )?${name} +\\w.{10,}$`, 'm'))
  })
})

describe('options', () => {
  const known = { port: { type: 'string' }, env: { type: 'string', short: 'e' } } as const

  test('some are taken wherever and however they stand, the rest is left as it was', () => {
    const args = ['--var', 'A:b', '--port=1', '-e', 'staging', '--live-reload', '--port', '2', '--', 'x']
    expect(takeOptions(args, known)).toEqual({ values: { port: '2', env: 'staging' }, rest: ['--var', 'A:b', '--live-reload', '--', 'x'] })
  })

  test('one without its value is told', () => {
    expect(() => takeOptions(['--port'], known)).toThrow('--port needs a value')
  })
})

describe('what wrangler complains of', () => {
  const inJson = (error: unknown) => `${JSON.stringify({ error }, null, 2)}\n`

  test.each([
    ['marked', { stdout: 'noise', stderr: '✘ [ERROR] It broke\n\n  here\n\n🪵  Logs were written to "x"' }, 'It broke\n\n  here'],
    ['in JSON', { stdout: inJson({ text: 'no such table: "x"' }), stderr: '' }, 'no such table: "x"'],
    [
      'in notes',
      { stdout: `\n${inJson({ text: 'A request failed.', notes: [{ text: 'no such table: x' }] })}`, stderr: '' },
      'A request failed.\nno such table: x',
    ],
    ['neither', { stdout: '', stderr: 'Killed' }, 'Killed'],
    ['before its help', { stdout: '', stderr: 'Unknown argument: foo\nwrangler dev [script]\n\nOPTIONS' }, 'Unknown argument: foo'],
  ])('%s', (_, said, complaint) => {
    expect(complaintOf(said)).toBe(complaint)
  })
})

describe('an API key', () => {
  test('has a form that scanners know and a check that a slip breaks', () => {
    const key = makeSecret()
    expect(key).toMatch(/^spk_[0-9A-Za-z]{33}$/)
    expect(isSecret(key)).toBe(true)
    for (let at = 4; at < key.length; at++) {
      const slip = key.slice(0, at) + (key[at] === 'a' ? 'b' : 'a') + key.slice(at + 1)
      expect(isSecret(slip)).toBe(false)
    }
    expect(isSecret(`${key}a`)).toBe(false)
    expect(makeSecret()).not.toBe(key)
  })

  test('is stored as its SHA-256', async () => {
    expect(await hashSecret('abc')).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad')
  })
})
