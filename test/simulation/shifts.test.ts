import fc from 'fast-check'
import { afterAll, expect, test } from 'vitest'
import { expectedCurrentShift, expectedResponses } from '../support/shift-expectations.ts'
import { playHistory, REASONS, shiftHistory } from '../support/shift-histories.ts'
import { startSimulatedApi } from './simulated-api.ts'

// Promise: shifts and stops are functions of the readings and the schedule, in every time zone and for every schedule.

const HISTORIES = 2_000

const api = await startSimulatedApi()
afterAll(api.stop)
const read = async <T>(path: string): Promise<T> => (await api.send('GET', path)).json() as Promise<T>

test(`shifts and stops equal those of a model after ${HISTORIES} random histories`, async () => {
  await api.send('PUT', '/api/stop-reasons', REASONS)
  await fc.assert(
    fc.asyncProperty(shiftHistory, async (history) => {
      const { factory, ...outcome } = await playHistory(api.send, history)
      for (const [path, expected] of Object.entries(expectedResponses(history, { factory, ...outcome })))
        expect(await read(path), path).toEqual(expected)
      expect((await read<{ shift?: unknown }>(`${factory}/summary`)).shift).toEqual(expectedCurrentShift(history, outcome))
      await api.send('DELETE', factory)
    }),
    { numRuns: HISTORIES, seed: 1 },
  )
})
