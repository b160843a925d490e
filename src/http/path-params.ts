import { Problem } from '../errors.ts'
import type { AppContext } from '../middleware/app-env.ts'
import { isId } from '../schemas/ids.ts'
import { describeWrongUnit } from '../schemas/time-unit.ts'

const pathNotFound = (c: AppContext) => new Problem('not-found', `${new URL(c.req.url).pathname} not found.`)

/**
 * Returns the id in the path.
 * @throws Problem `not-found` for a malformed id
 */
export const parseId = (c: AppContext): number => {
  const id = c.req.param('id') ?? ''
  if (!isId(id)) throw pathNotFound(c)
  return Number(id)
}

/**
 * Returns the time in the path, Unix seconds.
 * @throws Problem `not-found` for a malformed time, `malformed-request` for a time in another unit
 */
export const parseTime = (c: AppContext): number => {
  const time = c.req.param('time') ?? ''
  if (!/^(0|-?[1-9]\d*)$/.test(time)) throw pathNotFound(c)
  const detail = describeWrongUnit(Number(time))
  if (detail !== undefined)
    throw new Problem('malformed-request', 'Invalid time in the path; see `errors`.', { fieldErrors: [{ pointer: '#/path/time', detail }] })
  if (!Number.isSafeInteger(Number(time))) throw pathNotFound(c)
  return Number(time)
}

const NAMES = { factory: 'Factory', sprocket: 'Sprocket', 'stop-annotation': 'Stop annotation', key: 'Key' }

/** A kind of resource whose id is in a path. */
export type Resource = keyof typeof NAMES

/** Returns the problem of a resource that does not exist. Its text is the same for a resource outside the scope of the key. */
export const notFound = (resource: Resource, id: number) => new Problem('not-found', `${NAMES[resource]} ${id} not found.`)

/** Returns the problem of a reading that does not exist. */
export const readingNotFound = (factory: number, time: number) => new Problem('not-found', `Factory ${factory} has no reading at ${time}.`)
