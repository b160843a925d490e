import type { Isolate } from '../runtime/isolate.ts'
import { organisationSummaryDocument, summaryDocument } from '../documents/registry.ts'
import { renderOrganisationSummary } from '../documents/summary.ts'
import type { App } from '../middleware/app-env.ts'
import { selectOrganisationSummary } from '../queries/summaries.ts'
import { sendDocument, sendFromDatabase, sendDocumentOr404 } from '../http/respond.ts'
import { addRoute } from '../http/add-route.ts'

/** How production stands against its goals: of a factory, and of all. */
export const addSummaryRoutes = (app: App, isolate: Isolate): void => {
  addRoute(
    app,
    isolate,
    {
      method: 'get',
      path: '/api/factory/{id}/summary',
      role: 'viewer',
      scope: 'factory',
      tag: 'Readings',
      summary: 'A factory summed up: newest reading, attainment, last hour, last day hour by hour',
      headers: ['If-None-Match'],
      schemas: ({ idParam, Summary }) => ({ params: idParam, responses: { 200: { description: 'The summary', schema: Summary } } }),
    },
    (c) => sendDocumentOr404(c, isolate, 'factory', summaryDocument),
  )

  addRoute(
    app,
    isolate,
    {
      method: 'get',
      path: '/api/summary',
      role: 'viewer',
      scope: 'key',
      tag: 'Factories',
      summary: 'The last day of every factory, furthest behind its goal first',
      headers: ['If-None-Match'],
      schemas: ({ OrganisationSummary }) => ({ responses: { 200: { description: 'The summary', schema: OrganisationSummary } } }),
    },
    async (c) => {
      const { organisation, factories } = c.get('identity')
      const kept = factories === null ? await sendDocument(c, isolate, organisationSummaryDocument, {}) : undefined
      return (
        kept ??
        (await sendFromDatabase(c, isolate, 2 * (factories?.length ?? 0), async ({ db }) =>
          renderOrganisationSummary(await selectOrganisationSummary(db, organisation, factories)),
        ))!
      )
    },
  )
}
