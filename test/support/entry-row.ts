/** A row of the cache directory: the columns that tests read. */
export interface EntryRow {
  path: string
  version: number
  stale_seq: number
  published_seq: number
  leased_until: number
  claimed_until: number
  claimed_by: string | null
  etag: string | null
  stale_since: number | null
  published_at: number
}
