import type { Mutant } from './mutants.ts'

/** Returns the edit that makes a correction leave a column of its chunk. Appended readings still change it. */
const keepOnCorrection = (isKept: string): Mutant['edits'] => [
  [
    'chunks/changes.ts',
    '`${name} = excluded.${name}`',
    `(${isKept} ? \`\${name} = case when excluded.last > chunks.last then excluded.\${name} else chunks.\${name} end\` : \`\${name} = excluded.\${name}\`)`,
  ],
]

/** Mistakes in the readings of chunks, in their sums, in the sums of days, or in the invalidation of shifts. */
const MUTANTS: Omit<Mutant, 'modes'>[] = [
  {
    name: 'a correction that does not change the sums of its chunk',
    edits: keepOnCorrection("name.startsWith('actual_')"),
  },
  {
    name: 'a correction that does not change the sums of scrap of its chunk',
    edits: keepOnCorrection("name.startsWith('scrap_')"),
  },
  {
    name: 'a correction that does not change the states of its chunk',
    edits: keepOnCorrection("name === 'states'"),
  },
  {
    name: 'a chunk that ends a second late',
    edits: [['chunks/chunk.ts', 'Math.floor(time / CHUNK_SECONDS)', 'Math.floor((time - 1) / CHUNK_SECONDS)']],
  },
  {
    name: 'a last day without the hour that starts with it',
    edits: [['chunks/last-day.ts', 'start >= ${from}', 'start > ${from}']],
  },
  {
    name: 'a correction that clears the figure that was not sent',
    seed: 202,
    edits: [
      [
        'chunks/changes.ts',
        'case when sent.sent & ${sentBit(name)} then sent.${name} else stored.${name} end as ${name}',
        'sent.${name} as ${name}',
      ],
    ],
  },
  {
    name: 'an append in order of a reading that is earlier than a stored one',
    edits: [['local-time/days.ts', 'times is not null and last < ${first} and', 'times is not null and']],
  },
  {
    name: 'an append in order that begins a day',
    edits: [['local-time/days.ts', '(last + z.offset) / 86400 = (${last} + z.offset) / 86400', 'true']],
  },
  {
    name: 'an append in order that does not add to the sums of its chunk',
    edits: [['chunks/append.ts', "...TEXT_COLUMNS, ...sums, 'states'", "...TEXT_COLUMNS, 'states'"]],
  },
  {
    name: 'a joined range of paths that ends with its first document',
    edits: [['documents/path.ts', 'if (last) last[1] = below', 'if (last) last[1] = last[1]']],
  },
  {
    name: 'a late reading in a stored hour whose day is not summed again',
    edits: [
      ['commands/readings.ts', 'or exists (select 1 from chunks where chunks.series_pk = f.series_pk and chunks.start > chunk.start)', ''],
    ],
  },
]

/** Returns the edit after which a change does not invalidate the shifts of its factory. */
const shiftsWithout = (subject: string): Mutant['edits'] => [
  ['documents/invalidation.ts', `  ${subject}: anyParamsOfFactory,`, `  ${subject}: NEVER,`],
]

const SHIFT_MUTANTS: Omit<Mutant, 'modes'>[] = [
  { name: 'shifts that a new schedule does not invalidate', edits: shiftsWithout('schedule') },
  { name: 'shifts that a changed annotation does not invalidate', seed: 276, edits: shiftsWithout("'stop-annotation'") },
]

export const READINGS_MUTANTS: Mutant[] = [...MUTANTS, ...SHIFT_MUTANTS].map((mutant) => ({ ...mutant, modes: ['no-faults'] }))
