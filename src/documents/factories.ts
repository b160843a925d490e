import { FACTORIES_PAGE, selectFactory, selectFactoryPage, selectProfile } from '../queries/factories.ts'
import { pageStart } from '../queries/pages.ts'
import { defineDocument, ENTITY_INTERVAL_MS, LIST_INTERVAL_MS } from './document.ts'
import type { DocumentPaths } from './document.ts'
import { BY_FACTORY, BY_FACTORY_AND_READINGS, NEVER } from './invalidation.ts'
import { renderFactory, renderFactoryPage, renderProfile } from './json.ts'
import { CURSOR, TRUE_BY_DEFAULT } from './query-params.ts'

const factoriesQuery = { chart_data: TRUE_BY_DEFAULT, cursor: CURSOR }

/** Returns the list pages that contain these factories, with and without `chart_data`. */
const pathsOfPages = (ids: number[], paths: DocumentPaths<typeof factoriesQuery>) =>
  [...new Set(ids.map((id) => pageStart(id, FACTORIES_PAGE)))].flatMap((cursor) => [
    paths.exact({ cursor }),
    paths.exact({ cursor, chart_data: false }),
  ])

export const factoriesDocument = defineDocument({
  path: '/api/factories',
  operationId: 'listFactories',
  role: 'viewer',
  scope: 'key',
  tag: 'Factories',
  summary: 'List factories, 20 ids per page',
  schemas: ({ z, pageQuery, FactoryPage }) => ({
    query: pageQuery.extend({
      chart_data: z.enum(['true', 'false']).optional().openapi({ description: 'false omits the series' }),
    }),
    responses: { 200: { description: 'A page of factories', schema: FactoryPage } },
  }),
  query: factoriesQuery,
  minPutIntervalMs: LIST_INTERVAL_MS,
  isLarge: ({ chart_data }) => chart_data !== false,
  read: (db, organisationPk, { cursor = 0, chart_data = true }) =>
    selectFactoryPage(db, organisationPk, { from: cursor, chartData: chart_data }),
  render: (rows, { cursor = 0, chart_data = true }) =>
    cursor > 0 && rows[0]?.id === null ? null : renderFactoryPage(rows, chart_data, FACTORIES_PAGE),
  invalidatedBy: {
    // A created or deleted factory changes `count` on every page, an updated one only its page.
    factory: (event, paths) => (event.verb === 'updated' ? pathsOfPages([event.factory], paths) : [paths.anyParams()]),
    schedule: NEVER,
    readings: (event, paths) => pathsOfPages(event.factories, paths),
    'stop-reasons': NEVER,
    'stop-annotation': NEVER,
    sprocket: NEVER,
    key: NEVER,
    organisation: NEVER,
  },
})

export const factoryDocument = defineDocument({
  path: '/api/factory/{id}',
  operationId: 'getFactory',
  role: 'viewer',
  scope: 'factory',
  resource: 'factory',
  tag: 'Factories',
  summary: 'Get a factory with its newest 500 readings',
  schemas: ({ idParam, Factory }) => ({ params: idParam, responses: { 200: { description: 'The factory', schema: Factory } } }),
  minPutIntervalMs: ENTITY_INTERVAL_MS,
  read: (db, organisationPk, { id }) => selectFactory(db, organisationPk, id!),
  render: ([row]) => (row ? renderFactory(row) : null),
  invalidatedBy: BY_FACTORY_AND_READINGS,
})

export const profileDocument = defineDocument({
  path: '/api/factory/{id}/profile',
  operationId: 'getFactoryProfile',
  role: 'viewer',
  scope: 'factory',
  resource: 'factory',
  tag: 'Factories',
  summary: 'Get the name, time zone and settings of a factory',
  schemas: ({ idParam, Profile }) => ({
    params: idParam,
    responses: { 200: { description: 'The profile. Send its ETag as If-Match to update or delete the factory', schema: Profile } },
  }),
  minPutIntervalMs: ENTITY_INTERVAL_MS,
  read: (db, organisationPk, { id }) => selectProfile(db, organisationPk, id!),
  render: ([row]) => (row ? renderProfile(row) : null),
  invalidatedBy: BY_FACTORY,
})
