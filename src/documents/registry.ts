import type { DomainEvent } from '../db/domain-events.ts'
import * as chart from './chart.ts'
import * as columns from './columns.ts'
import type { Document } from './document.ts'
import * as factories from './factories.ts'
import { anyIdRange, anyParamsRange, buildPath, exactRange, parsePath } from './path.ts'
import type { PathRange } from './path.ts'
import type { Params } from './query-params.ts'
import * as schedules from './schedules.ts'
import * as shifts from './shifts.ts'
import * as sprockets from './sprockets.ts'
import * as stopAnnotations from './stop-annotations.ts'
import * as stopReasons from './stop-reasons.ts'
import * as summaries from './summaries.ts'

const isDocument = (member: object): member is Document => 'invalidatedBy' in member

/** All cached documents: every document that a file of a resource exports. */
export const DOCUMENTS: readonly Document[] = [
  factories,
  schedules,
  shifts,
  chart,
  columns,
  summaries,
  stopReasons,
  stopAnnotations,
  sprockets,
].flatMap((resource) => Object.values<object>(resource).filter(isDocument))
const IN_ORDER_OF_PATH = DOCUMENTS.toSorted((a, b) => (a.path < b.path ? -1 : 1))

/** Returns the path ranges of each document, in order of path, that a domain event of an organisation invalidates. */
export const invalidatedRanges = (organisationPk: number, event: DomainEvent): PathRange[][] =>
  IN_ORDER_OF_PATH.map((each) =>
    each.invalidatedBy[event.subject](event as never, {
      exact: (params) => exactRange(buildPath(organisationPk, each, params)),
      anyParams: (params = {}) => anyParamsRange(buildPath(organisationPk, each, params)),
      anyId: () => anyIdRange(buildPath(organisationPk, each, { id: 0 }))!,
    }),
  )

const BY_PATH = new Map(DOCUMENTS.map((document) => [document.path, document]))

/** Finds the document and parameters of a path. Returns undefined for a path of another release. */
export const findDocument = (path: string): { document: Document; organisationPk: number; params: Params } | undefined => {
  const { organisationPk, template, id, query } = parsePath(path)
  const document = BY_PATH.get(template)
  if (!document) return undefined
  const sent = new URLSearchParams(query)
  const named = Object.entries(document.query ?? {}).flatMap(([name, { parse }]) => {
    const text = sent.get(name)
    return text === null ? [] : [[name, parse(text)]]
  })
  const params: Params = { ...(id !== undefined && { id }), ...Object.fromEntries(named) }
  return buildPath(organisationPk, document, params) === path ? { document, organisationPk, params } : undefined
}
