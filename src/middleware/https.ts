import { createMiddleware } from 'hono/factory'
import type { AppEnv } from './app-env.ts'

/** What a page may do that says nothing of its own: be looked at, and nothing else. */
const PAGE = {
  'Content-Security-Policy': "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Permissions-Policy': 'camera=(), geolocation=(), microphone=()',
  'Referrer-Policy': 'no-referrer',
  'X-Frame-Options': 'DENY',
}

/** A year, as lists of preloaded sites ask for at least. */
const HSTS = 'max-age=31536000; includeSubDomains'

/** Machines that are this one, or next to it (RFC 1918, RFC 4193, RFC 6761, RFC 6762). */
const NEAR = [
  /^localhost$|\.(localhost|local|internal)$/,
  /^127\.|^10\.|^192\.168\.|^172\.(1[6-9]|2\d|3[01])\.|^0\.0\.0\.0$/,
  /^\[?(::1|::ffff:127\.|f[cd][0-9a-f]{2}:|fe80:)/,
]
export const isLocalNetwork = (host: string) => NEAR.some((pattern) => pattern.test(host.toLowerCase()))

/**
 * Sends whoever comes without encryption to https, and tells those who come with it to stay. Development is left alone: there
 * the machine is called by a name of its own, or, where it is called by the deployed name, the client is a neighbour, which
 * on Cloudflare's edge it never is.
 */
export const requireHttps = createMiddleware<AppEnv>(async function secure(c, next): Promise<Response | void> {
  const url = new URL(c.req.url)
  const client = c.req.header('CF-Connecting-IP')
  const isLocal = isLocalNetwork(url.hostname) || (client !== undefined && isLocalNetwork(client))
  if (!isLocal && url.protocol === 'http:') {
    url.protocol = 'https:'
    return c.redirect(url.href, 308)
  }
  if (!isLocal) c.header('Strict-Transport-Security', HSTS)
  await next()
  if (c.res.headers.get('Content-Type')?.startsWith('text/html')) {
    for (const [name, value] of Object.entries(PAGE)) if (!c.res.headers.has(name)) c.res.headers.set(name, value)
  }
})
