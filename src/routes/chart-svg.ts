import { sha256, toBase64 } from '../runtime/hash.ts'
import { chartSvgDocument } from '../documents/chart.ts'
import { STYLE } from '../documents/chart-svg-style.ts'
import type { AppContext } from '../middleware/app-env.ts'
import { sendDocumentOr404 } from '../http/respond.ts'

/** Builds the Content-Security-Policy of a chart that is opened on its own. It allows only the style of the chart. */
const buildSecurityPolicy = async () => `default-src 'none'; style-src 'sha256-${toBase64(await sha256(STYLE))}'`

let securityPolicy: Promise<string> | undefined

/** Sends the chart as SVG, for pages, e-mails and chats that do not run scripts. */
export const getChartSvg = async (c: AppContext): Promise<Response> => {
  const response = await sendDocumentOr404(c, chartSvgDocument)
  response.headers.set('Content-Security-Policy', await (securityPolicy ??= buildSecurityPolicy()))
  return response
}
