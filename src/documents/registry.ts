import type { DomainEvent, FactoryChange, ReadingsChange, SprocketChange, Subject } from '../db/domain-events.ts'
import type { Database, Statement } from '../db/client.ts'
import { CHART_READINGS } from '../queries/chart-columns.ts'
import { FACTORIES_PAGE, selectChart, selectColumn, selectFactory, selectFactoryPage, selectProfile } from '../queries/factories.ts'
import { pageStart } from '../queries/pages.ts'
import { PRESET_RANGES, DEFAULT_RANGE, selectPresetRange, selectRange } from '../queries/ranges.ts'
import type { RangeRow, Resolution } from '../queries/ranges.ts'
import { selectOrganisationSummary, selectSummary } from '../queries/summaries.ts'
import { SPROCKETS_PAGE, selectSprocket, selectSprocketPage } from '../queries/sprockets.ts'
import { exactRange, parsePath, buildPath, anyParamsRange } from './path.ts'
import type { Params, PathRange } from './path.ts'
import { renderChartSvg } from './chart-svg.ts'
import { mediaTypeFor, toPage, renderLast, renderPoints } from './chart-format.ts'
import { previousPageEnd, renderFactory, renderFactoryPage, renderProfile, renderSprocket, renderSprocketPage } from './json.ts'
import type { ChartRow } from './json.ts'
import { renderOrganisationSummary, renderSummary } from './summary.ts'

/**
 * A cached document: the query (one statement), the rendering, and the domain events that invalidate it. The result depends only
 * on the database and the parameters, never on the clock or the client.
 */
export interface Document<Row = never> {
  /** The route of the document. It is part of the path in the cache directory. */
  readonly route: string
  /** Media type of the payload; the default is JSON. */
  mediaType?(params: Params): string
  /** Time that a claim is kept after a put. KV accepts one put per second and key. */
  readonly minPutIntervalMs: number
  read(db: Database, organisation: number, params: Params): Statement & { _: { result: Row[] } }
  /** True if the statement can read more than `LIGHT_ROWS` rows. */
  isLarge?(params: Params): boolean
  /** Returns the text, or null if the resource does not exist. Such a document is neither leased nor stored. */
  render(rows: Row[], params: Params): string | null
  /** Resolution of a chart. It is not part of the entry metadata, because it depends only on the parameters. */
  resolution?(params: Params): Resolution
  /** Time at which the previous page ends, for the `Link` header; undefined without one. Called only if the resource exists. */
  previousPageEnd?(rows: Row[], params: Params): number | undefined
  /** Maps every domain event to paths. It is total: a new subject does not compile until every document handles it. */
  readonly invalidatedBy: { [S in Subject]: (event: Extract<DomainEvent, { subject: S }>, paths: DocumentPaths) => PathRange[] }
}

/** Builds the path ranges of one document of one organisation. */
interface DocumentPaths {
  exact(params: Params): PathRange
  /** The path with any query. */
  anyParams(params?: Params): PathRange
}

/** Minimum put interval of documents of one factory or sprocket: a little over KV's second, because its clock differs from ours. */
const ENTITY_INTERVAL_MS = 1_100
/** Minimum put interval of lists, because every factory of the organisation invalidates them. */
const LIST_INTERVAL_MS = 10_000

const NEVER = () => []
const pathOfFactory = (event: FactoryChange, paths: DocumentPaths) => ('factory' in event ? [paths.exact({ id: event.factory })] : [])
const pathsOfReadings = (event: ReadingsChange, paths: DocumentPaths) => event.factories.map((id) => paths.exact({ id }))
const pathOfDeletedFactory = (event: FactoryChange, paths: DocumentPaths) => (event.verb === 'deleted' ? pathOfFactory(event, paths) : [])
const pathOfSprocket = (event: SprocketChange, paths: DocumentPaths) => ('sprocket' in event ? [paths.exact({ id: event.sprocket })] : [])

/** Returns the list pages that contain these factories, with and without `chart_data`. */
const pathsOfPages = (ids: number[], paths: DocumentPaths) =>
  [...new Set(ids.map((id) => pageStart(id, FACTORIES_PAGE)))].flatMap((cursor) => [
    paths.exact({ cursor }),
    paths.exact({ cursor, chartData: false }),
  ])

