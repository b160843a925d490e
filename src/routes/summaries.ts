import { organisationSummaryDocument, summaryDocument } from '../documents/registry.ts'
import { renderOrganisationSummary } from '../documents/summary.ts'
import type { App } from '../middleware/app-env.ts'
import { selectOrganisationSummary } from '../queries/summaries.ts'
import { sendDocument, sendFromDatabase, sendDocumentOr404 } from '../http/respond.ts'
import { addRoute } from '../http/add-route.ts'

/** Registers the summaries of production: of one factory, and of all. */
export const addSummaryRoutes = (app: App): void => {
  addRoute(
    app,
    {
      method: 'get',
      path: '/api/factory/{id}/summary',
      operationId: 'getFactorySummary',
      role: 'viewer',
      scope: 'factory',
      tag: 'Readings',
      summary: 'Get the summary of a factory: newest reading, attainment, last hour, last day by hour',
      headers: ['If-None-Match'],
      schemas: ({ idParam, Summary }) => ({ params: idParam, responses: { 200: { description: 'The summary', schema: Summary } } }),
    },
    (c) => sendDocumentOr404(c, 'factory', summaryDocument),
  )

  addRoute(
    app,
    {
      method: 'get',
      path: '/api/summary',
      operationId: 'getOrganisationSummary',
      role: 'viewer',
      scope: 'key',
      tag: 'Factories',
      summary: 'Get the last day of every factory, furthest behind its goal first',
      headers: ['If-None-Match'],
      schemas: ({ OrganisationSummary }) => ({ responses: { 200: { description: 'The summary', schema: OrganisationSummary } } }),
    },
    async (c) => {
      const { organisation, factories } = c.get('identity')
      const response = factories === null ? await sendDocument(c, organisationSummaryDocument, {}) : undefined
      return (
        response ??
        (await sendFromDatabase(c, 2 * (factories?.length ?? 0), async ({ db }) =>
          renderOrganisationSummary(await selectOrganisationSummary(db, organisation, factories)),
        ))!
      )
    },
  )
}
