import { withChecksum } from '../../../src/auth/api-key.ts'

/** One request of an anonymous client. */
export interface Attack {
  path: string
  headers?: Record<string, string>
}

const BOOKMARK = 'x-d1-bookmark'
/** Returns a bookmark of the future, which no write has returned. */
const forged = (n: number) => `ffffffff-ffffffff-ffffffff-${n.toString(16).padStart(32, 'f')}`
/** Returns a well-formed key that does not exist. */
const unknownKey = (n: number) => withChecksum(n.toString(36).padStart(27, '0'))

/** Requests of a hostile anonymous client, by the resource that they exhaust. No two requests are equal. */
export const ATTACKS: Record<string, (n: number, factories: number) => Attack> = {
  'rows: pages of factories with their series': (n, factories) => ({ path: `/api/factories?cursor=${n % factories}&limit=20&n=${n}` }),
  'rows: long ranges': (n, factories) => ({ path: `/api/factory/${n % factories}/chart-data?limit=5000&to=${4e9 + n}` }),
  'rows: points': (n, factories) => ({ path: `/api/factory/${n % factories}/chart-data?points=2000&to=${4e9 + n}` }),
  'rows: exports': (n, factories) => ({ path: `/api/factory/${n % factories}/export?from=${-n}` }),
  'leases: payloads': (n, factories) => ({
    path: `/api/factory/${n % factories}/${['time', 'summary', 'chart-data', 'chart.svg'][n % 4]}`,
  }),
  'places: forged bookmarks': (n, factories) => ({
    path: `/api/factory/${n % factories}/chart-data/${n}`,
    headers: { [BOOKMARK]: forged(n) },
  }),
  'look-ups: unknown keys': (n) => ({ path: '/api/summary', headers: { Authorization: `Bearer ${unknownKey(n)}` } }),
  'processor time: unknown paths': (n) => ({ path: `/${n}` }),
  'processor time: cached payloads': (n, factories) => ({ path: `/api/factory/${n % factories}/profile` }),
}
