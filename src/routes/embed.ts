import type { App, AppContext } from '../middleware/app-env.ts'

/** The directive of dist/_headers that forbids every frame. */
const NO_FRAMES = "frame-ancestors 'none'"

/** Sends the file of the dashboard with a policy that permits frames of the origins of FRAME_ANCESTORS. */
const sendWall = async (c: AppContext): Promise<Response> => {
  const { pages, config } = c.get('isolate')
  const page = await pages.fetch(new URL('/', c.req.url))
  const headers = new Headers(page.headers)
  const policy = headers.get('Content-Security-Policy') ?? NO_FRAMES
  headers.set('Content-Security-Policy', policy.replace(NO_FRAMES, `frame-ancestors ${config.frameAncestors}`))
  return c.body(await page.text(), 200, Object.fromEntries(headers))
}

/** Registers the pages of the wall that other pages may show in a frame. The static files cannot have headers that depend on a variable. */
export const addEmbedRoutes = (app: App): void => {
  app.get('/embed', sendWall)
  app.get('/embed/factory/:id', sendWall)
}
