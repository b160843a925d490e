import { chartDocument, chartSvgDocument } from '../documents/chart.ts'
import type { Document } from '../documents/document.ts'
import { factoriesDocument } from '../documents/factories.ts'
import { DOCUMENTS } from '../documents/registry.ts'
import { shiftsDocument } from '../documents/shifts.ts'
import { sprocketsDocument } from '../documents/sprockets.ts'
import { stopAnnotationDocument } from '../documents/stop-annotations.ts'
import { organisationSummaryDocument } from '../documents/summaries.ts'
import { addRoute } from '../http/add-route.ts'
import { sendDocument, sendDocumentOr404 } from '../http/respond.ts'
import type { App, Handler } from '../middleware/app-env.ts'
import { getChart } from './chart-data.ts'
import { getChartSvg } from './chart-svg.ts'
import { listFactories } from './factories.ts'
import { listShifts } from './shifts.ts'
import { listSprockets } from './sprockets.ts'
import { getStopAnnotation } from './stop-annotations.ts'
import { getOrganisationSummary } from './summaries.ts'

/** Handlers of documents whose routes also take requests that no cache entry can serve, or add headers. */
const HANDLERS = new Map<Document, Handler>([
  [factoriesDocument, listFactories],
  [chartDocument, getChart],
  [chartSvgDocument, getChartSvg],
  [organisationSummaryDocument, getOrganisationSummary],
  [shiftsDocument, listShifts],
  [sprocketsDocument, listSprockets],
  [stopAnnotationDocument, getStopAnnotation],
])

/** Returns the handler that sends the document of the id in its path, or of the organisation, which always exists. */
const sendOnly = (document: Document): Handler =>
  document.resource === undefined ? async (c) => (await sendDocument(c, document, {}))! : (c) => sendDocumentOr404(c, document)

/** Registers the routes of all cached documents. A route without an entry in `HANDLERS` only sends its document. */
export const addDocumentRoutes = (app: App): void => {
  for (const document of DOCUMENTS) addRoute(app, document, HANDLERS.get(document) ?? sendOnly(document))
}
