import { pageStart } from '../queries/pages.ts'
import { SPROCKETS_PAGE, selectSprocket, selectSprocketPage } from '../queries/sprockets.ts'
import { defineDocument, ENTITY_INTERVAL_MS, LIST_INTERVAL_MS } from './document.ts'
import { BY_SPROCKET, NEVER } from './invalidation.ts'
import { renderSprocket, renderSprocketPage } from './json.ts'
import { CURSOR } from './query-params.ts'

export const sprocketsDocument = defineDocument({
  path: '/api/sprockets',
  operationId: 'listSprockets',
  role: 'viewer',
  scope: 'catalogue',
  tag: 'Sprockets',
  summary: 'List sprocket types, 100 ids per page',
  schemas: ({ pageQuery, SprocketPage }) => ({
    query: pageQuery,
    responses: { 200: { description: 'A page of sprocket types', schema: SprocketPage } },
  }),
  query: { cursor: CURSOR },
  minPutIntervalMs: LIST_INTERVAL_MS,
  read: (db, organisationPk, { cursor = 0 }) => selectSprocketPage(db, organisationPk, { from: cursor }),
  render: (rows, { cursor = 0 }) => (cursor > 0 && rows[0]?.id === null ? null : renderSprocketPage(rows, SPROCKETS_PAGE)),
  invalidatedBy: {
    factory: NEVER,
    schedule: NEVER,
    readings: NEVER,
    'stop-reasons': NEVER,
    'stop-annotation': NEVER,
    sprocket: (event, paths) =>
      event.verb === 'updated' ? [paths.exact({ cursor: pageStart(event.sprocket, SPROCKETS_PAGE) })] : [paths.anyParams()],
    key: NEVER,
    organisation: NEVER,
  },
})

export const sprocketDocument = defineDocument({
  path: '/api/sprocket/{id}',
  operationId: 'getSprocket',
  role: 'viewer',
  scope: 'catalogue',
  resource: 'sprocket',
  tag: 'Sprockets',
  summary: 'Get a sprocket type',
  schemas: ({ idParam, Sprocket }) => ({ params: idParam, responses: { 200: { description: 'The sprocket type', schema: Sprocket } } }),
  minPutIntervalMs: ENTITY_INTERVAL_MS,
  read: (db, organisationPk, { id }) => selectSprocket(db, organisationPk, id!),
  render: ([row]) => (row ? renderSprocket(row) : null),
  invalidatedBy: BY_SPROCKET,
})
