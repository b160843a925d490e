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
  const loadAccess = async () => ({ role: 'viewer', isLimited: false, keyId: null })
  return {
    api: { client: { get }, loadAccess } as unknown as ReadingApi,
    /** Returns the queries that this path got. */
    queriesOf: (path: keyof Reads) => requests.filter((request) => request.path === path).map(({ query }) => query),
  }
}
