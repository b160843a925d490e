import type { EquivalentMutants } from '../equivalents.ts'

export const cache: EquivalentMutants = {
  'cache/backlog.ts': [
    {
      line: 'order by stale_since',
      from: ' order by stale_since',
      to: '',
      reason: 'SQLite finds the rows in an index that has this order.',
    },
    {
      line: 'order by leased_until',
      from: ' order by leased_until',
      to: '',
      reason: 'SQLite finds the rows in an index that has this order.',
    },
    {
      line: '.orderBy(cache_entries.path, cache_entries.version)',
      from: '.orderBy(cache_entries.path, cache_entries.version)',
      to: '',
      reason: 'SQLite finds the rows in an index that has this order.',
    },
  ],
  'cache/invalidate.ts': [
    {
      line: 'entry.path < stale.value ->> 1',
      from: '<',
      to: '<=',
      reason: 'No path is equal to the end of a range, which has a character that no path has at that position.',
    },
  ],
  'cache/kv-store.ts': [
    {
      line: 'await value.cancel()',
      from: 'await value.cancel()',
      to: 'value.cancel()',
      reason: 'The stream is cancelled in both cases. Nothing depends on when that ends.',
    },
    {
      line: 'value !== null && isUsable(metadata) ?',
      from: 'value !== null && isUsable(metadata)',
      to: 'isUsable(metadata)',
      reason: 'KV returns no metadata without a value. The comparison is for the type checker.',
    },
  ],
  'cache/lease.ts': [
    { line: 'offers.get(name) ?? 0', from: '0', to: '1', reason: 'Both times are more than five minutes ago.' },
    { line: 'offers.get(path) ?? 0', from: '0', to: '1', reason: 'Both times are more than 5 s ago.' },
  ],
  'cache/overdue.ts': [
    { line: 'seq: seq ?? 0', from: '0', to: '1', reason: 'The number is not read unless isOverdue is true.' },
    { line: 'seq: seq ?? 0', from: 'seq ?? 0', to: 'seq', reason: 'The number is not read unless isOverdue is true.' },
  ],
  'cache/publish.ts': [
    {
      line: 'Math.ceil(sameInterval.length / GROUP_SIZE)',
      from: '/',
      to: '*',
      reason: 'The additional groups are empty, and publish nothing.',
    },
    {
      line: 'document.minPutIntervalMs ?? 0',
      from: '0',
      to: '1',
      reason: 'An entry without a document is deleted and not put again, so no interval has to pass.',
    },
  ],
  'cache/purge-organisation.ts': [
    {
      line: 'path >= ${from} and path < ${below}',
      from: '<',
      to: '<=',
      reason: 'No path is equal to the end of the range, because each path contains a slash.',
    },
    {
      line: 'path >= ${from} and path < ${below}',
      from: '>=',
      to: '>',
      reason: 'No path is equal to the start of the range, because each path continues after the first slash.',
    },
  ],
  'cache/read.ts': [
    {
      line: 'if (leasedUntil < renewalThreshold(isolate)) offer()',
      from: '<',
      to: '<=',
      reason: 'leaseEntry compares the times again, and renews nothing at the limit.',
    },
    {
      line: "singleFlight(isolate, `${start ?? ''} ${path}`",
      from: "start ?? ''",
      to: 'start',
      reason: 'A name without a bookmark has to differ from names with one, and "undefined" does.',
    },
    { line: 'LIGHT_ROWS + 1', from: '1', to: '2', reason: 'Each number above LIGHT_ROWS means a large query.' },
    { line: 'queryDatabase(isolate, bookmark, 1', from: '1', to: ['0', '2'], reason: 'Each number up to LIGHT_ROWS means a light query.' },
    {
      line: 'previousPageEnd: payload.previousPageEnd, leasedUntil: 0',
      from: '0',
      to: '1',
      reason: 'Both times are in the past, so a reader offers a lease.',
    },
  ],
  'cache/recent-commits.ts': [
    { line: 'isolate.config.deferMs > 0', from: '0', to: '1', reason: 'The delay is 0 or a quarter of an hour.' },
    {
      line: 'if (byRange.size === 0) return undefined',
      from: 'byRange.size === 0',
      to: 'false',
      reason: 'The condition only saves time: an empty map has no commit of any range.',
    },
    { line: 'commit.seq > latest.seq', from: '>', to: '>=', reason: 'Commits with equal numbers are one commit.' },
    {
      line: 'parseOrganisation(first[0])',
      from: '0',
      to: '1',
      reason: 'Both ends of the range of a document begin with its organisation.',
    },
  ],
}
