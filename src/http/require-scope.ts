import { createMiddleware } from 'hono/factory'
import { outOfScope } from '../commands/scope-guard.ts'
import type { AppEnv } from '../middleware/app-env.ts'
import { notFound, parseId } from './path-params.ts'

/**
 * Scopes of routes, for keys that are limited to some factories:
 *   factory       the factory in the path; a factory outside the scope of the key is not found
 *   key           all factories in the scope of the key: the handler uses only `identity.factories`
 *   catalogue     data of the organisation that belongs to no factory and that every key may read
 *   organisation  the whole organisation, or data shared by all factories; a limited key is rejected
 *   public        no data of an organisation: open routes
 */
export const SCOPES = ['factory', 'key', 'catalogue', 'organisation', 'public'] as const
export type Scope = (typeof SCOPES)[number]

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
