import type { Harness } from './harness.ts'

/** True if the request of `act` took the fast path. The router begins with a copy of the isolate, which reads every member. */
export const tookFastPath = async ({ isolate }: Harness, act: () => Promise<unknown>): Promise<boolean> => {
  let routed = 0
  Object.defineProperty(isolate, 'probe', { enumerable: true, configurable: true, get: () => routed++ })
  await act()
  Reflect.deleteProperty(isolate, 'probe')
  return routed === 0
}

/** Returns the response without its request id. */
export const contentOf = async (response: Response) => ({
  status: response.status,
  body: await response.text(),
  headers: Object.fromEntries([...response.headers].filter(([name]) => name !== 'x-request-id')),
})
