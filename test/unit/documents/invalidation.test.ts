import { expect, test } from 'vitest'
import { BY_SHIFTS } from '../../../src/documents/invalidation.ts'
import { anyParamsRange, buildPath } from '../../../src/documents/path.ts'
import type { Params } from '../../../src/documents/query-params.ts'

// Promise: documents that show annotations are invalidated for their factory only.

const document = { path: '/api/factory/{id}/shifts' }
const paths = {
  anyParams: (params: Params = {}) => anyParamsRange(buildPath(3, document, params)),
}
const PATHS = [
  '3/api/factory/7/shifts',
  '3/api/factory/7/shifts?last=week',
  '3/api/factory/70/shifts',
  '3/api/factories',
  '30/api/factory/7',
]
const included = ([[from, below] = ['', '']]: [from: string, below: string][]) => PATHS.filter((path) => path >= from && path < below)

test('BY_SHIFTS invalidates the document of an annotated factory with any query parameters', () => {
  expect(included(BY_SHIFTS['stop-annotation']({ subject: 'stop-annotation', verb: 'created', factory: 7 }, paths))).toEqual(
    PATHS.slice(0, 2),
  )
})
