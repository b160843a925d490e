import type { App } from '../middleware/app-env.ts'

/**
 * Serves `//api/factory/1` as `/api/factory/1`. Clients build such URLs from a base URL that ends in a slash. A redirect would not do,
 * because many clients do not repeat a POST after it.
 */
export const collapseSlashes =
  (handle: App['fetch']): App['fetch'] =>
  (request, env, context) => {
    const { url: sent } = request
    // The first two slashes belong to the scheme.
    if (!sent.includes('//', sent.indexOf('//') + 2)) return handle(request, env, context)
    const url = new URL(sent)
    url.pathname = url.pathname.replaceAll(/\/{2,}/g, '/')
    return handle(new Request(url, request), env, context)
  }
