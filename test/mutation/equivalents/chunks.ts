import type { EquivalentMutants } from '../equivalents.ts'

export const chunks: EquivalentMutants = {
  'chunks/append.ts': [
    {
      line: 'const quarters = QUARTERS.filter',
      from: ".filter((quarter) => sent.some((chunk) => chunk[encodedPosition(sumColumn('readings', quarter))] !== 0))",
      to: '',
      reason: 'To add the sums of no readings changes no sum. It only takes longer.',
    },
  ],
  'chunks/cut.ts': [
    { line: 'const SHORT', from: '512', to: ['1024', '256'], reason: 'The number only decides with which step the search begins.' },
  ],
  'chunks/select.ts': [
    {
      line: [
        '(select last from chunks where series_pk = ${seriesPk} order by start desc limit 1)',
        'where series_pk = series.pk and ${isRetained} order by start limit 1)',
        'where series_pk = ${seriesPk} and times is not null order by start desc limit 1)',
      ],
      from: ' limit 1',
      to: '',
      reason: 'Such a subquery ends with its first row.',
    },
    {
      line: [
        '(select last from chunks where series_pk = ${seriesPk} order by start desc limit 1)',
        'where series_pk = series.pk and ${isRetained} order by start limit 1)',
        'where series_pk = ${seriesPk} and times is not null order by start desc limit 1)',
      ],
      from: '1',
      to: '2',
      reason: 'Such a subquery ends with its first row.',
    },
    {
      line: '${isRetained} order by start limit 1',
      from: ' order by start',
      to: '',
      reason: 'SQLite finds the rows in an index that has this order.',
    },
  ],
}
