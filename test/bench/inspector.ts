/** A connection to V8's inspector of one Worker. */
export interface Inspection {
  call<Result>(method: string, params?: Record<string, unknown>): Promise<Result>
  close(): void
}

/**
 * Opens the inspector of a Worker.
 * @param inspector the URL of the inspector (Machine.inspector)
 * @throws if there is no such Worker
 */
export const inspect = async (inspector: URL, worker: string): Promise<Inspection> => {
  const listed = (await (await fetch(new URL('/json', inspector))).json()) as { id: string; webSocketDebuggerUrl: string }[]
  const found = listed.find(({ id }) => id.endsWith(`:${worker}`))
  if (!found) throw new Error(`no Worker ${worker} is inspected`)
  const socket = new WebSocket(found.webSocketDebuggerUrl)
  await new Promise((resolve, reject) => {
    socket.addEventListener('open', resolve, { once: true })
    socket.addEventListener('error', () => reject(new Error(`the inspector of ${worker} does not answer`)), { once: true })
  })
  const waiting = new Map<number, (result: never) => void>()
  socket.addEventListener('message', ({ data }) => {
    const { id, result } = JSON.parse(String(data)) as { id?: number; result: never }
    if (id !== undefined) waiting.get(id)?.(result)
  })
  return {
    call: (method, params = {}) =>
      new Promise((resolve) => {
        const id = waiting.size + 1
        waiting.set(id, resolve)
        socket.send(JSON.stringify({ id, method, params }))
      }),
    close: () => socket.close(),
  }
}
