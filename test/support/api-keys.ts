import { expect } from 'vitest'
import type { TestClient } from './harness.ts'

/** An API key as the API shows it. Only the response to its creation has `key`. */
export interface KeyBody {
  id: number
  name: string
  role: string
  factories: number[] | null
  created_at: number
  created_by: number | null
  expires_at: number | null
  revoked_at: number | null
  last_used: { at: number; user_agent: string | null; country: string | null } | null
  key?: string
}

/** Creates a key. */
export const createKeyWith = async (client: TestClient, body: unknown): Promise<KeyBody & { key: string }> => {
  const response = await client.post('/api/keys', body)
  expect(response.status, await response.clone().text()).toBe(201)
  return response.json()
}
