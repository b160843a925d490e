import { createMiddleware } from 'hono/factory'
import type { Isolate } from '../runtime/isolate.ts'
import type { App, AppEnv, AppContext } from '../middleware/app-env.ts'
import { authenticate } from '../middleware/authenticate.ts'
import { rateLimit } from '../middleware/rate-limit.ts'
import { ROLES } from '../schemas/roles.ts'
import { limitBody } from './decode-body.ts'
import { isIdempotent, hasBody } from './route-contract.ts'
import type { RouteContract } from './route-contract.ts'
import { idempotent } from './idempotency.ts'
import { SCOPES, requireScope } from './require-scope.ts'

/** The house's way to write a parameter in a path, for the router. */
const routerPath = (path: string) => path.replaceAll(/\{(\w+)\}/g, ':$1')

/** True for a contract that says whom the route is for. The types say so too, but a route that slipped past them must not open. */
const isGuarded = ({ role, reach: concerns }: Partial<RouteContract>): boolean =>
  role === 'open' ? concerns === 'none' : ROLES.includes(role!) && concerns !== 'none' && SCOPES.includes(concerns!)

/** Tells the request log which route it is. */
const named = (path: string) =>
  createMiddleware<AppEnv>(async function named(c, next) {
    c.set('route', path)
    await next()
  })

const contracts = new WeakMap<App, RouteContract[]>()

/** What the routes of an app promise, in the order in which they were opened. */
export const contractsOf = (app: App): readonly RouteContract[] => contracts.get(app) ?? []

/** Opens a route: contract first, then the guards that it asks for, then the handler. */
export const addRoute = (
  app: App,
  isolate: Isolate,
  contract: RouteContract,
  handler: (c: AppContext) => Response | Promise<Response>,
): void => {
  if (!isGuarded(contract)) throw new Error(`${contract.method} ${contract.path} does not say whom it is for`)
  contracts.set(app, [...contractsOf(app), contract])
  app.on(
    [contract.method.toUpperCase()],
    [routerPath(contract.path)],
    named(contract.path),
    ...(contract.role === 'open'
      ? [rateLimit(isolate)]
      : [authenticate(isolate, contract.role, contract.scheme), rateLimit(isolate, contract.role), requireScope(contract.reach)]),
    ...(hasBody(contract) ? [limitBody] : []),
    isIdempotent(contract) ? idempotent(isolate, contract.secret === true, handler) : handler,
  )
}
