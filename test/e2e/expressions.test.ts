import { join } from 'node:path'
import { check } from 'recheck'
import { beforeAll, describe, expect, test } from 'vitest'
import { bundle, findConstructed, findLiterals, sourceOf } from '../support/expressions.ts'
import type { Expression } from '../support/expressions.ts'

/**
 * Expressions of libraries that are not linear and never meet client text. An entry that the Worker no longer contains fails
 * the test. Expressions of this project have no exceptions.
 */
const NEVER_MEETS_CLIENT_TEXT: Record<string, string> = {
  '/\\{[^}]+\\}/g': 'Hono reads the patterns of routes with it',
  '/\\{(?:\\{[\\d,]+\\}|[^}])+\\}/g': 'Hono reads the patterns of routes with it',
  '/\\/{(.+?)}/g': '@hono/zod-openapi reads the patterns of routes with it',
  '/^-+|-+$/g': 'zod makes slugs with it, which no schema here asks for',
}

const src = (path: string) => join(import.meta.dirname, '../../src', path)

/** Returns what is wrong with expressions: those that can take more than linear time, and those that cannot be judged. */
const findFaults = async (expressions: Expression[]): Promise<string[]> => {
  const all = new Map(expressions.map((each) => [sourceOf(each), each]))
  const faults: string[] = []
  for (const [source, { pattern, flags }] of all) {
    const found = await check(pattern, flags, { timeout: 60_000 })
    if (found.status !== 'safe') faults.push(`${source}: ${found.status === 'vulnerable' ? found.complexity.summary : found.error.kind}`)
  }
  return faults
}

describe('a regular expression in the Worker takes linear time', () => {
  let expressions: Expression[] = []
  beforeAll(async () => {
    expressions = [
      ...findLiterals(await bundle(src('index.ts'))),
      ...findLiterals(await bundle(src('client/client.ts'))),
      ...(await findConstructed(() => import('../../src/schemas/all.ts'))),
    ]
  })

  test('the Worker, its libraries and its client have no other that meets client text', async () => {
    expect(expressions.length).toBeGreaterThan(150)
    const judged = expressions.filter((each) => !(sourceOf(each) in NEVER_MEETS_CLIENT_TEXT))
    expect(await findFaults(judged)).toEqual([])
  })

  test('every exception is one that the Worker contains, and is not linear', async () => {
    const sources = new Set(expressions.map(sourceOf))
    for (const source of Object.keys(NEVER_MEETS_CLIENT_TEXT)) expect(sources).toContain(source)
    const excepted = expressions.filter((each) => sourceOf(each) in NEVER_MEETS_CLIENT_TEXT)
    expect((await findFaults(excepted)).length).toBe(Object.keys(NEVER_MEETS_CLIENT_TEXT).length)
  })
})

describe('the check finds', () => {
  test.each([
    ['two runs of blanks around an optional value', String.raw`const a = /^\s*([a-z*][\w\-.*]*)\s*(?:=\s*(.*?))?\s*$/i`],
    ['trailing characters that are searched for from every start', String.raw`export const a = (text) => text.replace(/\/+$/, '')`],
    ['nested repetition', 'if (/^(a+)+$/.test(x)) y()'],
    ['an expression inside a template', 'const a = `${b.replace(/,+$/, "")}`'],
  ])('%s', async (_, program) => expect(await findFaults(findLiterals(program))).toHaveLength(1))

  test('an expression that is constructed from text', async () => {
    const constructed = await findConstructed(async () => new RegExp(['^(a+)', '+$'].join('')))
    expect(await findFaults(constructed)).toEqual(['/^(a+)+$/: exponential'])
  })
})
