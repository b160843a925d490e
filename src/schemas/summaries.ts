import { z } from './zod.ts'
import { StoredName } from './names.ts'
import { Slug } from './organisation.ts'
import { Id, Latest } from './readings.ts'
import { CurrentShift, ShiftAttainment } from './shifts.ts'
import { exampleTotal as total, Total } from './totals.ts'

const exampleFactory = { id: 1, name: null, latest: { time: 1611205958, actual: 30, goal: 32 } }
const profile = { id: Id, name: StoredName.nullable(), latest: Latest }

/** The last day of a factory. */
const FactoryDay = z
  .object({
    ...profile,
    last_day: Total,
    shift: z
      .union([ShiftAttainment, z.null()])
      .optional()
      .openapi({ description: 'The shift that contains the newest reading, or null; only for a factory with a schedule' }),
  })
  .openapi('FactoryDay')

/** The summary of a factory. Every span ends with the newest reading. */
export const Summary = z
  .object({
    ...profile,
    window: Total.openapi({ description: 'The newest readings, at most 500' }),
    last_hour: Total.openapi({ description: 'The 3,600 seconds up to and including the newest reading' }),
    last_day: Total.openapi({ description: 'The 86,400 seconds up to and including the newest reading' }),
    hours: z
      .array(Total)
      .max(25)
      .openapi({ description: 'The local hours that began in the last day, from the first hour with a reading' }),
    shift: z
      .union([CurrentShift, z.null()])
      .optional()
      .openapi({ description: 'The shift that contains the newest reading, or null; only for a factory with a schedule' }),
  })
  .openapi('Summary', {
    example: {
      ...exampleFactory,
      window: total(1611204818, 1611205959, 608, 605, 20),
      last_hour: total(1611202359, 1611205959, 608, 605, 20),
      last_day: total(1611119559, 1611205959, 608, 605, 20),
      hours: [total(1611201600, 1611205200, 212, 214, 7), total(1611205200, 1611208800, 396, 391, 13)],
    },
  })

/** The factories of an organisation, furthest behind its goal first. Factories without a goal come last. */
export const OrganisationSummary = z
  .object({
    organisation: Slug,
    factories: z.array(FactoryDay),
    total: Total.openapi({ description: 'Sum of the last day of every factory, including factories without recent readings' }),
  })
  .openapi('OrganisationSummary', {
    example: {
      organisation: 'demo',
      factories: [
        {
          id: 0,
          name: null,
          latest: { time: 1611195958, actual: 32, goal: 32 },
          last_day: total(1611109559, 1611195959, 616, 616, 20),
        },
        { ...exampleFactory, last_day: total(1611119559, 1611205959, 608, 605, 20) },
      ],
      total: total(1611109559, 1611305959, 1834, 1825, 60),
    },
  })

export type Summary = z.output<typeof Summary>
export type OrganisationSummary = z.output<typeof OrganisationSummary>
