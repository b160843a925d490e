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

let world: Harness
beforeAll(async () => {
  world = await createHarness()
})

const document = documentOf(createApp(newIsolate(new TestClock())))
const routes = Object.entries(document.paths).flatMap(([path, operations]) =>
  Object.entries(operations)
    .filter(([method]) => method !== 'get')
    .map(([method, operation]) => [`${method.toUpperCase()} ${path}`, method.toUpperCase(), path, operation] as const),
)

const compares = ({ parameters = [] }: Operation) =>
  ['If-Match', 'If-None-Match'].map((name) => parameters.some((each) => each.name === name))

/** All that a write could change. */
const stored = async () =>
  JSON.stringify(
    (await env.DB.batch(STORED.map((table) => env.DB.prepare(`select * from ${table}`)))).map(({ results }) => results),
    (name, value: unknown) => (name.startsWith('last_used') ? undefined : value),
  )

/** The body that the document shows; the organisation is never deleted here. */
const send = async (method: string, path: string, { requestBody }: Operation, headers: Record<string, string>) => {
  const [[type, media] = ['', undefined]] = Object.entries(requestBody?.content ?? {})
  const shown = media && exampleOf(document, media)
  const body = type.startsWith('text/') ? String(shown) : JSON.stringify(shown)
  return world.admin.send(method, path, media ? { body, headers: { 'Content-Type': type, ...headers } } : { headers })
}

/** Where a GET shows what a write compares. */
const shownAt = (path: string): string[] => (/^\/api\/factory\/\d+$/.test(path) ? [path, `${path}/profile`] : [path])

/** The same path of something that is not there; none where a path always leads to something. */
const absentOf = (template: string) => (template.includes('{id}') ? template.replace('{id}', '900').replace('{time}', '60') : undefined)

/** What no condition of a write may be: silently dropped. */
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
    'If-Unmodified-Since beside If-None-Match',
    () => ({ 'If-Unmodified-Since': 'Sat, 29 Oct 2044 19:43:31 GMT', 'If-None-Match': '"other"' }),
    false,
  ],
  [
    'If-Unmodified-Since beside an If-Match that holds',
    (tag) => ({ 'If-Unmodified-Since': 'Sat, 29 Oct 1994 19:43:31 GMT', 'If-Match': tag }),
    true,
  ],
]
const MALFORMED = ['bare', '*, "a"']

describe.each(routes)('%s', (name, method, template, operation) => {
  const [matches, noneMatches] = compares(operation)
  const isTheEnd = name === 'DELETE /api/organisation'

  test('compares both conditions or neither', () => expect(matches).toBe(noneMatches))

  if (matches)
    test.each(CONDITIONS)('with %s', async (_, headersOf, holds) => {
      const path = await targetOf(world, template)
      for (const shown of shownAt(path)) {
        if (holds && isTheEnd) continue
        const again = holds && method === 'DELETE' ? await targetOf(world, template) : path
        const tag = (await world.admin.get(shown.replace(path, again))).headers.get('ETag')!
        await world.settle()
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
    test.each(CONDITIONS)('refuses %s, for it has nothing to compare', async (_, headersOf) => {
      const path = await targetOf(world, template)
      await world.settle()
      const before = await stored()
      expect((await problemOf(await send(method, path, operation, headersOf('"tag"')), 412)).detail).toMatch(
        /If-.*(Omit these headers|If-Match with)/,
      )
      expect(await stored()).toBe(before)
    })

  test.each(MALFORMED)('answers 400 to a condition of %j', async (value) => {
    const path = await targetOf(world, template)
    await world.settle()
    const before = await stored()
    for (const condition of ['If-Match', 'If-None-Match']) await problemOf(await send(method, path, operation, { [condition]: value }), 400)
    expect(await stored()).toBe(before)
  })

  const absent = absentOf(template)
  if (absent !== undefined)
    test('answers as without conditions where there is nothing', async () => {
      await world.settle()
      const before = await stored()
      for (const headers of [{}, { 'If-Match': '"a"' }, { 'If-Match': '*' }, { 'If-None-Match': '*' }, { 'If-None-Match': '"a"' }])
        expect((await send(method, absent, operation, headers)).status).toBe(matches || Object.keys(headers).length === 0 ? 404 : 412)
      expect(await stored()).toBe(before)
    })
})

test('a reading that is not there is created under If-None-Match and not under If-Match', async () => {
  const path = async () => (await targetOf(world, '/api/factory/{id}/chart-data/{time}')).replace(/60$/, '120')
  for (const tags of ['*', '"a"']) {
    const at = await path()
    expect((await problemOf(await world.operator.put(at, { actual: 1 }, { 'If-Match': tags }), 412)).detail).toMatch(/If-Match/)
    expect((await world.operator.get(at)).status).toBe(404)
    expect((await world.operator.put(at, { actual: 1 }, { 'If-None-Match': tags })).status).toBe(201)
    expect((await world.operator.put(at, { actual: 2 }, { 'If-None-Match': tags })).status).toBe(tags === '*' ? 412 : 200)
  }
})
