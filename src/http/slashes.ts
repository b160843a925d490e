import type { App } from '../middleware/app-env.ts'

/**
 * Serves `//api/factory/1` as `/api/factory/1`. Clients make such addresses from a base address that ends in a slash, and many
 * of them do not repeat a POST after a redirect.
 */
export const collapseSlashes =
  (answer: App['fetch']): App['fetch'] =>
  (request, env, context) => {
    // The first two slashes are those of the scheme.
    if (!request.url.includes('//', request.url.indexOf('//') + 2)) return answer(request, env, context)
    const url = new URL(request.url)
    url.pathname = url.pathname.replaceAll(/\/{2,}/g, '/')
    return answer(new Request(url, request), env, context)
  }
