import { createClient } from '../client/client.ts'
import type { Client, WriteOptions } from '../client/client.ts'
import type { Params, Writes } from '../client/operations.ts'
import { saveKey, readKey } from './key-storage.ts'

/** Tabs tell each other of writes, so that what one has written the others show at once. */
const tabs = new BroadcastChannel('sprocket-writes')

/** The API as this tab sees it: with its key, and never older than what any tab has written. */
export const makeApi = () => {
  let client: Client = createClient({ ...given(), retries: 2 })
  const heard = new Set<() => void>()
  const tell = () => heard.forEach((listen) => listen())

  tabs.addEventListener('message', ({ data }: MessageEvent<unknown>) => {
    if (typeof data !== 'string') return
    client.remember(data)
    tell()
  })

  return {
    get client() {
      return client
    },
    get key() {
      return readKey()
    },
    /** Takes another key, or none for ''. Nothing that the former might see is kept. */
    useKey(key: string) {
      saveKey(key)
      client = createClient({ ...given(), retries: 2 })
      tell()
    },
    /** Calls back after writes, here or in another tab, and when the key changes. */
    onChange(listen: () => void, signal: AbortSignal) {
      heard.add(listen)
      signal.addEventListener('abort', () => heard.delete(listen))
    },
    async write<Operation extends keyof Writes>(
      operation: Operation,
      params: Params<Operation>,
      body: Writes[Operation][0],
      options?: WriteOptions,
    ) {
      const answer = await client.send(operation, params, body, options)
      // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a channel is of one origin already
      if (client.bookmark !== undefined) tabs.postMessage(client.bookmark)
      tell()
      return answer
    },
  }
}

const given = () => {
  const key = readKey()
  return key === undefined ? {} : { key }
}

export type Api = ReturnType<typeof makeApi>
