/** Queues of queries to the database. Each has its own limit, so one queue cannot use up the capacity of another. */
export type Queue = 'write' | 'read' | 'anonymous' | 'lookup' | 'replica'

/** The conditions under which a request may query the database. */
export interface RequestTerms {
  queue: Queue
  /** Counts a query of at most `rows` rows against the rate limits of the request. Rejects if a limit is exceeded. */
  pay(rows: number): Promise<void>
  /** Keeps work alive after the client has disconnected, so that the work releases its place in the queue. */
  waitUntil(work: Promise<unknown>): void
}
