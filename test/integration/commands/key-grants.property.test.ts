import { env } from 'cloudflare:workers'
import fc from 'fast-check'
import { beforeAll, expect, test } from 'vitest'
import { ROLES } from '../../../src/schemas/roles.ts'
import { addKey, addOrganisation, createHarness } from '../../support/harness.ts'
import type { Harness } from '../../support/harness.ts'

// Promise: no sequence of changes to keys ends the administration of an organisation earlier, and no key grants more than it has.

let harness: Harness
beforeAll(async () => {
  harness = await createHarness()
})

/** The rights of a key and their end. An expired or revoked key has none. */
interface Power {
  rank: number
  factories: readonly number[] | null
  end: number
}

const NONE: Power = { rank: -1, factories: [], end: 0 }
const isWithin = (inner: Power, outer: Power) =>
  inner.rank <= outer.rank &&
  (outer.factories === null || (inner.factories !== null && inner.factories.every((id) => outer.factories!.includes(id)))) &&
  inner.end <= outer.end

/** Returns the current rights of each key of the organisation, by id. */
const powersOf = async (organisationPk: number): Promise<Map<number, Power>> => {
  const { results } = await env.DB.prepare('select id, role, factories, expires_at, revoked_at from api_keys where organisation_pk = ?')
    .bind(organisationPk)
    .all<{ id: number; role: (typeof ROLES)[number]; factories: string | null; expires_at: number | null; revoked_at: number | null }>()
  return new Map(
    results.map(({ id, role, factories, expires_at, revoked_at }) => {
      const end = expires_at ?? Infinity
      const isOver = revoked_at !== null || end <= harness.clock.now()
      return [
        id,
        isOver ? NONE : { rank: ROLES.indexOf(role), factories: factories === null ? null : (JSON.parse(factories) as number[]), end },
      ]
    }),
  )
}

/** Returns the latest end of all valid admin keys without limits. */
const administeredUntil = (powers: Map<number, Power>) =>
  Math.max(0, ...[...powers.values()].filter(({ rank, factories }) => ROLES[rank] === 'admin' && factories === null).map(({ end }) => end))

const keyIndex = fc.nat(5)
const role = fc.constantFrom('admin' as const, 'admin' as const, ...ROLES)
const factories = fc.constantFrom(null, null, [0], [1], [0, 1])
/** Seconds from now. */
const end = fc.constantFrom(null, null, 30, 3600, 90_000, 200_000)
const optional = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined })

type Step =
  | {
      do: 'create' | 'patch'
      by: number
      key: number
      role?: string | undefined
      factories?: readonly number[] | null | undefined
      end?: number | null | undefined
    }
  | { do: 'rotate'; by: number; key: number; overlap: number }
  | { do: 'revoke'; by: number; key: number }
  | { do: 'wait'; seconds: number }

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant('create' as const), by: keyIndex, key: keyIndex, role, factories, end }) },
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant('patch' as const),
      by: keyIndex,
      key: keyIndex,
      role: optional(role),
      factories: optional(factories),
      end: optional(end),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constant('rotate' as const), by: keyIndex, key: keyIndex, overlap: fc.constantFrom(0, 60, 86_400) }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('revoke' as const), by: keyIndex, key: keyIndex }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('wait' as const), seconds: fc.constantFrom(31, 3601, 90_001) }) },
)

let organisations = 0

test('no sequence of changes to keys ends the last administration earlier, or grants more than the acting key has', async () => {
  let done = 0
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 3, maxLength: 12 }), async (steps) => {
      const slug = `governed-${organisations++}`
      const organisationPk = await addOrganisation(slug)
      await addKey(organisationPk, slug, 'admin')
      /** Secrets by id. */
      const secrets = new Map([[0, slug]])
      const root = harness.as(slug)
      for (let count = 0; count < 2; count++) expect((await root.post('/api/factories', {})).status).toBe(201)

      for (const each of steps) {
        if (each.do === 'wait') {
          harness.clock.advance(each.seconds * 1000)
          continue
        }
        const [by, key] = [each.by % secrets.size, each.key % secrets.size]
        const actor = harness.as(secrets.get(by))
        const before = await powersOf(organisationPk)
        const ends =
          'end' in each && each.end !== undefined
            ? { expires_at: each.end === null ? null : Math.floor(harness.clock.now() / 1000) + each.end }
            : {}
        const body = 'role' in each ? { role: each.role, factories: each.factories, ...ends } : {}
        const response =
          each.do === 'create'
            ? await actor.post('/api/keys', { name: 'x', ...body })
            : each.do === 'patch'
              ? await actor.patch(`/api/key/${key}`, body)
              : each.do === 'rotate'
                ? await actor.post(`/api/key/${key}/rotate`, { overlap_seconds: each.overlap })
                : await actor.delete(`/api/key/${key}`)
        if (response.status === 201) {
          const made = (await response.json()) as { id: number; key: string }
          secrets.set(made.id, made.key)
        }
        if (response.ok) done++
        else expect([401, 403, 404, 409]).toContain(response.status)

        const after = await powersOf(organisationPk)
        expect(administeredUntil(after)).toBeGreaterThanOrEqual(administeredUntil(before))
        for (const [id, power] of after)
          if (!isWithin(power, before.get(id) ?? NONE)) expect(isWithin(power, before.get(by)!), JSON.stringify({ each, power })).toBe(true)
      }
      await harness.drain()
    }),
    { numRuns: 40 },
  )
  expect(done).toBeGreaterThan(40)
})
