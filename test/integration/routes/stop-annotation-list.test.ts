import { beforeAll, describe, expect, test } from 'vitest'
import { annotate, listAnnotations, REASONS } from '../../support/annotations.ts'
import { createHarness } from '../../support/harness.ts'
import type { Harness, TestClient } from '../../support/harness.ts'
import { problemOf } from '../../support/problem.ts'

// Promise: a list of annotations has those with a part in the range, newest first, and its pages link to each other.

let harness: Harness
beforeAll(async () => {
  harness = await createHarness()
  await harness.engineer.put('/api/stop-reasons', { reasons: REASONS })
})

const newFactory = async () => (await harness.engineer.post('/api/factories', {})).headers.get('Location')!
const read = async <T = Record<string, unknown>>(path: string, client: TestClient = harness.viewer) => (await client.get(path)).json<T>()
describe('the list of annotations', () => {
  test('a list of annotations has those with a part in the range, newest first', async () => {
    const factory = await newFactory()
    for (const [from, to] of [
      [100, 200],
      [200, 300],
      [400, null],
      [500, 600],
    ] as const)
      await annotate(harness, factory, from, to)
    expect((await listAnnotations(harness, factory)).starts).toEqual([500, 400, 200, 100])
    expect((await listAnnotations(harness, factory, '?from=199&to=201')).starts).toEqual([200, 100])
    expect((await listAnnotations(harness, factory, '?from=200&to=400')).starts).toEqual([200])
    expect((await listAnnotations(harness, factory, '?from=300&to=400')).starts).toEqual([])
    expect((await listAnnotations(harness, factory, '?from=450&to=460')).starts).toEqual([400])
    expect((await listAnnotations(harness, factory, '?from=599')).starts).toEqual([500])
    expect((await listAnnotations(harness, factory, '?from=600')).starts).toEqual([])
    expect((await listAnnotations(harness, factory, '?to=101')).starts).toEqual([100])
    expect((await listAnnotations(harness, factory, '?from=1970-01-01T00:08:20Z')).starts).toEqual([500])
  })

  test('a page of annotations links to the next, which is older', async () => {
    const factory = await newFactory()
    for (const from of [100, 200, 300]) await annotate(harness, factory, from, from + 100)
    const { starts, link } = await listAnnotations(harness, factory, '?from=150&limit=1')
    expect([starts, link]).toEqual([[300], `<${factory}/stop-annotations?from=150&limit=1&to=300>; rel="next"`])
    expect(await listAnnotations(harness, factory, '?from=150&limit=2&to=300')).toMatchObject({ starts: [200, 100], link: null })
  })

  test('the items of a list of annotations equal the annotations', async () => {
    const factory = await newFactory()
    const path = await annotate(harness, factory, 100, null, { note: 'Belt', manual: true })
    expect((await listAnnotations(harness, factory)).annotations).toEqual([await read(path)])
  })

  test.each(['limit=0', 'limit=101', 'from=x', 'from=2&to=1'])('a list of annotations rejects %s', async (query) => {
    await problemOf(await harness.viewer.get(`/api/factory/1/stop-annotations?${query}`), 400)
  })
})
