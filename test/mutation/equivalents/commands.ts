import type { EquivalentMutants } from '../equivalents.ts'

export const commands: EquivalentMutants = {
  'commands/factories.ts': [
    {
      line: 'retention_due_at: sql`0`',
      from: '0',
      to: '1',
      reason: 'Both times are in the past, so the next run of retention checks the series.',
    },
  ],
  'commands/idempotency.ts': [
    {
      line: 'const expired = sql`',
      from: ' order by at, key_pk, key_hash',
      to: '',
      reason: 'SQLite reads expired records from the index of their times, which has this order.',
    },
  ],
}
