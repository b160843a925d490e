import plugin from '@scalar/fastify-api-reference'

interface Reply {
  header: () => Reply
  send: (text: string) => string
}
type Handler = (request: object, reply: Reply) => string

/** The routes of the plugin, by path. */
const routes = new Map<string, Handler>()
const server = { hasPlugin: () => false, route: ({ url, handler }: { url: string; handler: Handler }) => routes.set(url, handler) }
const register = plugin as unknown as (server: object, options: object, done: () => void) => void
register(server, { configuration: { url: '/openapi.json' } }, () => {})

const reply: Reply = { header: () => reply, send: (text) => text }

/**
 * The browser bundle of Scalar. npm installs 299 packages for `@scalar/api-reference`, which has the bundle as a file, and 28 for the
 * plugin. The plugin gives it only to a server, so this module is the server.
 */
export const scalarBundle: string = routes.get('/reference/js/scalar.js')!({}, reply)
