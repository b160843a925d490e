import { join } from 'node:path'
import { check } from 'recheck'
import { beforeAll, describe, expect, test } from 'vitest'
import { bundle, findConstructed, findLiterals, sourceOf } from '../support/expressions.ts'
import type { Expression } from '../support/expressions.ts'

// Promise: no regular expression in the Worker takes more than linear time on client text.

/**
 * Non-linear expressions of libraries that never run on client text. An entry that the Worker does not contain fails the
 * test. Expressions of this project have no exceptions.
 */
const NEVER_MEETS_CLIENT_TEXT: Record<string, string> = {
  '/\\{[^}]+\\}/g': 'Hono parses route patterns with it',
  '/\\{(?:\\{[\\d,]+\\}|[^}])+\\}/g': 'Hono parses route patterns with it',
  '/^-+|-+$/g': 'zod makes slugs with it, which no schema uses',
}

const src = (path: string) => join(import.meta.dirname, '../../src', path)

/**
 * Number of times an expression is checked before it counts as faulty. recheck tries inputs for a limited time where it cannot analyse an
 * expression, and on a busy machine it sometimes takes a linear one for another.
 */
const ATTEMPTS = 3

/** Returns the fault of an expression; undefined if it takes linear time. */
const findFault = async ({ pattern, flags }: Expression): Promise<string | undefined> => {
  for (let attempt = 1; ; attempt++) {
    // With a fixed seed, the search for slow inputs finds the same in every run.
    const found = await check(pattern, flags, { timeout: 60_000, randomSeed: attempt })
    if (found.status === 'safe') return undefined
    if (attempt === ATTEMPTS) return found.status === 'vulnerable' ? found.complexity.summary : found.error.kind
  }
}

/** Returns the expressions that can take more than linear time, or that cannot be checked. */
const findFaults = async (expressions: Expression[]): Promise<string[]> => {
  const all = new Map(expressions.map((each) => [sourceOf(each), each]))
  const faults: string[] = []
  for (const [source, expression] of all) {
    const fault = await findFault(expression)
    if (fault !== undefined) faults.push(`${source}: ${fault}`)
  }
  return faults
}

describe('a regular expression in the Worker', () => {
  let expressions: Expression[] = []
  beforeAll(async () => {
    expressions = [
      ...findLiterals(await bundle(src('index.ts'))),
      ...findLiterals(await bundle(src('client/client.ts'))),
      ...(await findConstructed(() => import('../../src/schemas/all.ts'))),
    ]
  })

  test('every regular expression that runs on client text is linear', async () => {
    expect(expressions.length).toBeGreaterThan(150)
    const checked = expressions.filter((each) => !(sourceOf(each) in NEVER_MEETS_CLIENT_TEXT))
    expect(await findFaults(checked)).toEqual([])
  })

  test('every exception is in the Worker, and is not linear', async () => {
    const sources = new Set(expressions.map(sourceOf))
    for (const source of Object.keys(NEVER_MEETS_CLIENT_TEXT)) expect(sources).toContain(source)
    const excepted = expressions.filter((each) => sourceOf(each) in NEVER_MEETS_CLIENT_TEXT)
    expect((await findFaults(excepted)).length).toBe(Object.keys(NEVER_MEETS_CLIENT_TEXT).length)
  })
})

describe('findFaults', () => {
  test.each([
    ['two runs of blanks around an optional value', String.raw`const a = /^\s*([a-z*][\w\-.*]*)\s*(?:=\s*(.*?))?\s*$/i`],
    ['trailing characters that are searched for from every start', String.raw`export const a = (text) => text.replace(/\/+$/, '')`],
    ['nested repetition', 'if (/^(a+)+$/.test(x)) y()'],
    ['an expression inside a template', 'const a = `${b.replace(/,+$/, "")}`'],
  ])('findFaults finds %s', async (_, program) => expect(await findFaults(findLiterals(program))).toHaveLength(1))

  test('findConstructed finds an expression that is constructed from text', async () => {
    const constructed = await findConstructed(async () => new RegExp(['^(a+)', '+$'].join('')))
    expect(await findFaults(constructed)).toEqual(['/^(a+)+$/: exponential'])
  })
})