/** Checks a declaration against the row type of its query, and hides that type so that all documents fit one list. */
const defineDocument = <Row>(declaration: Document<Row>) => declaration as unknown as Document

const column = (name: string, of: 'actual' | 'goal' | 'time') =>
  defineDocument({
    route: `/api/factory/{id}/${name}`,
    minPutIntervalMs: ENTITY_INTERVAL_MS,
    read: (db, organisation, { id }) => selectColumn(db, organisation, id!, of),
    render: ([row]) => row?.values ?? null,
    invalidatedBy: { factory: pathOfDeletedFactory, readings: pathsOfReadings, sprocket: NEVER, key: NEVER, organisation: NEVER },
  })

export const factoryDocument = defineDocument({
  route: '/api/factory/{id}',
  minPutIntervalMs: ENTITY_INTERVAL_MS,
  read: (db, organisation, { id }) => selectFactory(db, organisation, id!),
  render: ([row]) => (row ? renderFactory(row) : null),
  invalidatedBy: { factory: pathOfFactory, readings: pathsOfReadings, sprocket: NEVER, key: NEVER, organisation: NEVER },
})

export const profileDocument = defineDocument({
  route: '/api/factory/{id}/profile',
  minPutIntervalMs: ENTITY_INTERVAL_MS,
  read: (db, organisation, { id }) => selectProfile(db, organisation, id!),
  render: ([row]) => (row ? renderProfile(row) : null),
  invalidatedBy: { factory: pathOfFactory, readings: NEVER, sprocket: NEVER, key: NEVER, organisation: NEVER },
})

/** Returns the default view in another format. The row has one reading more than the page. */
const newestPage = (row: RangeRow) => toPage(row, DEFAULT_RANGE, CHART_READINGS)

/** The newest readings, or a preset range. SQLite renders the default view. */
export const chartDocument = defineDocument<ChartRow | RangeRow>({
  route: '/api/factory/{id}/chart-data',
  minPutIntervalMs: ENTITY_INTERVAL_MS,
  mediaType: ({ format }) => mediaTypeFor(format),
  resolution: ({ last }) => (last === undefined ? 'raw' : PRESET_RANGES[last].resolution),
  // The preset range `day` reads single readings.
  isLarge: ({ last }) => last === 'day',
  read: (db, organisation, { id, last, format }) => {
    if (last !== undefined) return selectPresetRange(db, organisation, id!, last)
    return format === undefined ? selectChart(db, organisation, id!) : selectRange(db, organisation, id!, DEFAULT_RANGE)
  },
  render: ([row], { last, format }) => {
    if (!row) return null
    if ('chart' in row) return row.chart
    return last === undefined ? renderPoints(newestPage(row).points, 'raw', format) : renderLast(row, last, format)
  },
  previousPageEnd: ([row], { last }) => {
    if (last !== undefined) return undefined
    return 'chart' in row! ? previousPageEnd(row) : newestPage(row!).before
  },
  invalidatedBy: {
    // A new time zone changes hours and days.
    factory: (event, paths) => ('factory' in event ? [paths.anyParams({ id: event.factory })] : []),
    readings: (event, paths) => event.factories.map((id) => paths.anyParams({ id })),
    sprocket: NEVER,
    key: NEVER,
    organisation: NEVER,
  },
})

export const chartSvgDocument = defineDocument({
  route: '/api/factory/{id}/chart.svg',
  mediaType: () => 'image/svg+xml',
  minPutIntervalMs: ENTITY_INTERVAL_MS,
  read: (db, organisation, { id }) => selectFactory(db, organisation, id!),
  render: ([row]) => (row ? renderChartSvg(row) : null),
  invalidatedBy: { factory: pathOfFactory, readings: pathsOfReadings, sprocket: NEVER, key: NEVER, organisation: NEVER },
})

export const actualDocument = column('production-actual', 'actual')
export const goalDocument = column('production-goal', 'goal')
export const timeDocument = column('time', 'time')

export const summaryDocument = defineDocument({
  route: '/api/factory/{id}/summary',
  minPutIntervalMs: ENTITY_INTERVAL_MS,
  read: (db, organisation, { id }) => selectSummary(db, organisation, id!),
  render: ([row]) => (row ? renderSummary(row) : null),
  invalidatedBy: { factory: pathOfFactory, readings: pathsOfReadings, sprocket: NEVER, key: NEVER, organisation: NEVER },
})

