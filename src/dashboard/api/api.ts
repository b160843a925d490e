import { createClient } from '../../client/client.ts'
import type { Client, WriteOptions } from '../../client/client.ts'
import type { Params, Writes } from '../../client/operations.ts'
import { saveKey, readKey } from '../browser/key-storage.ts'
import type { KeyAccess } from './key-access.ts'

/** Sends the bookmark of each write to the other tabs, so that they show it at once. */
const tabs = new BroadcastChannel('sprocket-writes')

const WITHOUT_KEY: KeyAccess = { role: 'viewer', isLimited: false, keyId: null }

/** Creates the API of this tab: a client with the stored key, whose reads are at least as new as the writes of all tabs. */
export const createApi = () => {
  let client: Client = createClient({ ...keyOption(), retries: 2 })
  const listeners = new Set<() => void>()
  const notify = () => listeners.forEach((listen) => listen())
  const announce = () => {
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a channel reaches one origin only
    if (client.bookmark !== undefined) tabs.postMessage(client.bookmark)
    notify()
  }

  tabs.addEventListener('message', ({ data }: MessageEvent<unknown>) => {
    if (typeof data !== 'string') return
    client.remember(data)
    notify()
  })

  return {
    get client() {
      return client
    },
    get key() {
      return readKey()
    },
    /** Replaces the key; '' removes it. A new client replaces the old one, because its cache may hold data that the new key may not read. */
    useKey(key: string) {
      saveKey(key)
      client = createClient({ ...keyOption(), retries: 2 })
      notify()
    },
    /** Loads the role and the scope of the key. An admin may change them at any time; an unchanged answer has no body. */
    async loadAccess(signal?: AbortSignal): Promise<KeyAccess> {
      if (readKey() === undefined) return WITHOUT_KEY
      const { data } = await client.get('/api/access', {}, { signal })
      return { role: data.role, isLimited: data.factories !== null, keyId: data.key }
    },
    /** Calls `listen` after writes in any tab and when the key changes, until the signal is aborted. */
    onChange(listen: () => void, signal: AbortSignal) {
      listeners.add(listen)
      signal.addEventListener('abort', () => listeners.delete(listen))
    },
    /** Shows the writes of this tab's client in all tabs. */
    announce,
    async write<Operation extends keyof Writes>(
      operation: Operation,
      params: Params<Operation>,
      body: Writes[Operation][0],
      options?: WriteOptions,
    ) {
      const response = await client.send(operation, params, body, options)
      announce()
      return response
    },
  }
}

const keyOption = () => {
  const key = readKey()
  return key === undefined ? {} : { key }
}

export type Api = ReturnType<typeof createApi>
