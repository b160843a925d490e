import type { EquivalentMutants } from '../equivalents.ts'

export const db: EquivalentMutants = {
  'db/dialect.ts': [
    {
      line: 'chunk.value.length === 1 ?',
      from: "chunk.value.length === 1 ? chunk.value[0]! : chunk.value.join('')",
      to: "chunk.value.join('')",
      reason: 'The condition only saves time.',
    },
    { line: 'chunk.value.length === 1 ?', from: '1', to: '0', reason: 'The condition only saves time, and no chunk is without a part.' },
  ],
  'db/pending-queries.ts': [
    { line: 'work: () => Promise<T>, rows = 1)', from: '1', to: ['0', '2'], reason: 'Each number up to LIGHT_ROWS means a light query.' },
  ],
}
