import { createHash, webcrypto } from 'node:crypto'
import { generateApiKey } from '../../src/auth/api-key.ts'
import { WEEKDAYS } from '../../src/schemas/weekdays.ts'
import { word } from '../support/simulated-d1.ts'
import type { SimulatedD1 } from '../support/simulated-d1.ts'
import type { Timeline } from '../support/timeline.ts'

/** The organisations by primary key. The first is public. The numbers of the commits of the second are much higher. */
export const ORGANISATIONS = [
  { pk: 1, slug: 'demo', key: generateApiKey(), commitSeqBase: 0 },
  { pk: 2, slug: 'other', key: generateApiKey(), commitSeqBase: 1_000 },
]

/** Returns the API key of the writers of an organisation. */
export const apiKeyOf = (organisationPk: number): string => ORGANISATIONS[organisationPk - 1]!.key

/** The stop reason of each organisation. */
export const REASON = { code: 'jam', name: 'Jam', category: 'unplanned', group: null, retired: false }

/** Returns a schedule of two shifts a day, with borders within a quarter of an hour. */
export const scheduleWith = (target: number) => ({
  versions: [
    {
      valid_from: '1970-01-01',
      shifts: [
        { name: 'Early', days: WEEKDAYS, start: '00:10', end: '12:00', breaks: [], target },
        { name: 'Late', days: WEEKDAYS, start: '12:00', end: '00:10', breaks: [], target: null },
      ],
    },
  ],
  exceptions: [],
})

/** Inserts both organisations, each with an engineer key, a sprocket, factories, and a schedule and an annotation of the first factory. */
export const seedDatabase = (d1: SimulatedD1, factories: number): void => {
  const run = (sql: string) => d1.commit([word(sql)])
  const [first, last] = [Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER]
  run(
    `insert into time_zone_offsets (time_zone, start, until, offset, day, next_day, renew, aligned_from)
     values ('UTC', ${first}, ${last}, 0, ${first}, ${first}, 0, ${first})`,
  )
  for (const { pk, slug, key, commitSeqBase } of ORGANISATIONS) {
    const hash = createHash('sha256').update(key).digest('hex')
    run(
      `insert into organisations (slug, name, created_at, next_factory_id, next_sprocket_id, next_key_id, next_annotation_id, factory_count, sprocket_count, commit_seq_base, stop_reasons)
     values ('${slug}', '${slug}', 0, ${factories}, 1, 1, 1, ${factories}, 1, ${commitSeqBase}, '${JSON.stringify({ reasons: [REASON] })}')`,
    )
    run(`insert into api_keys (organisation_pk, id, hash, name, role, created_at) values (${pk}, 0, '${hash}', 'key', 'engineer', 0)`)
    for (let id = 0; id < factories; id++) {
      run(`insert into series (organisation_pk, factory_id) values (${pk}, ${id})`)
      run(
        `insert into factories (organisation_pk, id, time_zone, series_pk, created_at, schedule)
         select ${pk}, ${id}, 'UTC', max(pk), 0, ${id === 0 ? `'${JSON.stringify(scheduleWith(1))}'` : 'null'} from series`,
      )
    }
    run(
      `insert into stop_annotations (organisation_pk, id, factory_id, start, until, reason, manual)
       values (${pk}, 0, 0, 900, 3600, '${REASON.code}', 1)`,
    )
    run(`insert into sprockets (organisation_pk, id, teeth, pitch_diameter, outside_diameter, pitch) values (${pk}, 0, 5, 5, 6, 1)`)
  }
}

/**
 * Replaces randomness, ids, hashes and ciphers by deterministic and immediate ones, so that a seed repeats its run. Returns a function
 * that restores them.
 */
export const makeDeterministic = (timeline: Timeline): (() => void) => {
  const original = { random: Math.random, crypto }
  const setCrypto = (value: unknown) => Object.defineProperty(globalThis, 'crypto', { configurable: true, value })
  let ids = 0
  Math.random = () => timeline.random()
  const prefix = timeline.between(0, 0xffffffff).toString(16).padStart(8, '0')
  const same = async (_: unknown, _key: unknown, bytes: Uint8Array) => bytes.slice().buffer
  setCrypto({
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
  })
  return () => {
    Math.random = original.random
    setCrypto(original.crypto)
  }
}
