import { createMiddleware } from 'hono/factory'
import { isLocalNetwork } from '../schemas/local-network.ts'
import type { AppEnv } from './app-env.ts'

/** Default security headers of HTML pages. They allow no scripts, styles, forms or frames. A page may set other values. */
const PAGE_HEADERS = {
  'Content-Security-Policy': "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Permissions-Policy': 'camera=(), geolocation=(), microphone=()',
  'Referrer-Policy': 'no-referrer',
  'X-Frame-Options': 'DENY',
}

/** One year, the minimum for HSTS preload lists. */
const HSTS = 'max-age=31536000; includeSubDomains'

/** True for a client on the local network that requests a public host: a development server with the host name of a deployment. */
export const isLocalException = ({ url, headers }: Request): boolean => {
  const client = headers.get('CF-Connecting-IP')
  return client !== null && isLocalNetwork(client) && !isLocalNetwork(new URL(url).hostname)
}

/**
 * Redirects http to https, and sets HSTS on https. Development on a local host is exempt. So is a client on the local network, which
 * uses the deployed host name against a development server; behind Cloudflare's edge no client has such an address.
 */
export const requireHttps = createMiddleware<AppEnv>(async function secure(c, next): Promise<Response | void> {
  const url = new URL(c.req.url)
  const isLocal = isLocalNetwork(url.hostname) || isLocalException(c.req.raw)
  if (!isLocal && url.protocol === 'http:') {
    url.protocol = 'https:'
    return c.redirect(url.href, 308)
  }
  if (!isLocal) c.header('Strict-Transport-Security', HSTS)
  await next()
  if (c.res.headers.get('Content-Type')?.startsWith('text/html')) {
    const { headers } = c.res
    // A page with its own policy names its frame ancestors there. X-Frame-Options cannot name origins.
    const hasPolicy = headers.has('Content-Security-Policy')
    for (const [name, value] of Object.entries(PAGE_HEADERS))
      if (!headers.has(name) && !(hasPolicy && name === 'X-Frame-Options')) headers.set(name, value)
  }
})
