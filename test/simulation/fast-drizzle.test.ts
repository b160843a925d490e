import { afterAll, expect, test } from 'vitest'
import { makeDrizzleFast, statements } from '../support/fast-drizzle.ts'
import { loadCode } from './code.ts'
import { runOnce } from './run.ts'

const given = { crypto, random: Math.random }
const slow = statements.buildQueryFromSourceParams
const restore = makeDrizzleFast()
const fast = statements.buildQueryFromSourceParams
afterAll(() => {
  restore()
  Math.random = given.random
  Object.defineProperty(globalThis, 'crypto', { configurable: true, value: given.crypto })
})

test('the fast builder gives the text and parameters of Drizzle for every statement of a run', async () => {
  let compared = 0
  statements.buildQueryFromSourceParams = function compare(chunks, config) {
    const { sql, params } = slow.call(this, chunks, config)
    expect(fast.call(this, chunks, config)).toMatchObject({ sql, params })
    compared++
    return { sql, params }
  }
  const code = await loadCode(`${import.meta.dirname}/../../src`)
  for (const mode of ['well', 'ill'] as const) expect((await runOnce(code, undefined, 1, mode)).violations).toEqual([])
  expect(compared).toBeGreaterThan(1_000)
}, 120_000)
