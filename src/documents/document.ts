import type { DomainEvent, Subject } from '../db/domain-events.ts'
import type { Database, Statement } from '../db/client.ts'
import type { Resolution } from '../schemas/resolutions.ts'
import type { RouteContract } from '../schemas/route-contract.ts'
import type { PathRange } from './path.ts'
import type { Params, QueryParams } from './query-params.ts'

/** The text of a page of a series, and the time at which the previous page ends: undefined if there is no previous page. */
export interface Page {
  text: string
  previousPageEnd: number | undefined
}

/**
 * A cached document: its route, the query (one statement), the rendering, and the domain events that invalidate it. The result depends
 * only on the database and the parameters, never on the clock or the client.
 */
export interface Document<Row = never, Query extends QueryParams | undefined = QueryParams> extends RouteContract {
  readonly method: 'get'
  /** The kind of the resource whose id is in the path. */
  readonly resource?: 'factory' | 'sprocket' | 'stop-annotation'
  /** The query parameters that the cache supports, in alphabetical order. */
  readonly query?: Query
  /** Media type of the payload; the default is JSON. */
  mediaType?(params: Params<Query>): string
  /** Time that a claim is kept after a put. KV accepts one put per second and key. */
  readonly minPutIntervalMs: number
  read(db: Database, organisationPk: number, params: Params<Query>): Statement & { _: { result: Row[] } }
  /** True if the statement can read more than `LIGHT_ROWS` rows. */
  isLarge?(params: Params<Query>): boolean
  /** Returns the text or the page, or null if the resource does not exist. Such a document is neither leased nor stored. */
  render(rows: Row[], params: Params<Query>): string | Page | null
  /** Resolution of a chart. It is not part of the entry metadata, because it depends only on the parameters. */
  resolution?(params: Params<Query>): Resolution
  /** Maps every domain event to paths. It is total: a new subject does not compile until every document handles it. */
  readonly invalidatedBy: { [S in Subject]: (event: Extract<DomainEvent, { subject: S }>, paths: DocumentPaths<Query>) => PathRange[] }
}

/** Builds the path ranges of one document of one organisation. */
export interface DocumentPaths<Query extends QueryParams | undefined = QueryParams> {
  exact(params: Params<Query>): PathRange
  /** The path with any query. */
  anyParams(params?: Params<Query>): PathRange
  /** All paths that begin like that of the document up to its id: for `/api/factory/{id}/shifts` every document of every factory. */
  anyId(): PathRange
}

/** Minimum put interval of documents of one factory or sprocket: a little over KV's second, because its clock differs from ours. */
export const ENTITY_INTERVAL_MS = 1_100
/** Minimum put interval of lists, because every factory of the organisation invalidates them. */
export const LIST_INTERVAL_MS = 10_000

const sortByName = (query: QueryParams): QueryParams =>
  Object.fromEntries(
    Object.keys(query)
      .toSorted()
      .map((name) => [name, query[name]!]),
  )

/**
 * Declares a cached document and its route: a `GET` that evaluates If-None-Match. Checks the declaration against the row type of its query
 * and against its parameters, and hides both types so that all documents fit one list.
 */
export const defineDocument = <Row, const Query extends QueryParams | undefined = undefined>(
  declaration: Omit<Document<Row, Query>, 'method' | 'headers'>,
): Document & { readonly query: Query } => {
  const { query, ...more } = declaration
  const document = { ...more, method: 'get', headers: ['If-None-Match'], ...(query && { query: sortByName(query) }) }
  return document as unknown as Document & { query: Query }
}
