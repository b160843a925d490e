import { expect, test, vi } from 'vitest'
import type { Claim } from '../../../src/cache/directory.ts'
import { renderClaims } from '../../../src/cache/render-claims.ts'
import { PAYLOAD_VERSION } from '../../../src/documents/path.ts'
import { makeScriptedIsolate } from '../../support/scripted-d1.ts'

// Promise: an entry that cannot be rendered stops no other entry, and is reported.

/** A claim of a document that this release does not have, so that D1 gives only the number of the latest commit. */
const claimOf = (organisationPk: number): Claim => ({
  path: `${organisationPk}/api/unknown`,
  version: PAYLOAD_VERSION,
  etag: null,
  leasedUntil: 2_000_000,
  staleSince: 1_000_000,
})

/** Renders the claims of three organisations, of which D1 fails the batches of some. */
const render = (failing: number[]) => {
  const scripted = makeScriptedIsolate((_, batch) => {
    const organisationPks = JSON.parse(batch[0]!.params[0] as string) as number[]
    if (organisationPks.some((pk) => failing.includes(pk))) return new Error('D1_ERROR: string or blob too big: SQLITE_TOOBIG')
    return [organisationPks.map((organisation_pk) => ({ organisation_pk, seq: 10 * organisation_pk }))]
  })
  return { scripted, rendering: renderClaims(scripted.isolate, [1, 2, 3].map(claimOf)) }
}

test('renderClaims renders the claims in one batch', async () => {
  const { scripted, rendering } = render([])
  expect((await rendering).map(({ seq }) => seq)).toEqual([10, 20, 30])
  expect(scripted.batches).toHaveLength(1)
})

test('renderClaims renders the other claims if one fails, and logs its path with the error', async () => {
  const log = vi.spyOn(console, 'error').mockImplementation(() => {})
  const { rendering } = render([2])
  expect((await rendering).map(({ claim, seq }) => [claim.path, seq])).toEqual([
    ['1/api/unknown', 10],
    ['3/api/unknown', 30],
  ])
  expect(log.mock.calls.map((line) => line.join(' '))).toEqual([expect.stringMatching(/not rendered: 2\/api\/unknown: .*too big/)])
  log.mockRestore()
})

test('renderClaims throws if no claim can be rendered', async () => {
  await expect(render([1, 2, 3]).rendering).rejects.toThrow('too big')
})
