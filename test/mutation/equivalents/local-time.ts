import type { EquivalentMutants } from '../equivalents.ts'

export const localTime: EquivalentMutants = {
  'local-time/days.ts': [
    {
      line: 'const LAST_SECOND',
      from: '-',
      to: '+',
      reason: 'No day starts within these seconds of an hour, or a day is summed again that has not changed.',
    },
    {
      line: 'const LAST_SECOND',
      from: '1',
      to: ['0', '2'],
      reason: 'No day starts within these seconds of an hour, or a day is summed again that has not changed.',
    },
    {
      line: [
        'from chunks where series_pk = f.series_pk order by start desc limit 1',
        '(select last from chunks',
        'order by start desc limit 1)),',
      ],
      from: ' limit 1',
      to: '',
      reason: 'Such a subquery ends with its first row.',
    },
    {
      line: [
        'from chunks where series_pk = f.series_pk order by start desc limit 1',
        '(select last from chunks',
        'order by start desc limit 1)),',
      ],
      from: '1',
      to: '2',
      reason: 'Such a subquery ends with its first row.',
    },
    {
      line: ['select distinct affected.time_zone', 'with packed as materialized (select s.time_zone'],
      from: '0',
      to: '1',
      reason: 'The column completes the table for unpack, and nothing reads its value.',
    },
    {
      line: 'chunk.start > affected.day - ${CHUNK}',
      from: '>',
      to: '>=',
      reason: 'A chunk that starts at one of the bounds has no reading of the day.',
    },
    {
      line: 'chunk.start > affected.day - ${CHUNK}',
      from: '<',
      to: '<=',
      reason: 'A chunk that starts at one of the bounds has no reading of the day.',
    },
    {
      line: 'series_pk = newest.series_pk and start < newest.day',
      from: '<',
      to: '<=',
      reason: 'The next condition excludes the chunk that starts with the day.',
    },
    {
      line: ['first, 0 from previous', 'min(last, newest_day - 1), 0 from previous'],
      from: '0',
      to: '1',
      reason: 'A day is summed again that has not changed.',
    },
    { line: 'min(last, newest_day - 1)', from: '1', to: '2', reason: 'No day has only one second.' },
  ],
  'local-time/offset-periods.ts': [
    { line: 'and until > ${from}', from: '>', to: '>=', reason: 'A period that ends at the start of the range has no bucket in it.' },
  ],
  'local-time/time-zones.ts': [
    {
      line: 'const SEARCH_FROM',
      from: '4_102_444_800',
      to: '8204889600',
      reason: 'No zone has changed before, so the longer search finds the same changes.',
    },
    { line: 'const STEP', from: '3', to: '1', reason: 'Shorter steps find the same changes.' },
    { line: 'before < SEARCH_UNTIL', from: '<', to: '<=', reason: 'No step starts at that time.' },
    { line: 'const middle', from: 'Math.floor', to: 'Math.ceil', reason: 'Both are between the two times, which differ by at least 2.' },
  ],
}
