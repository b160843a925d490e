import type { GeneratedMutant } from './mutants.ts'

/** A mutant that no test can find, because it changes nothing that a promise is about. */
interface Equivalent {
  file: string
  /** A part of the line in which the edit begins. */
  line: string
  from: string
  to: string
  reason: string
}

/** Returns the mutants of the limit of a subquery that stands for a value. */
const firstRow = (file: string, line: string): Equivalent[] =>
  [
    [' limit 1', ''],
    ['1', '2'],
  ].map(([from, to]) => ({ file, line, from: from!, to: to!, reason: 'Such a subquery ends with its first row.' }))

/** Reviewed mutants. An entry that matches no mutant must be removed. */
const EQUIVALENTS: Equivalent[] = [
  {
    file: 'chunks/append.ts',
    line: 'const quarters = QUARTERS.filter',
    from: ".filter((quarter) => sent.some((chunk) => chunk[encodedPosition(sumColumn('readings', quarter))] !== 0))",
    to: '',
    reason: 'To add the sums of no readings changes no sum. It only takes longer.',
  },
  ...['1024', '256'].map((to) => ({
    file: 'chunks/cut.ts',
    line: 'const SHORT',
    from: '512',
    to,
    reason: 'The number only decides with which step the search begins.',
  })),
  ...firstRow('chunks/select.ts', '(select last from chunks where series_pk = ${seriesPk} order by start desc limit 1)'),
  ...firstRow('chunks/select.ts', 'where series_pk = series.pk and ${isRetained} order by start limit 1)'),
  ...firstRow('chunks/select.ts', 'where series_pk = ${seriesPk} and times is not null order by start desc limit 1)'),
  {
    file: 'chunks/select.ts',
    line: '${isRetained} order by start limit 1',
    from: ' order by start',
    to: '',
    reason: 'SQLite finds the rows in an index that has this order.',
  },
  ...['0', '2'].map((to) => ({
    file: 'auth/identity-cache.ts',
    line: "!hasPlace(isolate, 'lookup', 1)",
    from: '1',
    to,
    reason: 'Each number up to LIGHT_ROWS means a light query.',
  })),
  ...[' order by stale_since', ' order by leased_until', '.orderBy(cache_entries.path, cache_entries.version)'].map((order) => ({
    file: 'cache/backlog.ts',
    line: order.trim(),
    from: order,
    to: '',
    reason: 'SQLite finds the rows in an index that has this order.',
  })),
  {
    file: 'cache/invalidate.ts',
    line: 'entry.path < stale.value ->> 1',
    from: '<',
    to: '<=',
    reason: 'No path is equal to the end of a range, which has a character that no path has at that position.',
  },
  {
    file: 'cache/kv-store.ts',
    line: 'await value.cancel()',
    from: 'await value.cancel()',
    to: 'value.cancel()',
    reason: 'The stream is cancelled in both cases. Nothing depends on when that ends.',
  },
  {
    file: 'cache/kv-store.ts',
    line: 'value !== null && isUsable(metadata) ?',
    from: 'value !== null && isUsable(metadata)',
    to: 'isUsable(metadata)',
    reason: 'KV returns no metadata without a value. The comparison is for the type checker.',
  },
  {
    file: 'cache/lease.ts',
    line: 'offers.get(name) ?? 0',
    from: '0',
    to: '1',
    reason: 'Both times are more than five minutes ago.',
  },
  {
    file: 'cache/lease.ts',
    line: 'offers.get(path) ?? 0',
    from: '0',
    to: '1',
    reason: 'Both times are more than 5 s ago.',
  },
  {
    file: 'cache/overdue.ts',
    line: 'seq: seq ?? 0',
    from: '0',
    to: '1',
    reason: 'The number is not read unless isOverdue is true.',
  },
  {
    file: 'cache/overdue.ts',
    line: 'seq: seq ?? 0',
    from: 'seq ?? 0',
    to: 'seq',
    reason: 'The number is not read unless isOverdue is true.',
  },
  {
    file: 'cache/publish.ts',
    line: 'Math.ceil(sameInterval.length / GROUP_SIZE)',
    from: '/',
    to: '*',
    reason: 'The additional groups are empty, and publish nothing.',
  },
  {
    file: 'cache/publish.ts',
    line: 'document.minPutIntervalMs ?? 0',
    from: '0',
    to: '1',
    reason: 'An entry without a document is deleted and not put again, so no interval has to pass.',
  },
  {
    file: 'cache/purge-organisation.ts',
    line: 'path >= ${from} and path < ${below}',
    from: '<',
    to: '<=',
    reason: 'No path is equal to the end of the range, because each path contains a slash.',
  },
  {
    file: 'cache/purge-organisation.ts',
    line: 'path >= ${from} and path < ${below}',
    from: '>=',
    to: '>',
    reason: 'No path is equal to the start of the range, because each path continues after the first slash.',
  },
  {
    file: 'cache/read.ts',
    line: 'if (leasedUntil < renewalThreshold(isolate)) offer()',
    from: '<',
    to: '<=',
    reason: 'leaseEntry compares the times again, and renews nothing at the limit.',
  },
  {
    file: 'cache/read.ts',
    line: "singleFlight(isolate, `${start ?? ''} ${path}`",
    from: "start ?? ''",
    to: 'start',
    reason: 'A name without a bookmark has to differ from names with one, and "undefined" does.',
  },
  {
    file: 'cache/read.ts',
    line: 'LIGHT_ROWS + 1',
    from: '1',
    to: '2',
    reason: 'Each number above LIGHT_ROWS means a large query.',
  },
  ...['0', '2'].map((to) => ({
    file: 'cache/read.ts',
    line: 'queryDatabase(isolate, bookmark, 1',
    from: '1',
    to,
    reason: 'Each number up to LIGHT_ROWS means a light query.',
  })),
  {
    file: 'cache/read.ts',
    line: 'previousPageEnd: payload.previousPageEnd, leasedUntil: 0',
    from: '0',
    to: '1',
    reason: 'Both times are in the past, so a reader offers a lease.',
  },
  {
    file: 'cache/recent-commits.ts',
    line: 'isolate.config.deferMs > 0',
    from: '0',
    to: '1',
    reason: 'The delay is 0 or a quarter of an hour.',
  },
  {
    file: 'cache/recent-commits.ts',
    line: 'if (byRange.size === 0) return undefined',
    from: 'byRange.size === 0',
    to: 'false',
    reason: 'The condition only saves time: an empty map has no commit of any range.',
  },
  {
    file: 'cache/recent-commits.ts',
    line: 'commit.seq > latest.seq',
    from: '>',
    to: '>=',
    reason: 'Commits with equal numbers are one commit.',
  },
  {
    file: 'cache/recent-commits.ts',
    line: 'parseOrganisation(first[0])',
    from: '0',
    to: '1',
    reason: 'Both ends of the range of a document begin with its organisation.',
  },
  {
    file: 'commands/factories.ts',
    line: 'retention_due_at: sql`0`',
    from: '0',
    to: '1',
    reason: 'Both times are in the past, so the next run of retention checks the series.',
  },
  {
    file: 'commands/idempotency.ts',
    line: 'const expired = sql`',
    from: ' order by at, key_pk, key_hash',
    to: '',
    reason: 'SQLite reads expired records from the index of their times, which has this order.',
  },
  {
    file: 'db/client.ts',
    line: 'bookmark() > latest.bookmark',
    from: '>',
    to: '>=',
    reason: 'An equal bookmark replaces itself.',
  },
  {
    file: 'db/commit-id.ts',
    line: 'at < bytes.length',
    from: '<',
    to: '<=',
    reason: 'A typed array ignores a value after its end.',
  },
  {
    file: 'db/dialect.ts',
    line: 'chunk.value.length === 1 ?',
    from: "chunk.value.length === 1 ? chunk.value[0]! : chunk.value.join('')",
    to: "chunk.value.join('')",
    reason: 'The condition only saves time.',
  },
  {
    file: 'db/dialect.ts',
    line: 'chunk.value.length === 1 ?',
    from: '1',
    to: '0',
    reason: 'The condition only saves time, and no chunk is without a part.',
  },
  {
    file: 'db/platform-limits.ts',
    line: 'exceeded.get(name) ?? 0',
    from: '0',
    to: '1',
    reason: 'Both times are in the past.',
  },
  ...['0', '2'].map((to) => ({
    file: 'db/retry.ts',
    line: 'work: () => Promise<T>, rows = 1)',
    from: '1',
    to,
    reason: 'Each number up to LIGHT_ROWS means a light query.',
  })),
  {
    file: 'jobs/cache-upkeep.ts',
    line: 'isolate.config.deferMs > 0',
    from: '0',
    to: '1',
    reason: 'The delay is 0 or a quarter of an hour.',
  },
  {
    file: 'jobs/cache-upkeep.ts',
    line: 'now: isolate.clock.now(), before: 0',
    from: '0',
    to: '1',
    reason: 'The time selects overdue entries, which the job does not read.',
  },
  {
    file: 'jobs/cache-upkeep.ts',
    line: "{ path: '', version: 0 }",
    from: '0',
    to: '1',
    reason: 'Every path is after the empty one, with any version.',
  },
  ...['0', '2'].map((to) => ({
    file: 'jobs/purge-organisations.ts',
    line: '.returning({ deleted: sql<number>`1`',
    from: '1',
    to,
    reason: 'The rows are counted, and their value is not read.',
  })),
  {
    file: 'jobs/renew-time-zones.ts',
    line: 'const SUMMING = 2',
    from: '2',
    to: '3',
    reason: 'Each number above those of the migrations means that factories are summed.',
  },
  {
    file: 'jobs/renew-time-zones.ts',
    line: '.orderBy(factories.pk)',
    from: '.orderBy(factories.pk)',
    to: '',
    reason: 'SQLite finds the factories in the index of their time zones, which has this order.',
  },
  {
    file: 'jobs/renew-time-zones.ts',
    line: '.limit(literal(1))',
    from: '1',
    to: '2',
    reason: 'Only the first row is used. A step reads one row more.',
  },
  {
    file: 'jobs/trim-audit-log.ts',
    line: 'where audit_due_at <= ${now} order by audit_due_at limit 1',
    from: '1',
    to: '2',
    reason: 'Only the first row is used. A step reads the log of one organisation more.',
  },
  {
    file: 'jobs/trim-audit-log.ts',
    line: 'order by commit_seq limit',
    from: ' order by commit_seq',
    to: '',
    reason: 'SQLite reads the entries by their primary key, which has this order.',
  },
  ...['sql`0`', 'deleteEntries(db, organisationPk, 0, end', '(select max(commit_seq) from ${scanned}), 0)'].map((line) => ({
    file: 'jobs/trim-audit-log.ts',
    line,
    from: '0',
    to: '1',
    reason: 'The lowest number of a commit is 1.',
  })),
  {
    file: 'jobs/trim-audit-log.ts',
    line: 'when at + ${retentionMs} > ${now}',
    from: '>',
    to: '>=',
    reason: 'An entry expires a millisecond after this time.',
  },
  {
    file: 'jobs/trim-readings.ts',
    line: 'case when count(*) < ${TRIM_CHUNKS}',
    from: '<',
    to: '<=',
    reason: 'No chunk is left between the last of exactly 500 and the edge, so both times mean the same.',
  },
  {
    file: 'jobs/trim-readings.ts',
    line: 'and start > (select coalesce(trimmed_before,',
    from: '>',
    to: '>=',
    reason: 'The chunk before the edge has been trimmed, and would be trimmed again.',
  },
  {
    file: 'jobs/trim-readings.ts',
    line: 'Math.floor((now - retentionMs) / 1000)',
    from: 'Math.floor',
    to: 'Math.ceil',
    reason: 'The edge is the start of the day that contains the time.',
  },
  ...[
    ['-', '+'],
    ['1', '0'],
    ['1', '2'],
  ].map(([from, to]) => ({
    file: 'local-time/days.ts',
    line: 'const LAST_SECOND',
    from: from!,
    to: to!,
    reason: 'No day starts within these seconds of an hour, or a day is summed again that has not changed.',
  })),
  ...firstRow('local-time/days.ts', 'from chunks where series_pk = f.series_pk order by start desc limit 1'),
  ...firstRow('local-time/days.ts', '(select last from chunks'),
  ...firstRow('local-time/days.ts', 'order by start desc limit 1)),'),
  ...['select distinct affected.time_zone', 'with packed as materialized (select s.time_zone'].map((line) => ({
    file: 'local-time/days.ts',
    line,
    from: '0',
    to: '1',
    reason: 'The column completes the table for unpack, and nothing reads its value.',
  })),
  ...[
    ['>', '>='],
    ['<', '<='],
  ].map(([from, to]) => ({
    file: 'local-time/days.ts',
    line: 'chunk.start > affected.day - ${CHUNK}',
    from: from!,
    to: to!,
    reason: 'A chunk that starts at one of the bounds has no reading of the day.',
  })),
  {
    file: 'local-time/days.ts',
    line: 'series_pk = newest.series_pk and start < newest.day',
    from: '<',
    to: '<=',
    reason: 'The next condition excludes the chunk that starts with the day.',
  },
  ...['first, 0 from previous', 'min(last, newest_day - 1), 0 from previous'].map((line) => ({
    file: 'local-time/days.ts',
    line,
    from: '0',
    to: '1',
    reason: 'A day is summed again that has not changed.',
  })),
  {
    file: 'local-time/days.ts',
    line: 'min(last, newest_day - 1)',
    from: '1',
    to: '2',
    reason: 'No day has only one second.',
  },
  {
    file: 'local-time/offset-periods.ts',
    line: 'and until > ${from}',
    from: '>',
    to: '>=',
    reason: 'A period that ends at the start of the range has no bucket in it.',
  },
  {
    file: 'local-time/time-zones.ts',
    line: 'const SEARCH_FROM',
    from: '4_102_444_800',
    to: '8204889600',
    reason: 'No zone has changed before, so the longer search finds the same changes.',
  },
  {
    file: 'local-time/time-zones.ts',
    line: 'const STEP',
    from: '3',
    to: '1',
    reason: 'Shorter steps find the same changes.',
  },
  {
    file: 'local-time/time-zones.ts',
    line: 'before < SEARCH_UNTIL',
    from: '<',
    to: '<=',
    reason: 'No step starts at that time.',
  },
  {
    file: 'local-time/time-zones.ts',
    line: 'const middle',
    from: 'Math.floor',
    to: 'Math.ceil',
    reason: 'Both are between the two times, which differ by at least 2.',
  },
]

const matches = ({ file, line, from, to }: Equivalent, mutant: GeneratedMutant): boolean =>
  file === mutant.file && mutant.lineText.includes(line) && from === mutant.from && to === mutant.to

/** True if the mutant is in the table. */
export const isEquivalent = (mutant: GeneratedMutant): boolean => EQUIVALENTS.some((equivalent) => matches(equivalent, mutant))

/** Returns the entries that match no mutant. */
export const findOutdated = (mutants: GeneratedMutant[]): Equivalent[] =>
  EQUIVALENTS.filter((equivalent) => !mutants.some((mutant) => matches(equivalent, mutant)))
