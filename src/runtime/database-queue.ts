/** Queues for places at the database: none can take the places of another. */
export type Queue = 'write' | 'read' | 'anonymous' | 'lookup' | 'replica'

/** What a request's questions to the database are subject to. */
export interface RequestTerms {
  queue: Queue
  /** Spends the request's allowance for a question that reads so many rows at most. */
  pay(rows: number): Promise<void>
  /** Asks the platform to finish work after the client has hung up, so that its place is given back. */
  waitUntil(work: Promise<unknown>): void
}
