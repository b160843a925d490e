import { createMiddleware } from 'hono/factory'
import { hasKey } from '../schemas/redaction.ts'
import type { AppEnv } from './app-env.ts'

/** Maximum length of a request id that a client sends. */
const ID_CHARACTERS = 100

/** Returns the request id that the client sent, or a new one. An id that contains an API key is replaced, because ids are logged. */
export const chooseRequestId = (sent: string | null | undefined): string =>
  !sent || sent.length > ID_CHARACTERS || /[^\w\-=]/.test(sent) || hasKey(sent) ? crypto.randomUUID() : sent

/** Sets the request id and the response header `X-Request-Id`. */
export const requestId = createMiddleware<AppEnv>(async function requestId(c, next) {
  const sent = c.req.header('X-Request-Id')
  const id = chooseRequestId(sent)
  c.set('requestId', id)
  c.set('isNewRequestId', id !== sent)
  c.header('X-Request-Id', id)
  await next()
})
