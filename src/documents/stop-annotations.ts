import { renderStopAnnotation, selectStopAnnotation } from '../queries/stop-annotations.ts'
import { defineDocument, ENTITY_INTERVAL_MS } from './document.ts'
import { BY_STOP_ANNOTATION } from './invalidation.ts'

export const stopAnnotationDocument = defineDocument({
  path: '/api/stop-annotation/{id}',
  operationId: 'getStopAnnotation',
  role: 'viewer',
  scope: 'key',
  resource: 'stop-annotation',
  tag: 'Stops',
  summary: 'Get an annotation',
  schemas: ({ idParam, StopAnnotation }) => ({
    params: idParam,
    responses: { 200: { description: 'The annotation. Send its ETag as If-Match to change or delete it', schema: StopAnnotation } },
  }),
  minPutIntervalMs: ENTITY_INTERVAL_MS,
  read: (db, organisationPk, { id }) => selectStopAnnotation(db, organisationPk, id!),
  render: ([row]) => (row ? renderStopAnnotation(row) : null),
  invalidatedBy: BY_STOP_ANNOTATION,
})
