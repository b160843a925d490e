import type { EquivalentMutants } from '../equivalents.ts'

export const jobs: EquivalentMutants = {
  'jobs/cache-upkeep.ts': [
    { line: 'isolate.config.deferMs > 0', from: '0', to: '1', reason: 'The delay is 0 or a quarter of an hour.' },
    {
      line: 'now: isolate.clock.now(), before: 0',
      from: '0',
      to: '1',
      reason: 'The time selects overdue entries, which the job does not read.',
    },
    { line: "{ path: '', version: 0 }", from: '0', to: '1', reason: 'Every path is after the empty one, with any version.' },
  ],
  'jobs/purge-organisations.ts': [
    {
      line: '.returning({ deleted: sql<number>`1`',
      from: '1',
      to: ['0', '2'],
      reason: 'The rows are counted, and their value is not read.',
    },
  ],
  'jobs/renew-time-zones.ts': [
    { line: 'const SUMMING = 2', from: '2', to: '3', reason: 'Each number above those of the migrations means that factories are summed.' },
    {
      line: '.orderBy(factories.pk)',
      from: '.orderBy(factories.pk)',
      to: '',
      reason: 'SQLite finds the factories in the index of their time zones, which has this order.',
    },
    { line: '.limit(literal(1))', from: '1', to: '2', reason: 'Only the first row is used. A step reads one row more.' },
    { line: 'const mustSum = zone.renew < 0', from: '<', to: '<=', reason: 'The number of a zone that is renewed is not 0.' },
  ],
  'jobs/trim-audit-log.ts': [
    {
      line: 'where audit_due_at <= ${now} order by audit_due_at limit 1',
      from: '1',
      to: '2',
      reason: 'Only the first row is used. A step reads the log of one organisation more.',
    },
    {
      line: 'order by commit_seq limit',
      from: ' order by commit_seq',
      to: '',
      reason: 'SQLite reads the entries by their primary key, which has this order.',
    },
    {
      line: ['sql`0`', 'deleteEntries(db, organisationPk, 0, end', '(select max(commit_seq) from ${scanned}), 0)'],
      from: '0',
      to: '1',
      reason: 'The lowest number of a commit is 1.',
    },
    { line: 'when at + ${retentionMs} > ${now}', from: '>', to: '>=', reason: 'An entry expires a millisecond after this time.' },
  ],
  'jobs/trim-readings.ts': [
    {
      line: 'case when count(*) < ${TRIM_CHUNKS}',
      from: '<',
      to: '<=',
      reason: 'No chunk is left between the last of exactly 500 and the edge, so both times mean the same.',
    },
    {
      line: 'and start > (select coalesce(trimmed_before,',
      from: '>',
      to: '>=',
      reason: 'The chunk before the edge has been trimmed, and would be trimmed again.',
    },
    {
      line: 'Math.floor((now - retentionMs) / 1000)',
      from: 'Math.floor',
      to: 'Math.ceil',
      reason: 'The edge is the start of the day that contains the time.',
    },
    {
      line: 'returning: (db) => selectProfile(db, organisationPk, factory)',
      from: 'organisationPk, factory',
      to: 'factory, organisationPk',
      reason: 'Cron does not read the response.',
    },
  ],
}
