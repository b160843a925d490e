import { sha256, toBase64 } from '../runtime/hash.ts'
import { chartSvgDocument } from '../documents/registry.ts'
import { STYLE } from '../documents/chart-svg-style.ts'
import type { App } from '../middleware/app-env.ts'
import { sendDocumentOr404 } from '../http/respond.ts'
import { addRoute } from '../http/add-route.ts'

/** Builds the Content-Security-Policy of a chart that is opened on its own. It allows only the style of the chart. */
const buildSecurityPolicy = async () => `default-src 'none'; style-src 'sha256-${toBase64(await sha256(STYLE))}'`

/** Registers the chart as SVG, for pages, e-mails and chats that do not run scripts. */
export const addChartSvgRoutes = (app: App): void => {
  let securityPolicy: Promise<string> | undefined
  addRoute(
    app,
    {
      method: 'get',
      path: '/api/factory/{id}/chart.svg',
      operationId: 'getChartSvg',
      role: 'viewer',
      scope: 'factory',
      tag: 'Readings',
      summary: 'Get the newest 500 readings as an SVG chart',
      headers: ['If-None-Match'],
      schemas: ({ idParam, Picture }) => ({
        params: idParam,
        responses: {
          200: {
            description: 'An SVG chart that follows the light or dark mode of the viewer',
            schema: Picture,
            mediaType: 'image/svg+xml',
          },
        },
      }),
    },
    async (c) => {
      const response = await sendDocumentOr404(c, 'factory', chartSvgDocument)
      response.headers.set('Content-Security-Policy', await (securityPolicy ??= buildSecurityPolicy()))
      return response
    },
  )
}
