import { env } from 'cloudflare:workers'
import { beforeAll, describe, expect, test } from 'vitest'
import { createApp } from '../../src/app.ts'
import { documentOf, exampleOf } from '../support/contract.ts'
import type { Operation } from '../support/contract.ts'
import { TestClock } from '../support/clock.ts'
import { createHarness, newIsolate } from '../support/harness.ts'
import type { Harness } from '../support/harness.ts'
import { problemOf } from '../support/problem.ts'
import { STORED, targetOf } from './targets.ts'

// Promise: every write compares If-Match and If-None-Match, or rejects them. A condition is never ignored.

let harness: Harness
beforeAll(async () => {
  harness = await createHarness()
})

const document = documentOf(createApp(newIsolate(new TestClock())))
const routes = Object.entries(document.paths).flatMap(([path, operations]) =>
  Object.entries(operations)
    .filter(([method]) => method !== 'get')
    .map(([method, operation]) => [`${method.toUpperCase()} ${path}`, method.toUpperCase(), path, operation] as const),
)

const compares = ({ parameters = [] }: Operation) =>
  ['If-Match', 'If-None-Match'].map((name) => parameters.some((each) => each.name === name))

/** Returns as text all tables that a write can change, without the use of keys. */
const stored = async () =>
  JSON.stringify(
    (await env.DB.batch(STORED.map((table) => env.DB.prepare(`select * from ${table}`)))).map(({ results }) => results),
    (name, value: unknown) => (name.startsWith('last_used') ? undefined : value),
  )

/** Sends the example body of the contract. The organisation is never deleted here. */
const send = async (method: string, path: string, { requestBody }: Operation, headers: Record<string, string>) => {
  const [[type, media] = ['', undefined]] = Object.entries(requestBody?.content ?? {})
  const shown = media && exampleOf(document, media)
  const body = type.startsWith('text/') ? String(shown) : JSON.stringify(shown)
  return harness.admin.send(method, path, media ? { body, headers: { 'Content-Type': type, ...headers } } : { headers })
}

/** Returns the paths whose GET shows the state that a write compares. */
const shownAt = (path: string): string[] => (/^\/api\/factory\/\d+$/.test(path) ? [path, `${path}/profile`] : [path])

/** Returns the path of an absent resource, or undefined if the path has no id. */
const absentOf = (template: string) => (template.includes('{id}') ? template.replace('{id}', '900').replace('{time}', '60') : undefined)

/** Conditions with their result for the current state. */
const CONDITIONS: [name: string, headers: (tag: string) => Record<string, string>, holds: boolean][] = [
  ['a stale If-Match', () => ({ 'If-Match': '"stale"' }), false],
  ['stale tags in a list', () => ({ 'If-Match': 'W/"stale", "other,one"' }), false],
  ['the present tag in If-Match', (tag) => ({ 'If-Match': tag }), true],
  ['the present tag, weakened, in a list', (tag) => ({ 'If-Match': `"other", W/${tag.replace('W/', '')}` }), true],
  ['If-Match: *', () => ({ 'If-Match': '*' }), true],
  ['If-None-Match: *', () => ({ 'If-None-Match': '*' }), false],
  ['the present tag in If-None-Match', (tag) => ({ 'If-None-Match': tag }), false],
  ['the present tag in a list of If-None-Match', (tag) => ({ 'If-None-Match': `"other" , W/${tag.replace('W/', '')}` }), false],
  ['another tag in If-None-Match', () => ({ 'If-None-Match': '"other"' }), true],
  ['both conditions, of which the first fails', () => ({ 'If-Match': '"stale"', 'If-None-Match': '"other"' }), false],
  ['both conditions, of which the second fails', (tag) => ({ 'If-Match': tag, 'If-None-Match': tag }), false],
  ['both conditions, of which the second fails for any state', (tag) => ({ 'If-Match': tag, 'If-None-Match': '*' }), false],
  ['both conditions, which hold', (tag) => ({ 'If-Match': tag, 'If-None-Match': '"other"' }), true],
  ['If-Unmodified-Since', () => ({ 'If-Unmodified-Since': 'Sat, 29 Oct 2044 19:43:31 GMT' }), false],
  [
    'If-Unmodified-Since with If-None-Match',
    () => ({ 'If-Unmodified-Since': 'Sat, 29 Oct 2044 19:43:31 GMT', 'If-None-Match': '"other"' }),
    false,
  ],
  [
    'If-Unmodified-Since with an If-Match that holds',
    (tag) => ({ 'If-Unmodified-Since': 'Sat, 29 Oct 1994 19:43:31 GMT', 'If-Match': tag }),
    true,
  ],
]
const MALFORMED = ['bare', '*, "a"']

