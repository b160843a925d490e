import { describe, expect, test } from 'vitest'
import type { DomainEvent } from '../../../src/db/domain-events.ts'
import { buildPath, joinRanges } from '../../../src/documents/path.ts'
import type { PathRange } from '../../../src/documents/path.ts'
import type { Params } from '../../../src/documents/query-params.ts'
import { DOCUMENTS, findDocument, invalidatedRanges } from '../../../src/documents/registry.ts'

// Promise: a path of a cache entry is understood exactly if this release builds it, so entries of other releases are not rendered.

test.each([
  ['3/api/factory/7/chart-data?format=csv&last=week', { id: 7, format: 'csv', last: 'week' }],
  ['3/api/factories?chart_data=false&cursor=20', { chart_data: false, cursor: 20 }],
  ['3/api/stop-annotation/7', { id: 7 }],
  ['3/api/summary', {}],
])('findDocument finds the organisation and the parameters of %s', (path, params) => {
  expect(findDocument(path)).toMatchObject({ organisationPk: 3, params })
})

test.each([
  ['an unknown document', '3/api/former'],
  ['parameters in another order', '3/api/factory/7/chart-data?last=week&format=csv'],
  ['an unknown value', '3/api/factory/7/chart-data?format=xml'],
  ['an unknown parameter', '3/api/summary?former=1'],
  ['a parameter with its default', '3/api/factories?cursor=0'],
  ['an invalid cursor', '3/api/factories?cursor=-1'],
  ['an invalid truth value', '3/api/factories?chart_data=no'],
])('findDocument does not find a path with %s', (_, path) => {
  expect(findDocument(path)).toBeUndefined()
})

test('a deleted factory invalidates every annotation of its organisation, and no other path with an id', () => {
  const ranges = invalidatedRanges(3, { subject: 'factory', verb: 'deleted', factory: 7 }).flat()
  const isInvalidated = (path: string) => ranges.some(([from, below]) => path >= from && path < below)
  const paths = ['3/api/stop-annotation/0', '3/api/stop-annotation/99', '3/api/factory/8', '3/api/sprocket/7', '2/api/stop-annotation/0']
  expect(paths.map(isInvalidated)).toEqual([true, true, false, false, false])
})

describe('joinRanges', () => {
  const EVENTS: DomainEvent[] = [
    { subject: 'readings', verb: 'appended', factories: [7, 30, 3] },
    { subject: 'schedule', verb: 'replaced', factory: 3 },
    { subject: 'factory', verb: 'updated', factory: 3 },
    { subject: 'factory', verb: 'deleted', factory: 30 },
    { subject: 'factory', verb: 'created' },
    { subject: 'stop-annotation', verb: 'updated', factory: 3, annotation: 7 },
    { subject: 'stop-reasons', verb: 'replaced' },
    { subject: 'sprocket', verb: 'deleted', sprocket: 3 },
  ]
  const QUERIES: Params[] = [
    {},
    { last: 'week' },
    { format: 'csv' },
    { chart_data: false },
    { cursor: 20 },
    { chart_data: false, cursor: 20 },
  ]
  const PATHS = [...DOCUMENTS].flatMap((document) =>
    [0, 3, 7, 30, 70].flatMap((id) => QUERIES.map((query) => buildPath(3, document, { id, ...query }))),
  )

  test.each(EVENTS)('joinRanges keeps exactly the paths of the ranges of %o', (event) => {
    const ofDocuments = invalidatedRanges(3, event)
    const isIn = (ranges: PathRange[]) => PATHS.filter((path) => ranges.some(([from, below]) => path >= from && path < below))
    expect(isIn(joinRanges(ofDocuments))).toEqual(isIn(ofDocuments.flat()))
  })

  test('joinRanges joins the ranges of readings of a factory to two, next to those of the lists', () => {
    expect(joinRanges(invalidatedRanges(3, { subject: 'readings', verb: 'appended', factories: [7] }))).toHaveLength(5)
  })
})
