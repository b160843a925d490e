import { createMiddleware } from 'hono/factory'
import { CURSOR } from '../documents/query-params.ts'
import type { ParamValue, QueryParam } from '../documents/query-params.ts'
import { invalidQueryParam } from '../errors.ts'
import type { AppContext, AppEnv } from '../middleware/app-env.ts'
import { isId } from '../schemas/ids.ts'
import { LIMITS } from '../schemas/limits.ts'

/**
 * Rejects a query that has a parameter twice, because only one of its values would be used.
 * @throws Problem `malformed-request`
 */
export const rejectRepeatedParams = createMiddleware<AppEnv>(async function rejectRepeatedParams(c, next) {
  const repeated = Object.entries(c.req.queries()).find(([, values]) => values.length > 1)
  if (repeated) throw invalidQueryParam(repeated[0], 'Repeated parameter. Send it once.')
  await next()
})

/**
 * Parses a query parameter by its declaration; undefined if it is absent.
 * @throws Problem `malformed-request` for an invalid value
 */
export const parseParam = <T extends ParamValue>(c: AppContext, name: string, { parse, remedy }: QueryParam<T>): T | undefined => {
  const text = c.req.query(name)
  if (text === undefined) return undefined
  const value = parse(text)
  if (value === undefined) throw invalidQueryParam(name, remedy)
  return value
}

/** Parses a query parameter as a list of ids; undefined if it is absent. */
export const parseIds = (c: AppContext, name: string, max: number): number[] | undefined => {
  const ids = c.req.query(name)?.split(',')
  if (ids === undefined) return undefined
  if (ids.length > max || !ids.every((id, index) => isId(id) && ids.indexOf(id) === index))
    throw invalidQueryParam(name, `Invalid list. Send at most ${max} ids, each once, separated by commas.`)
  return ids.map(Number)
}

/** Parses the query parameter `limit` of a list. */
export const parseLimit = (c: AppContext): number | undefined => {
  const limit = c.req.query('limit')
  if (limit === undefined) return undefined
  if (!/^[1-9]\d{0,8}$/.test(limit) || Number(limit) > LIMITS.pageItems)
    throw invalidQueryParam('limit', `Invalid value. Send a whole number from 1 to ${LIMITS.pageItems}.`)
  return Number(limit)
}

/** Parses the query parameters `cursor` and `limit` of a list. */
export const parsePage = (c: AppContext): { cursor: number; limit: number | undefined } => ({
  cursor: parseParam(c, 'cursor', CURSOR) ?? 0,
  limit: parseLimit(c),
})
