import type { Mutant } from './mutants.ts'

/** Mistakes that show when publishing falls behind. */
const MISTAKES: Omit<Mutant, 'modes'>[] = [
  {
    name: 'readers that never learn that publishing fails',
    edits: [['cache/overdue.ts', 'if (seq === null && !known) return', 'if (!known) return']],
  },
  {
    name: 'a payload that is overdue after an hour',
    edits: [['cache/overdue.ts', 'OVERDUE_MS = 60_000', 'OVERDUE_MS = 3_600_000']],
  },
  {
    name: 'memory that ignores overdue payloads',
    edits: [
      [
        'cache/read.ts',
        'requiredBookmark(kept.metadata, bookmark, commits)',
        'requiredBookmark(kept.metadata, bookmark, [findRecentCommit(isolate, path)])',
      ],
      [
        'cache/read.ts',
        'return kept && needsNoRevalidation(isolate, kept.metadata) ? kept : undefined',
        `const least = kept && requiredBookmark(kept.metadata, undefined, [findRecentCommit(isolate, path)])
  return kept && kept.label.leasedUntil >= renewalThreshold(isolate) && least === undefined ? kept : undefined`,
      ],
    ],
  },
  {
    name: 'readers that check nothing any more once a late put is confirmed',
    edits: [['cache/publish.ts', '...(late.length ? [', '...(late.length < 0 ? [']],
  },
  {
    name: 'an invocation that publishes without bound',
    edits: [['runtime/operation-budget.ts', 'config.maxOperations - ', '1_000_000 + 0 * settings.maxOperations - ']],
  },
  {
    name: 'a released claim that cron does not take up',
    edits: [
      [
        'cache/backlog.ts',
        'where stale_since <= ${before} and claimed_until <= ${now} and',
        'where stale_since <= ${before} and claimed_until <= ${now} and claimed_by is not null and',
      ],
    ],
  },
]

export const PLANTS_BEHIND: Mutant[] = MISTAKES.map((mistake) => ({ ...mistake, modes: ['behind'] }))
