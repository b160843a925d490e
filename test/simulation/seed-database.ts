import { createHash, webcrypto } from 'node:crypto'
import { generateApiKey } from '../../src/auth/api-key.ts'
import { word } from '../support/simulated-d1.ts'
import type { SimulatedD1 } from '../support/simulated-d1.ts'
import type { Timeline } from '../support/timeline.ts'

/** The API key of the writers. */
export const KEY = generateApiKey()

/** Inserts the organisation `demo`, the engineer key, factories and a sprocket. */
export const seedDatabase = (d1: SimulatedD1, factories: number): void => {
  const hash = createHash('sha256').update(KEY).digest('hex')
  const run = (sql: string) => d1.commit([word(sql)])
  run(
    `insert into organisations (slug, name, created_at, next_factory_id, next_sprocket_id, next_key_id, factory_count, sprocket_count)
     values ('demo', 'demo', 0, ${factories}, 1, 1, ${factories}, 1)`,
  )
  run(`insert into api_keys (organisation_pk, id, hash, name, role, created_at) values (1, 0, '${hash}', 'key', 'engineer', 0)`)
  for (let id = 0; id < factories; id++) {
    run(`insert into series (organisation_pk, factory_id) values (1, ${id})`)
    run(`insert into factories (organisation_pk, id, time_zone, series_pk, created_at) values (1, ${id}, 'UTC', ${id + 1}, 0)`)
  }
  run(`insert into sprockets (organisation_pk, id, teeth, pitch_diameter, outside_diameter, pitch) values (1, 0, 5, 5, 6, 1)`)
}

/** Replaces randomness, ids, hashes and ciphers by deterministic and immediate ones, so that a seed repeats its run. */
export const makeDeterministic = (timeline: Timeline): void => {
  let ids = 0
  Math.random = () => timeline.random()
  const prefix = timeline.between(0, 0xffffffff).toString(16).padStart(8, '0')
  const same = async (_: unknown, _key: unknown, bytes: Uint8Array) => bytes.slice().buffer
  Object.defineProperty(globalThis, 'crypto', {
    configurable: true,
    value: {
      ...webcrypto,
      getRandomValues: (bytes: Uint8Array) => bytes.fill(7),
      randomUUID: () => `${prefix}-0000-4000-8000-${(ids++).toString(16).padStart(12, '0')}`,
      subtle: {
        digest: async (_: string, bytes: Uint8Array) => {
          const hash = createHash('sha256').update(bytes).digest()
          return hash.buffer.slice(hash.byteOffset, hash.byteOffset + 32)
        },
        importKey: async () => ({}),
        encrypt: same,
        decrypt: same,
      },
    },
  })
}
