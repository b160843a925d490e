import { createMiddleware } from 'hono/factory'
import { outOfScope } from '../commands/scope-guard.ts'
import type { AppEnv } from '../middleware/app-env.ts'
import { notFound, idParam } from './path-params.ts'

/**
 * What of the organisation a route concerns, which matters to keys that are limited to some factories:
 *   factory       the factory in the path; one beyond the key's reach is absent
 *   own           whatever lies within the key's reach: the handler takes no more than `identity.factories`
 *   shared        what belongs to no factory and every key may read, such as the catalogue
 *   organisation  all of it, or what all factories share and is to be changed; a limited key is refused
 *   none          nothing of any organisation: open routes
 */
export const SCOPES = ['factory', 'own', 'shared', 'organisation', 'none'] as const
export type Scope = (typeof SCOPES)[number]

/**
 * Holds a request against the reach of its key.
 * @throws Problem `not-found` for a factory beyond it, in the words of one that is not there; `forbidden` for the organisation
 */
export const requireScope = (concerns: Scope) =>
  createMiddleware<AppEnv>(async function reach(c, next) {
    const { factories } = c.get('identity')
    if (factories !== null) {
      if (concerns === 'organisation') throw outOfScope()
      if (concerns === 'factory' && !factories.includes(idParam(c))) throw notFound('factory', idParam(c))
    }
    await next()
  })
