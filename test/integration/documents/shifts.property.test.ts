import fc from 'fast-check'
import { beforeAll, expect, test } from 'vitest'
import { createHarness } from '../../support/harness.ts'
import type { Harness } from '../../support/harness.ts'
import { expectedCurrentShift, expectedResponses } from '../../support/shift-expectations.ts'
import { playHistory, REASONS, shiftHistory } from '../../support/shift-histories.ts'
import type { Send } from '../../support/shift-histories.ts'

// Promise: after any sequence of writes, shifts and stops are those of the readings, in every zone and for every schedule.
// test/simulation/shifts.test.ts plays more histories.

let harness: Harness
beforeAll(async () => {
  harness = await createHarness()
})

const send: Send = async (method, path, body) => {
  const headers = { 'Content-Type': 'application/json' }
  const response = await harness.engineer.send(method, path, body === undefined ? {} : { body: JSON.stringify(body), headers })
  expect(response.ok, `${method} ${path}`).toBe(true)
  return response
}
const read = async <T>(path: string): Promise<T> => (await send('GET', path)).json<T>()

test('shifts and stops equal those of a model after every history of writes', async () => {
  await send('PUT', '/api/stop-reasons', REASONS)
  await fc.assert(
    fc.asyncProperty(shiftHistory, async (history) => {
      const { factory, ...outcome } = await playHistory(send, history)
      await harness.drain()
      for (const [path, expected] of Object.entries(expectedResponses(history, { factory, ...outcome })))
        expect(await read(path), path).toEqual(expected)
      expect((await read<{ shift?: unknown }>(`${factory}/summary`)).shift).toEqual(expectedCurrentShift(history, outcome))
      await send('DELETE', factory)
    }),
    { numRuns: 20 },
  )
})
