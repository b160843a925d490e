import { createMiddleware } from 'hono/factory'
import { outOfScope } from '../commands/scope-guard.ts'
import type { AppEnv } from '../middleware/app-env.ts'
import type { Scope } from '../schemas/scopes.ts'
import { notFound, parseId } from './path-params.ts'

/**
 * Checks that the scope of a route is within the scope of the key.
 * @throws Problem `not-found` for a factory outside it, worded like a factory that does not exist; `forbidden` for the organisation
 */
export const requireScope = (scope: Scope) =>
  createMiddleware<AppEnv>(async function requireScope(c, next) {
    const { factories } = c.get('identity')
    if (factories !== null) {
      if (scope === 'organisation') throw outOfScope()
      if (scope === 'factory' && !factories.includes(parseId(c))) throw notFound('factory', parseId(c))
    }
    await next()
  })
