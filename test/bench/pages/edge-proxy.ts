import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'
import { gzipSync } from 'node:zlib'

const TEXT = /^(text\/|application\/(json|javascript)|image\/svg)/

/**
 * Starts a proxy that compresses texts as the edge does, because the local server does not. It holds a page back for the round trips
 * in which a phone opens its first connection.
 * @param base the origin of the local server
 * @param connectMs time to open a connection
 */
export const startEdgeProxy = async (base: string, connectMs: number) => {
  const server = createServer((request, response) => {
    const forward = async () => {
      const headers = new Headers(
        Object.entries(request.headers).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
      )
      for (const name of ['host', 'connection', 'accept-encoding']) headers.delete(name)
      if (request.headers['sec-fetch-mode'] === 'navigate') await wait(connectMs)
      const answer = await fetch(base + request.url!, { headers, redirect: 'manual' })
      const body = Buffer.from(await answer.arrayBuffer())
      const kept = [...answer.headers].filter(([name]) => !['content-encoding', 'content-length', 'transfer-encoding'].includes(name))
      const isText = body.length > 0 && TEXT.test(answer.headers.get('Content-Type') ?? '')
      response.writeHead(answer.status, { ...Object.fromEntries(kept), ...(isText && { 'content-encoding': 'gzip' }) })
      response.end(isText ? gzipSync(body) : body)
    }
    forward().catch((error: Error) => response.destroy(error))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    base: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    stop() {
      server.closeAllConnections()
      server.close()
    },
  }
}
