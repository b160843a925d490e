import { selectChart } from '../queries/factories.ts'
import type { ChartField } from '../schemas/reading-fields.ts'
import { defineDocument, ENTITY_INTERVAL_MS } from './document.ts'
import { BY_READINGS } from './invalidation.ts'
import { chartReadings } from './json.ts'

const defineColumn = (
  name: string,
  operationId: string,
  { of, schema: schemaName, summary, example }: { of: ChartField | 'time'; schema: 'Column' | 'Times'; summary: string; example?: unknown },
) =>
  defineDocument({
    path: `/api/factory/{id}/${name}`,
    operationId,
    role: 'viewer',
    scope: 'factory',
    resource: 'factory',
    tag: 'Readings',
    summary,
    schemas: ({ idParam, [schemaName]: schema }) => ({
      params: idParam,
      responses: { 200: { description: 'The column, ordered by time', schema, example } },
    }),
    minPutIntervalMs: ENTITY_INTERVAL_MS,
    read: (db, organisationPk, { id }) => selectChart(db, organisationPk, id!),
    render: ([row]) => (row ? JSON.stringify(chartReadings(row.texts)[of]) : null),
    invalidatedBy: BY_READINGS,
  })

export const actualDocument = defineColumn('production-actual', 'getProductionActual', {
  of: 'actual',
  schema: 'Column',
  summary: 'Get the actual production of the newest 500 readings',
})
export const goalDocument = defineColumn('production-goal', 'getProductionGoal', {
  of: 'goal',
  schema: 'Column',
  summary: 'Get the production goals of the newest 500 readings',
  example: [31, 33, 29, 29, 32],
})
export const timeDocument = defineColumn('time', 'getTimes', {
  of: 'time',
  schema: 'Times',
  summary: 'Get the times of the newest 500 readings in Unix seconds',
})
