import { Problem } from '../errors.ts'
import type { AppContext } from '../middleware/app-env.ts'
import { LIMITS } from '../schemas/limits.ts'
import { describeWrongUnit } from '../schemas/time-unit.ts'

const nothing = (c: AppContext) => new Problem('not-found', `There is no ${new URL(c.req.url).pathname}.`)

/** The id in the path; an ill-formed one names nothing. */
export const idParam = (c: AppContext): number => {
  const id = c.req.param('id') ?? ''
  if (!/^(0|[1-9]\d{0,14})$/.test(id)) throw nothing(c)
  return Number(id)
}

/** The id of a factory in the path; whether the key reaches it has been seen at the door (reach.ts). */
export const factoryOf = idParam

/**
 * Returns the time in the path, Unix seconds.
 * @throws Problem `malformed-request` for a time in another unit
 */
export const timeOf = (c: AppContext): number => {
  const time = c.req.param('time') ?? ''
  if (!/^(0|-?[1-9]\d{0,15})$/.test(time) || !Number.isSafeInteger(Number(time))) throw nothing(c)
  const detail = describeWrongUnit(Number(time))
  if (detail !== undefined)
    throw new Problem('malformed-request', 'The time in the path is not valid.', { faults: [{ pointer: '#/path/time', detail }] })
  return Number(time)
}

/** The problem of a resource that is not there, in the same words whatever the reason. */
export const notFound = (what: 'factory' | 'sprocket' | 'key', id: number) => new Problem('not-found', `There is no ${what} ${id}.`)

/** The problem of a query parameter. */
export const invalidQueryParam = (name: string, detail: string) =>
  new Problem('malformed-request', `The query parameter ${name} is not valid.`, { faults: [{ pointer: `#/query/${name}`, detail }] })

/** How many items of a list were asked for, if the query says. */
export const limitOf = (c: AppContext): number | undefined => {
  const { limit } = c.req.query()
  if (limit === undefined) return undefined
  if (!/^[1-9]\d{0,8}$/.test(limit) || Number(limit) > LIMITS.pageItems)
    throw invalidQueryParam('limit', `A whole number from 1 to ${LIMITS.pageItems}.`)
  return Number(limit)
}

/** Where a page of a list begins, and how many items were asked for, if the query says. */
export const pageOf = (c: AppContext): { cursor: number; limit: number | undefined } => {
  const { cursor } = c.req.query()
  if (cursor !== undefined && !/^(0|[1-9]\d{0,14})$/.test(cursor)) throw invalidQueryParam('cursor', 'Not a cursor that a page gave out.')
  return { cursor: Number(cursor ?? 0), limit: limitOf(c) }
}

/** Whether a list of factories comes with their series. */
export const chartDataOf = (c: AppContext): boolean => {
  const wanted = c.req.query('chart_data') ?? 'true'
  if (wanted !== 'true' && wanted !== 'false') throw invalidQueryParam('chart_data', 'true or false.')
  return wanted === 'true'
}

/** The problem of a reading that is not there. */
export const readingNotFound = (factory: number, time: number) => new Problem('not-found', `Factory ${factory} has no reading at ${time}.`)
