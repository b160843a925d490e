import type { EntryRow } from '../support/entry-row.ts'
import type { SimulatedD1 } from '../support/simulated-d1.ts'
import type { SimulatedKv } from '../support/simulated-kv.ts'
import type { Code } from './code.ts'
import type { Oracle } from './oracle.ts'

const isDirty = ({ stale_seq, published_seq }: EntryRow) => stale_seq > published_seq

/**
 * What is wrong with KV and the directory once all is quiet.
 * @param repaired false where no cron ran: then a copy may have been left dirty, given back or in doubt, for the next commit; never clean and claimed or wrong
 */
export const inspect = (code: Code, kv: SimulatedKv, d1: SimulatedD1, oracle: Oracle, now: number, repaired: boolean): string[] => {
  const found: string[] = []
  const rows = new Map(
    (d1.primary.prepare('select * from copies').all() as unknown as EntryRow[]).map((row) => [code.paths.kvKey(row.path, row.version), row]),
  )
  for (const key of kv.keys()) {
    const row = rows.get(key)
    const { body, metadata } = kv.central(key)!
    if ((metadata as { leasedUntil: number }).leasedUntil <= now) continue
    if (!row) found.push(`${key} has no row`)
    else if (new TextDecoder().decode(body!) !== oracle.fresh(row.path) && (repaired || !isDirty(row)))
      found.push(`${key} differs from a fresh assembly`)
  }
  for (const [key, row] of rows) {
    if (row.leased_until <= now) continue
    if (row.claimed_by !== null && (repaired || !isDirty(row))) found.push(`${key} is still claimed`)
    if (isDirty(row) && repaired) found.push(`${key} is still dirty`)
    if (!isDirty(row) && !kv.central(key) && oracle.fresh(row.path) !== null) found.push(`${key} is missing`)
  }
  return found
}
