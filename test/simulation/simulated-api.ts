import { vi } from 'vitest'
import { SimulatedD1, WELL_D1 } from '../support/simulated-d1.ts'
import { SimulatedKv, WELL_KV } from '../support/simulated-kv.ts'
import { Timeline } from '../support/timeline.ts'
import { loadCode } from './code.ts'
import { apiKeyOf, makeDeterministic, seedDatabase } from './seed-database.ts'
import { startIsolate } from './simulated-isolate.ts'

/** Starts the API in one isolate on a simulated platform without faults, with one engineer of organisation 1. */
export const startSimulatedApi = async () => {
  const originalCrypto = crypto
  const log = vi.spyOn(console, 'log').mockImplementation(() => {})
  const timeline = new Timeline(1)
  const d1 = new SimulatedD1(timeline, WELL_D1, 'north')
  makeDeterministic(timeline)
  seedDatabase(d1, 0)
  const code = await loadCode(`${import.meta.dirname}/../../src`)
  const isolate = startIsolate(code, 'north', { timeline, kv: new SimulatedKv(timeline, WELL_KV), d1, variables: {} })
  const headers = { 'Content-Type': 'application/json', Authorization: `Bearer ${apiKeyOf(1)}` }
  return {
    timeline,
    database: d1.primary,
    /** Sends a request. @throws Error for an error response other than 422 */
    send: async (method: string, path: string, body?: unknown): Promise<Response> => {
      const responding = isolate.fetch(new Request(`https://api.test${path}`, { method, headers, body: JSON.stringify(body) ?? null }))
      await timeline.run()
      const response = await responding
      if (!response.ok && response.status !== 422) throw new Error(`${method} ${path}: ${await response.text()}`)
      return response
    },
    stop: () => {
      d1.close()
      Object.defineProperty(globalThis, 'crypto', { configurable: true, value: originalCrypto })
      log.mockRestore()
    },
  }
}
