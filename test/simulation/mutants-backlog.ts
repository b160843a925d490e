import type { Mutant } from './mutants.ts'

/** Mistakes that only runs with a publishing backlog find. */
const MUTANTS: Omit<Mutant, 'modes'>[] = [
  {
    name: 'readers that never learn that puts fail',
    edits: [['cache/overdue.ts', 'if (seq === null && !known) return', 'if (!known) return']],
  },
  {
    name: 'an entry that is overdue only after an hour',
    edits: [['cache/overdue.ts', 'OVERDUE_MS = 60_000', 'OVERDUE_MS = 3_600_000']],
  },
  {
    name: 'memory that ignores overdue entries',
    seed: 67,
    edits: [
      [
        'cache/read.ts',
        'requiredBookmark(stored.metadata, bookmark, commits)',
        'requiredBookmark(stored.metadata, bookmark, [findRecentCommit(isolate, path)])',
      ],
      [
        'cache/read.ts',
        'return entry && needsNoRevalidation(isolate, entry.metadata) ? entry : undefined',
        `const required = entry && requiredBookmark(entry.metadata, undefined, [findRecentCommit(isolate, path)])
  return entry && entry.metadata.leasedUntil >= renewalThreshold(isolate) && required === undefined ? entry : undefined`,
      ],
    ],
  },
  {
    name: 'readers that stop checking entries after a late put is confirmed',
    edits: [['cache/publish.ts', '...(late.length ? [', '...(late.length < 0 ? [']],
  },
  {
    name: 'an invocation that publishes an unlimited number of entries',
    seed: 56,
    edits: [['runtime/operation-budget.ts', 'config.maxOperations - ', '1_000_000 + 0 * config.maxOperations - ']],
  },
  {
    name: 'a released claim that cron does not take',
    edits: [
      [
        'cache/backlog.ts',
        'where stale_since <= ${staleBefore} and claimed_until <= ${now} and',
        'where stale_since <= ${staleBefore} and claimed_until <= ${now} and claimed_by is not null and',
      ],
    ],
  },
]

export const BACKLOG_MUTANTS: Mutant[] = MUTANTS.map((mutant) => ({ ...mutant, modes: ['backlog'] }))
