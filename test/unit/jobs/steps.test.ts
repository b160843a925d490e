import { expect, test } from 'vitest'
import { runSteps } from '../../../src/jobs/steps.ts'
import { makeScriptedIsolate } from '../../support/scripted-d1.ts'

// Promise: a job runs its steps one after the other until nothing is left to do, or the run has no operations left for a step.

/** Operations that a step leaves to the other jobs of a run. */
const RESERVED = 16
const QUERIES = 4

/** Runs up to 5 steps, of which `useful` do something, in a run that may begin `operations` operations. Each step begins 4. */
const run = async (useful: number, operations: number, isFirstReserved?: boolean) => {
  const { isolate } = makeScriptedIsolate(() => [])
  isolate.usage.begun = isolate.config.maxOperations - operations
  let begun = 0
  let running = 0
  const reported = await runSteps(isolate, { steps: 5, queries: QUERIES, ...(isFirstReserved && { isFirstReserved }) }, async () => {
    begun++
    expect(++running, 'one step at a time').toBe(1)
    isolate.usage.begun += QUERIES
    await Promise.resolve()
    running--
    return begun <= useful
  })
  return [begun, reported]
}

test.each([
  [0, 1],
  [3, 4],
  [4, 5],
  [5, 5],
  [9, 5],
])('runSteps reports the steps that did something: up to %i useful ones, %i begun', async (useful, begun) => {
  expect(await run(useful, 500)).toEqual([begun, Math.min(useful, 5)])
})

test.each([
  [RESERVED + QUERIES - 1, 0],
  [RESERVED + QUERIES, 1],
  [RESERVED + 2 * QUERIES - 1, 1],
  [RESERVED + 2 * QUERIES, 2],
])('runSteps with %i operations left begins %i steps, because the later jobs need the others', async (operations, begun) => {
  expect(await run(9, operations)).toEqual([begun, begun])
})

test.each([
  [0, 1],
  [RESERVED + 2 * QUERIES - 1, 1],
  [RESERVED + 2 * QUERIES, 2],
])('runSteps with %i operations left begins %i steps if the first one is reserved', async (operations, begun) => {
  expect(await run(9, operations, true)).toEqual([begun, begun])
})
