import { selectOrganisationSummary, selectSummary } from '../queries/summaries.ts'
import { defineDocument, ENTITY_INTERVAL_MS, LIST_INTERVAL_MS } from './document.ts'
import { BY_SHIFTS, NEVER } from './invalidation.ts'
import { renderOrganisationSummary, renderSummary } from './summary-json.ts'

export const summaryDocument = defineDocument({
  path: '/api/factory/{id}/summary',
  operationId: 'getFactorySummary',
  role: 'viewer',
  scope: 'factory',
  resource: 'factory',
  tag: 'Readings',
  summary: 'Get the summary of a factory: newest reading, attainment, last hour, last day by hour, current shift',
  schemas: ({ idParam, Summary }) => ({ params: idParam, responses: { 200: { description: 'The summary', schema: Summary } } }),
  minPutIntervalMs: ENTITY_INTERVAL_MS,
  read: (db, organisationPk, { id }) => selectSummary(db, organisationPk, id!),
  render: ([row]) => (row ? renderSummary(row) : null),
  invalidatedBy: BY_SHIFTS,
})

export const organisationSummaryDocument = defineDocument({
  path: '/api/summary',
  operationId: 'getOrganisationSummary',
  role: 'viewer',
  scope: 'key',
  tag: 'Factories',
  summary: 'Get the last day of every factory, furthest behind its goal first',
  schemas: ({ OrganisationSummary }) => ({ responses: { 200: { description: 'The summary', schema: OrganisationSummary } } }),
  minPutIntervalMs: LIST_INTERVAL_MS,
  // The statement reads the chunks of the last day of every factory.
  isLarge: () => true,
  read: (db, organisationPk) => selectOrganisationSummary(db, organisationPk),
  render: renderOrganisationSummary,
  invalidatedBy: {
    factory: (_, paths) => [paths.exact({})],
    schedule: (_, paths) => [paths.exact({})],
    readings: (_, paths) => [paths.exact({})],
    'stop-reasons': NEVER,
    'stop-annotation': NEVER,
    sprocket: NEVER,
    key: NEVER,
    organisation: NEVER,
  },
})
