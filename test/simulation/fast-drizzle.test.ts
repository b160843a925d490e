import { afterAll, expect, test } from 'vitest'
import { makeDrizzleFast, statements } from '../support/fast-drizzle.ts'
import { loadCode } from './code.ts'
import { runOnce } from './run.ts'

// Promise: the faster statement builder of the simulation builds the same statements as Drizzle.

const slow = statements.buildQueryFromSourceParams
const restore = makeDrizzleFast()
const fast = statements.buildQueryFromSourceParams
afterAll(restore)

test('makeDrizzleFast builds the same text and parameters as Drizzle for every statement of a run', async () => {
  let compared = 0
  statements.buildQueryFromSourceParams = function compare(chunks, config) {
    const { sql, params } = slow.call(this, chunks, config)
    expect(fast.call(this, chunks, config)).toMatchObject({ sql, params })
    compared++
    return { sql, params }
  }
  const code = await loadCode(`${import.meta.dirname}/../../src`)
  for (const mode of ['no-faults', 'faults'] as const) expect((await runOnce(code, undefined, 1, mode)).violations).toEqual([])
  expect(compared).toBeGreaterThan(1_000)
}, 120_000)
