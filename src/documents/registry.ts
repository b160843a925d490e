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
 * A payload kept ready: how it is read (one statement), how it is written down, and what makes it stale. A document depends
 * on nothing but the database and its parameters, never on the clock or on who asks.
 */
export interface Document<Row = never> {
  /** The route it answers, and its name in the directory of copies. */
  readonly route: string
  /** What its bytes are; JSON unless it says otherwise. */
  mediaType?(params: Params): string
  /** How long a claim is kept after a put, in ms; KV takes one put a second for each key. */
  readonly minPutIntervalMs: number
  read(db: Database, organisation: number, params: Params): Statement & { _: { result: Row[] } }
  /** True if its statement can read more than `LIGHT_ROWS` rows. */
  isLarge?(params: Params): boolean
  /** The text, or null where there is nothing: an absent document is neither leased nor stored. */
  render(rows: Row[], params: Params): string | null
  /** What its points are, where it is a chart; no part of the label, because the parameters alone decide it. */
  resolution?(params: Params): Resolution
  /** Where it goes on backwards, for the links that go with it; undefined where it does not. Asked only of what is there. */
  previousPageEnd?(rows: Row[], params: Params): number | undefined
  /** Total over what can happen: a new subject does not compile until every document has answered it. */
  readonly invalidatedBy: { [S in Subject]: (change: Extract<DomainEvent, { subject: S }>, place: DocumentPaths) => PathRange[] }
}

/** Paths of one document within one organisation. */
interface DocumentPaths {
  exact(params: Params): PathRange
  /** With whatever parameters follow the path. */
  anyParams(params?: Params): PathRange
}

/** The pace of a factory's own documents: a little over KV's second, for its clock is not ours. */
const ENTITY_INTERVAL_MS = 1_100
/** The pace of lists, which every factory of the organisation makes stale. */
const LIST_INTERVAL_MS = 10_000

const NEVER = () => []
const pathOfFactory = (change: FactoryChange, place: DocumentPaths) => ('factory' in change ? [place.exact({ id: change.factory })] : [])
const pathsOfReadings = (change: ReadingsChange, place: DocumentPaths) => change.factories.map((id) => place.exact({ id }))
const pathOfDeletedFactory = (change: FactoryChange, place: DocumentPaths) =>
  change.verb === 'deleted' ? pathOfFactory(change, place) : []
const pathOfSprocket = (change: SprocketChange, place: DocumentPaths) =>
  'sprocket' in change ? [place.exact({ id: change.sprocket })] : []

/** Both representations of the list pages that these factories are on. */
const pathsOfPages = (ids: number[], place: DocumentPaths) =>
  [...new Set(ids.map((id) => pageStart(id, FACTORIES_PAGE)))].flatMap((cursor) => [
    place.exact({ cursor }),
    place.exact({ cursor, chartData: false }),
  ])

/** Documents of differing rows in one list; inside it each is typed by its own statement. */
const defineDocument = <Row>(given: Document<Row>) => given as unknown as Document

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

/** The default view in another format, of a row that was read with one reading more. */
const newestOf = (row: RangeRow) => toPage(row, DEFAULT_RANGE, CHART_READINGS)

/** The newest readings, or one of the commonest ranges; the default view is written by SQLite. */
export const chartDocument = defineDocument<ChartRow | RangeRow>({
  route: '/api/factory/{id}/chart-data',
  minPutIntervalMs: ENTITY_INTERVAL_MS,
  mediaType: ({ format }) => mediaTypeFor(format),
  resolution: ({ last }) => (last === undefined ? 'raw' : PRESET_RANGES[last].resolution),
  // A day of readings one by one.
  isLarge: ({ last }) => last === 'day',
  read: (db, organisation, { id, last, format }) => {
    if (last !== undefined) return selectPresetRange(db, organisation, id!, last)
    return format === undefined ? selectChart(db, organisation, id!) : selectRange(db, organisation, id!, DEFAULT_RANGE)
  },
  render: ([row], { last, format }) => {
    if (!row) return null
    if ('chart' in row) return row.chart
    return last === undefined ? renderPoints(newestOf(row).points, 'raw', format) : renderLast(row, last, format)
  },
  previousPageEnd: ([row], { last }) => {
    if (last !== undefined) return undefined
    return 'chart' in row! ? previousPageEnd(row) : newestOf(row!).before
  },
  invalidatedBy: {
    // Another time zone has other hours and days.
    factory: (change, place) => ('factory' in change ? [place.anyParams({ id: change.factory })] : []),
    readings: (change, place) => change.factories.map((id) => place.anyParams({ id })),
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
  // Two rows a factory.
  isLarge: () => true,
  read: (db, organisation) => selectOrganisationSummary(db, organisation),
  render: renderOrganisationSummary,
  invalidatedBy: {
    factory: (_, place) => [place.exact({})],
    readings: (_, place) => [place.exact({})],
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
    // Coming and going changes `count` on every page; a new name only the page it stands on.
    factory: (change, place) => (change.verb === 'updated' ? pathsOfPages([change.factory], place) : [place.anyParams()]),
    readings: (change, place) => pathsOfPages(change.factories, place),
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
    sprocket: (change, place) =>
      change.verb === 'updated' ? [place.exact({ cursor: pageStart(change.sprocket, SPROCKETS_PAGE) })] : [place.anyParams()],
    key: NEVER,
    organisation: NEVER,
  },
})

/** Every document there is. */
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

/** The paths that a change of an organisation makes stale. */
export const invalidatedRanges = (organisation: number, change: DomainEvent): PathRange[] =>
  DOCUMENTS.flatMap((each) =>
    each.invalidatedBy[change.subject](change as never, {
      exact: (params) => exactRange(buildPath(organisation, each.route, params)),
      anyParams: (params = {}) => anyParamsRange(buildPath(organisation, each.route, params)),
    }),
  )

/** A document with its parameters, found again from a path of the directory; undefined for a path of another release. */
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
