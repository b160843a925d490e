import type { Change, FactoryChange, ReadingsChange, SprocketChange, Subject } from '../db/domain-events.ts'
import type { Database, Statement } from '../db/client.ts'
import { CHART_READINGS } from '../queries/chart-columns.ts'
import { FACTORIES_PAGE, selectChart, selectColumn, selectFactory, selectFactoryPage, selectProfile } from '../queries/factories.ts'
import { blockOf } from '../queries/pages.ts'
import { LASTS, NEWEST, selectLast, selectRange } from '../queries/ranges.ts'
import type { RangeRow, Resolution } from '../queries/ranges.ts'
import { selectOrganisationSummary, selectSummary } from '../queries/summaries.ts'
import { SPROCKETS_PAGE, selectSprocket, selectSprocketPage } from '../queries/sprockets.ts'
import { exactly, parsePath, pathOf, withAnyParams } from './path.ts'
import type { Params, PathRange } from './path.ts'
import { renderPicture } from './chart-svg.ts'
import { mediaTypeOf, pageOf, renderLast, renderPoints } from './chart-format.ts'
import { beforeChart, renderFactory, renderFactoryPage, renderProfile, renderSprocket, renderSprocketPage } from './json.ts'
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
  readonly pace: number
  read(db: Database, organisation: number, params: Params): Statement & { _: { result: Row[] } }
  /** True if its statement can read more than `LIGHT_ROWS` rows. */
  isLarge?(params: Params): boolean
  /** The text, or null where there is nothing: an absent document is neither leased nor stored. */
  render(rows: Row[], params: Params): string | null
  /** What its points are, where it is a chart; no part of the label, because the parameters alone decide it. */
  resolution?(params: Params): Resolution
  /** Where it goes on backwards, for the links that go with it; undefined where it does not. Asked only of what is there. */
  before?(rows: Row[], params: Params): number | undefined
  /** Total over what can happen: a new subject does not compile until every document has answered it. */
  readonly staleAfter: { [S in Subject]: (change: Extract<Change, { subject: S }>, place: Place) => PathRange[] }
}

/** Paths of one document within one organisation. */
interface Place {
  at(params: Params): PathRange
  /** With whatever parameters follow the path. */
  everywhere(params?: Params): PathRange
}

/** The pace of a factory's own documents: a little over KV's second, for its clock is not ours. */
const OWN = 1_100
/** The pace of lists, which every factory of the organisation makes stale. */
const SHARED = 10_000

const never = () => []
const ofFactory = (change: FactoryChange, place: Place) => ('factory' in change ? [place.at({ id: change.factory })] : [])
const ofReadings = (change: ReadingsChange, place: Place) => change.factories.map((id) => place.at({ id }))
const whenFactoryGoes = (change: FactoryChange, place: Place) => (change.verb === 'deleted' ? ofFactory(change, place) : [])
const ofSprocket = (change: SprocketChange, place: Place) => ('sprocket' in change ? [place.at({ id: change.sprocket })] : [])

/** Both representations of the list pages that these factories are on. */
const pagesOf = (ids: number[], place: Place) =>
  [...new Set(ids.map((id) => blockOf(id, FACTORIES_PAGE)))].flatMap((cursor) => [
    place.at({ cursor }),
    place.at({ cursor, chartData: false }),
  ])

/** Documents of differing rows in one list; inside it each is typed by its own statement. */
const document = <Row>(given: Document<Row>) => given as unknown as Document

const column = (name: string, of: 'actual' | 'goal' | 'time') =>
  document({
    route: `/api/factory/{id}/${name}`,
    pace: OWN,
    read: (db, organisation, { id }) => selectColumn(db, organisation, id!, of),
    render: ([row]) => row?.values ?? null,
    staleAfter: { factory: whenFactoryGoes, readings: ofReadings, sprocket: never, key: never, organisation: never },
  })

export const factoryDocument = document({
  route: '/api/factory/{id}',
  pace: OWN,
  read: (db, organisation, { id }) => selectFactory(db, organisation, id!),
  render: ([row]) => (row ? renderFactory(row) : null),
  staleAfter: { factory: ofFactory, readings: ofReadings, sprocket: never, key: never, organisation: never },
})

export const profileDocument = document({
  route: '/api/factory/{id}/profile',
  pace: OWN,
  read: (db, organisation, { id }) => selectProfile(db, organisation, id!),
  render: ([row]) => (row ? renderProfile(row) : null),
  staleAfter: { factory: ofFactory, readings: never, sprocket: never, key: never, organisation: never },
})

/** The default view in another format, of a row that was read with one reading more. */
const newestOf = (row: RangeRow) => pageOf(row, NEWEST, CHART_READINGS)

