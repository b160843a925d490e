import { createMiddleware } from 'hono/factory'
import type { App, AppEnv, Handler } from '../middleware/app-env.ts'
import { authenticate } from '../middleware/authenticate.ts'
import { rateLimit } from '../middleware/rate-limit.ts'
import { ROLES } from '../schemas/roles.ts'
import { limitBody, rejectPartialBody } from './decode-body.ts'
import { isIdempotent, hasBody } from '../schemas/route-contract.ts'
import type { RouteContract } from '../schemas/route-contract.ts'
import { idempotent } from './idempotency.ts'
import { rejectRepeatedParams } from './query-params.ts'
import { requireScope } from './require-scope.ts'
import { SCOPES } from '../schemas/scopes.ts'

/** Converts a path from OpenAPI notation to that of Hono. */
const routerPath = (path: string) => path.replaceAll(/\{(\w+)\}/g, ':$1')

/** True for a contract with a valid role and scope. Types require both; this check protects routes that bypass the types. */
const declaresAccess = ({ role, scope }: Partial<RouteContract>): boolean =>
  role === 'open' ? scope === 'public' : ROLES.includes(role!) && scope !== 'public' && SCOPES.includes(scope!)

/** Sets the route name for the request log. */
const setRouteName = (path: string) =>
  createMiddleware<AppEnv>(async function setRouteName(c, next) {
    c.set('route', path)
    await next()
  })

const contracts = new WeakMap<App, RouteContract[]>()

/** Returns the contracts of all routes of an app, in the order of registration. */
export const listContracts = (app: App): readonly RouteContract[] => contracts.get(app) ?? []

/** Registers a route with the middleware that its contract requires, in order: authentication, rate limit, scope, query, body, idempotency. */
export const addRoute = (app: App, contract: RouteContract, handler: Handler): void => {
  if (!declaresAccess(contract)) throw new Error(`${contract.method} ${contract.path} does not declare a role and a scope`)
  contracts.set(app, [...listContracts(app), contract])
  app.on(
    [contract.method.toUpperCase()],
    [routerPath(contract.path)],
    setRouteName(contract.path),
    ...(contract.role === 'open'
      ? [rateLimit()]
      : [authenticate(contract.role, contract.scheme), rateLimit(contract.role), requireScope(contract.scope)]),
    rejectRepeatedParams,
    ...(hasBody(contract) ? [rejectPartialBody, limitBody] : []),
    isIdempotent(contract) ? idempotent(contract.secret === true, handler) : handler,
  )
}