describe.each(routes)('%s', (name, method, template, operation) => {
  const [matches, noneMatches] = compares(operation)
  const endsOrganisation = name === 'DELETE /api/organisation'

  test('a write compares both conditions or neither', () => expect(matches).toBe(noneMatches))

  if (matches)
    test.each(CONDITIONS)('a write with %s is compared with the current state', async (_, headersOf, holds) => {
      const path = await targetOf(harness, template)
      for (const shown of shownAt(path)) {
        if (holds && endsOrganisation) continue
        const again = holds && method === 'DELETE' ? await targetOf(harness, template) : path
        const tag = (await harness.admin.get(shown.replace(path, again))).headers.get('ETag')!
        await harness.drain()
        const before = await stored()
        const response = await send(method, again, operation, headersOf(tag))
        if (holds) expect(response.status).toBeLessThan(300)
        else {
          expect((await problemOf(response, 412)).detail).toMatch(/If-/)
          expect(await stored()).toBe(before)
        }
      }
    })
  else
    test.each(CONDITIONS)('a write without a comparable state rejects %s', async (_, headersOf) => {
      const path = await targetOf(harness, template)
      await harness.drain()
      const before = await stored()
      expect((await problemOf(await send(method, path, operation, headersOf('"tag"')), 412)).detail).toMatch(
        /If-.*(Omit these headers|If-Match with)/,
      )
      expect(await stored()).toBe(before)
    })

  test.each(MALFORMED)('a write with the malformed condition %j gets 400', async (value) => {
    const path = await targetOf(harness, template)
    await harness.drain()
    const before = await stored()
    for (const condition of ['If-Match', 'If-None-Match']) await problemOf(await send(method, path, operation, { [condition]: value }), 400)
    expect(await stored()).toBe(before)
  })

  const absent = absentOf(template)
  if (absent !== undefined)
    test('a write to an absent resource gets the same response with and without conditions', async () => {
      await harness.drain()
      const before = await stored()
      for (const headers of [{}, { 'If-Match': '"a"' }, { 'If-Match': '*' }, { 'If-None-Match': '*' }, { 'If-None-Match': '"a"' }])
        expect((await send(method, absent, operation, headers)).status).toBe(matches || Object.keys(headers).length === 0 ? 404 : 412)
      expect(await stored()).toBe(before)
    })
})

test('PUT of an absent reading creates it under If-None-Match and not under If-Match', async () => {
  const path = async () => (await targetOf(harness, '/api/factory/{id}/chart-data/{time}')).replace(/60$/, '120')
  for (const tags of ['*', '"a"']) {
    const at = await path()
    expect((await problemOf(await harness.operator.put(at, { actual: 1 }, { 'If-Match': tags }), 412)).detail).toMatch(/If-Match/)
    expect((await harness.operator.get(at)).status).toBe(404)
    expect((await harness.operator.put(at, { actual: 1 }, { 'If-None-Match': tags })).status).toBe(201)
    expect((await harness.operator.put(at, { actual: 2 }, { 'If-None-Match': tags })).status).toBe(tags === '*' ? 412 : 200)
  }
})
