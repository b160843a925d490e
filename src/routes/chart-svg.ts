import type { Isolate } from '../runtime/isolate.ts'
import { chartSvgDocument } from '../documents/registry.ts'
import { STYLE } from '../documents/chart-svg-style.ts'
import type { App } from '../middleware/app-env.ts'
import { sendDocumentOr404 } from '../http/respond.ts'
import { addRoute } from '../http/add-route.ts'

/** What a picture may do where it is opened by itself: look as it was made to, and nothing else. */
const policy = async () => {
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(STYLE)))
  return `default-src 'none'; style-src 'sha256-${btoa(String.fromCharCode(...digest))}'`
}

/** The chart as a picture, for pages, mails and chats that run no scripts. */
export const addChartSvgRoutes = (app: App, isolate: Isolate): void => {
  let security: Promise<string> | undefined
  addRoute(
    app,
    isolate,
    {
      method: 'get',
      path: '/api/factory/{id}/chart.svg',
      role: 'viewer',
      scope: 'factory',
      tag: 'Readings',
      summary: 'The newest readings, at most 500, as a picture',
      headers: ['If-None-Match'],
      schemas: ({ idParam, Picture }) => ({
        params: idParam,
        responses: {
          200: { description: 'An SVG picture, light or dark as the reader prefers', schema: Picture, mediaType: 'image/svg+xml' },
        },
      }),
    },
    async (c) => {
      const found = await sendDocumentOr404(c, isolate, 'factory', chartSvgDocument)
      found.headers.set('Content-Security-Policy', await (security ??= policy()))
      return found
    },
  )
}
