import type { EntryRow } from '../support/entry-row.ts'
import type { SimulatedD1 } from '../support/simulated-d1.ts'
import type { SimulatedKv } from '../support/simulated-kv.ts'
import type { Code } from './code.ts'
import type { Oracle } from './oracle.ts'

const isStale = ({ stale_seq, published_seq }: EntryRow) => stale_seq > published_seq

/**
 * Returns the violations of the invariants of KV and the cache directory while nothing is in progress.
 * @param repaired false if cron has not run. An entry may then be stale, with a released or an unknown claim, until the next
 * commit. A current entry must never be claimed or wrong.
 */
export const checkInvariants = (code: Code, kv: SimulatedKv, d1: SimulatedD1, oracle: Oracle, now: number, repaired: boolean): string[] => {
  const violations: string[] = []
  const rows = new Map(
    (d1.primary.prepare('select * from cache_entries').all() as unknown as EntryRow[]).map((row) => [
      code.paths.kvKey(row.path, row.version),
      row,
    ]),
  )
  for (const key of kv.keys()) {
    const row = rows.get(key)
    const { body, metadata } = kv.central(key)!
    if ((metadata as { leasedUntil: number }).leasedUntil <= now) continue
    if (!row) violations.push(`${key} has no row`)
    else if (new TextDecoder().decode(body!) !== oracle.fresh(row.path) && (repaired || !isStale(row)))
      violations.push(`${key} differs from a fresh rendering`)
  }
  for (const [key, row] of rows) {
    if (row.leased_until <= now) continue
    if (row.claimed_by !== null && (repaired || !isStale(row))) violations.push(`${key} is still claimed`)
    if (isStale(row) && repaired) violations.push(`${key} is still stale`)
    if (!isStale(row) && !kv.central(key) && oracle.fresh(row.path) !== null) violations.push(`${key} is missing`)
  }
  return violations
}
