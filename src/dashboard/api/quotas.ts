/** The quotas of a key, as the header `RateLimit-Policy` names them, in words. */
export const QUOTAS: Record<string, string> = {
  read: 'Requests',
  body: 'Responses with a body',
  write: 'Writes',
  admin: 'Requests for keys, the organisation and the audit log',
  database: 'Queries of the database',
  'database-large': 'Queries that read many rows',
}

/** A quota of requests within a time. */
interface Quota {
  name: string
  requests: number
  seconds: number
}

/** Parses the header `RateLimit-Policy`, such as `"read";q=24000;w=60, "write";q=6000;w=60`. */
export const parseQuotas = (header: string): Quota[] =>
  [...header.matchAll(/"([\w-]+)";q=(\d+);w=(\d+)/g)].map(([, name, requests, seconds]) => ({
    name: name!,
    requests: Number(requests),
    seconds: Number(seconds),
  }))