/** The newest readings, or one of the commonest ranges; the default view is written by SQLite. */
export const chartDocument = document<ChartRow | RangeRow>({
  route: '/api/factory/{id}/chart-data',
  pace: OWN,
  mediaType: ({ format }) => mediaTypeOf(format),
  resolution: ({ last }) => (last === undefined ? 'raw' : LASTS[last].resolution),
  // A day of readings one by one.
  isLarge: ({ last }) => last === 'day',
  read: (db, organisation, { id, last, format }) => {
    if (last !== undefined) return selectLast(db, organisation, id!, last)
    return format === undefined ? selectChart(db, organisation, id!) : selectRange(db, organisation, id!, NEWEST)
  },
  render: ([row], { last, format }) => {
    if (!row) return null
    if ('chart' in row) return row.chart
    return last === undefined ? renderPoints(newestOf(row).points, 'raw', format) : renderLast(row, last, format)
  },
  before: ([row], { last }) => {
    if (last !== undefined) return undefined
    return 'chart' in row! ? beforeChart(row) : newestOf(row!).before
  },
  staleAfter: {
    // Another time zone has other hours and days.
    factory: (change, place) => ('factory' in change ? [place.everywhere({ id: change.factory })] : []),
    readings: (change, place) => change.factories.map((id) => place.everywhere({ id })),
    sprocket: never,
    key: never,
    organisation: never,
  },
})

export const pictureDocument = document({
  route: '/api/factory/{id}/chart.svg',
  mediaType: () => 'image/svg+xml',
  pace: OWN,
  read: (db, organisation, { id }) => selectFactory(db, organisation, id!),
  render: ([row]) => (row ? renderPicture(row) : null),
  staleAfter: { factory: ofFactory, readings: ofReadings, sprocket: never, key: never, organisation: never },
})

export const actualDocument = column('production-actual', 'actual')
export const goalDocument = column('production-goal', 'goal')
export const timeDocument = column('time', 'time')

export const summaryDocument = document({
  route: '/api/factory/{id}/summary',
  pace: OWN,
  read: (db, organisation, { id }) => selectSummary(db, organisation, id!),
  render: ([row]) => (row ? renderSummary(row) : null),
  staleAfter: { factory: ofFactory, readings: ofReadings, sprocket: never, key: never, organisation: never },
})

export const organisationSummaryDocument = document({
  route: '/api/summary',
  pace: SHARED,
  // Two rows a factory.
  isLarge: () => true,
  read: (db, organisation) => selectOrganisationSummary(db, organisation),
  render: renderOrganisationSummary,
  staleAfter: {
    factory: (_, place) => [place.at({})],
    readings: (_, place) => [place.at({})],
    sprocket: never,
    key: never,
    organisation: never,
  },
})

export const factoriesDocument = document({
  route: '/api/factories',
  pace: SHARED,
  isLarge: ({ chartData }) => chartData !== false,
  read: (db, organisation, { cursor = 0, chartData = true }) => selectFactoryPage(db, organisation, { from: cursor, chartData }),
  render: (rows, { cursor = 0, chartData = true }) =>
    cursor > 0 && rows[0]?.id === null ? null : renderFactoryPage(rows, chartData, FACTORIES_PAGE),
  staleAfter: {
    // Coming and going changes `count` on every page; a new name only the page it stands on.
    factory: (change, place) => (change.verb === 'updated' ? pagesOf([change.factory], place) : [place.everywhere()]),
    readings: (change, place) => pagesOf(change.factories, place),
    sprocket: never,
    key: never,
    organisation: never,
  },
})

export const sprocketDocument = document({
  route: '/api/sprocket/{id}',
  pace: OWN,
  read: (db, organisation, { id }) => selectSprocket(db, organisation, id!),
  render: ([row]) => (row ? renderSprocket(row) : null),
  staleAfter: { factory: never, readings: never, sprocket: ofSprocket, key: never, organisation: never },
})

export const sprocketsDocument = document({
  route: '/api/sprockets',
  pace: SHARED,
  read: (db, organisation, { cursor = 0 }) => selectSprocketPage(db, organisation, { from: cursor }),
  render: (rows, { cursor = 0 }) => (cursor > 0 && rows[0]?.id === null ? null : renderSprocketPage(rows, SPROCKETS_PAGE)),
  staleAfter: {
    factory: never,
    readings: never,
    sprocket: (change, place) =>
      change.verb === 'updated' ? [place.at({ cursor: blockOf(change.sprocket, SPROCKETS_PAGE) })] : [place.everywhere()],
    key: never,
    organisation: never,
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
  pictureDocument,
  summaryDocument,
  organisationSummaryDocument,
  sprocketsDocument,
  sprocketDocument,
]

/** The paths that a change of an organisation makes stale. */
export const staleAfter = (organisation: number, change: Change): PathRange[] =>
  DOCUMENTS.flatMap((each) =>
    each.staleAfter[change.subject](change as never, {
      at: (params) => exactly(pathOf(organisation, each.route, params)),
      everywhere: (params = {}) => withAnyParams(pathOf(organisation, each.route, params)),
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
  const document = DOCUMENTS.find((each) => pathOf(organisation, each.route, params) === path)
  return document && { document, organisation, params }
}