export const organisationSummaryDocument = defineDocument({
  route: '/api/summary',
  minPutIntervalMs: LIST_INTERVAL_MS,
  // The statement reads two rows per factory.
  isLarge: () => true,
  read: (db, organisation) => selectOrganisationSummary(db, organisation),
  render: renderOrganisationSummary,
  invalidatedBy: {
    factory: (_, paths) => [paths.exact({})],
    readings: (_, paths) => [paths.exact({})],
    sprocket: NEVER,
    key: NEVER,
    organisation: NEVER,
  },
})

export const factoriesDocument = defineDocument({
  route: '/api/factories',
  minPutIntervalMs: LIST_INTERVAL_MS,
  isLarge: ({ chartData }) => chartData !== false,
  read: (db, organisation, { cursor = 0, chartData = true }) => selectFactoryPage(db, organisation, { from: cursor, chartData }),
  render: (rows, { cursor = 0, chartData = true }) =>
    cursor > 0 && rows[0]?.id === null ? null : renderFactoryPage(rows, chartData, FACTORIES_PAGE),
  invalidatedBy: {
    // A created or deleted factory changes `count` on every page, an updated one only its page.
    factory: (event, paths) => (event.verb === 'updated' ? pathsOfPages([event.factory], paths) : [paths.anyParams()]),
    readings: (event, paths) => pathsOfPages(event.factories, paths),
    sprocket: NEVER,
    key: NEVER,
    organisation: NEVER,
  },
})

export const sprocketDocument = defineDocument({
  route: '/api/sprocket/{id}',
  minPutIntervalMs: ENTITY_INTERVAL_MS,
  read: (db, organisation, { id }) => selectSprocket(db, organisation, id!),
  render: ([row]) => (row ? renderSprocket(row) : null),
  invalidatedBy: { factory: NEVER, readings: NEVER, sprocket: pathOfSprocket, key: NEVER, organisation: NEVER },
})

export const sprocketsDocument = defineDocument({
  route: '/api/sprockets',
  minPutIntervalMs: LIST_INTERVAL_MS,
  read: (db, organisation, { cursor = 0 }) => selectSprocketPage(db, organisation, { from: cursor }),
  render: (rows, { cursor = 0 }) => (cursor > 0 && rows[0]?.id === null ? null : renderSprocketPage(rows, SPROCKETS_PAGE)),
  invalidatedBy: {
    factory: NEVER,
    readings: NEVER,
    sprocket: (event, paths) =>
      event.verb === 'updated' ? [paths.exact({ cursor: pageStart(event.sprocket, SPROCKETS_PAGE) })] : [paths.anyParams()],
    key: NEVER,
    organisation: NEVER,
  },
})

export const DOCUMENTS: readonly Document[] = [
  factoriesDocument,
  factoryDocument,
  profileDocument,
  chartDocument,
  actualDocument,
  goalDocument,
  timeDocument,
  chartSvgDocument,
  summaryDocument,
  organisationSummaryDocument,
  sprocketsDocument,
  sprocketDocument,
]

/** Returns the path ranges that a domain event of an organisation invalidates. */
export const invalidatedRanges = (organisation: number, event: DomainEvent): PathRange[] =>
  DOCUMENTS.flatMap((each) =>
    each.invalidatedBy[event.subject](event as never, {
      exact: (params) => exactRange(buildPath(organisation, each.route, params)),
      anyParams: (params = {}) => anyParamsRange(buildPath(organisation, each.route, params)),
    }),
  )

/** Finds the document and parameters of a path. Returns undefined for a path of another release. */
export const findDocument = (path: string): { document: Document; organisation: number; params: Params } | undefined => {
  const { organisation, route, query } = parsePath(path)
  const id = /^\/api\/(?:factory|sprocket)\/(\d+)/.exec(route)?.[1]
  const params: Params = {
    ...(id !== undefined && { id: Number(id) }),
    ...(query.has('cursor') && { cursor: Number(query.get('cursor')) }),
    ...(query.get('chart_data') === 'false' && { chartData: false }),
    ...(query.has('format') && { format: query.get('format') as 'csv' }),
    ...(query.has('last') && { last: query.get('last') as 'day' }),
  }
  const document = DOCUMENTS.find((each) => buildPath(organisation, each.route, params) === path)
  return document && { document, organisation, params }
}
