import { expect, test } from 'vitest'
import { pathsOfAllFactories, pathsOfAnnotatedFactory } from '../../../src/documents/invalidation.ts'
import { anyIdRange, anyParamsRange, buildPath } from '../../../src/documents/path.ts'
import type { Params } from '../../../src/documents/query-params.ts'

// Promise: documents that show annotations are invalidated for their factory, and those that show reasons for every factory.

const document = { path: '/api/factory/{id}/shifts' }
const paths = {
  anyParams: (params: Params = {}) => anyParamsRange(buildPath(3, document, params)),
  anyId: () => anyIdRange(buildPath(3, document, { id: 0 }))!,
}
const PATHS = [
  '3/api/factory/7/shifts',
  '3/api/factory/7/shifts?last=week',
  '3/api/factory/70/shifts',
  '3/api/factories',
  '30/api/factory/7',
]
const included = ([[from, below] = ['', '']]: [from: string, below: string][]) => PATHS.filter((path) => path >= from && path < below)

test('pathsOfAnnotatedFactory returns the document of the factory of an annotation with any query', () => {
  expect(included(pathsOfAnnotatedFactory({ subject: 'stop-annotation', verb: 'created', factory: 7 }, paths))).toEqual(PATHS.slice(0, 2))
})

test('pathsOfAllFactories returns the documents of every factory of the organisation', () => {
  expect(included(pathsOfAllFactories({ subject: 'stop-reasons', verb: 'replaced' }, paths))).toEqual(PATHS.slice(0, 3))
})
