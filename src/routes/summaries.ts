import { organisationSummaryDocument } from '../documents/summaries.ts'
import { renderOrganisationSummary } from '../documents/summary-json.ts'
import type { AppContext } from '../middleware/app-env.ts'
import { selectOrganisationSummary } from '../queries/summaries.ts'
import { sendDocument, sendFromDatabase } from '../http/respond.ts'

/** Sends the summary of all factories in the scope of the key. A limited key gets it from the database. */
export const getOrganisationSummary = async (c: AppContext): Promise<Response> => {
  const { organisationPk, factories } = c.get('identity')
  const response = factories === null ? await sendDocument(c, organisationSummaryDocument, {}) : undefined
  return (
    response ??
    (await sendFromDatabase(c, 2 * (factories?.length ?? 0), async ({ db }) =>
      renderOrganisationSummary(await selectOrganisationSummary(db, organisationPk, factories)),
    ))!
  )
}
