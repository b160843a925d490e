/** A row of the directory of copies, as far as tests look at it. */
export interface Copy {
  path: string
  version: number
  stale_seq: number
  published_seq: number
  leased_until: number
  claimed_until: number
  claimed_by: string | null
  stale_since: number | null
}
