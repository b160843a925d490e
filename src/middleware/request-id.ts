import { createMiddleware } from 'hono/factory'
import { hasKey } from '../schemas/redaction.ts'
import type { AppEnv } from './app-env.ts'

/** Characters of a request id that a client may choose. */
const ID_CHARACTERS = 100

/** Returns the request id that the client sent, or a new one. One that holds an API key is replaced, because ids are stored and logged. */
export const requestIdOf = (sent: string | null | undefined): string =>
  !sent || sent.length > ID_CHARACTERS || /[^\w\-=]/.test(sent) || hasKey(sent) ? crypto.randomUUID() : sent

/** Names the request and says the name in `X-Request-Id`. */
export const requestId = createMiddleware<AppEnv>(async function requestId(c, next) {
  const id = requestIdOf(c.req.header('X-Request-Id'))
  c.set('requestId', id)
  c.header('X-Request-Id', id)
  await next()
})
