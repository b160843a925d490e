import { findNextLink } from '../../../../src/client/read-response.ts'
import type { Reads } from '../../../../src/client/operations.ts'
import type { ReadingApi } from '../../../../src/dashboard/api/reading-api.ts'

type Query = Record<string, string | number | undefined>
/** A response: its data, and its headers. */
type Answer<Data> = { data: Data; headers?: Record<string, string> }
/** Returns the response to a query, or throws its error. */
export type Answers = { [Path in keyof Reads]?: (query: Query) => Answer<unknown> }

/** Creates an API that has these responses, and the requests that it got. */
export const createFakeApi = (answers: Answers) => {
  const requests: { path: string; query: Query }[] = []
  const get = async (path: keyof Reads, query: Query) => {
    requests.push({ path, query })
    const { data, headers } = answers[path]!(query)
    return { data, headers: new Headers(headers), changed: true, etag: null }
  }
  async function* pages(path: keyof Reads, query: Query) {
    for (let next: Query | undefined = query; next;) {
      const { data, headers } = await get(path, next)
      yield data
      const link = findNextLink(headers.get('Link') ?? '')
      next = link === undefined ? undefined : Object.fromEntries(new URL(link, 'https://api.example.com').searchParams)
    }
  }
  const loadAccess = async () => ({ role: 'viewer', isLimited: false, keyId: null })
  return {
    api: { client: { get, pages }, loadAccess } as unknown as ReadingApi,
    /** Returns the queries that this path got. */
    queriesOf: (path: keyof Reads) => requests.filter((request) => request.path === path).map(({ query }) => query),
  }
}
