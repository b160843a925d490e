import { z } from '@hono/zod-openapi'
import { Id } from './factories.ts'
import { Figure, Reading, Time } from './readings.ts'

/** What a span of time adds up to. Nulls where nothing is known: no data is null and never 0. */
export const Total = z
  .object({
    from: Time.nullable().openapi({ description: 'First second of the span' }),
    to: Time.nullable().openapi({ description: 'First second after the span' }),
    actual: Figure.nullable().openapi({ description: 'What was made; null without a reading that says' }),
    goal: Figure.nullable().openapi({ description: 'What was to be made, by the readings that have a goal' }),
    gap: z.int().nullable().openapi({ description: 'Made less to be made, by the readings that have a goal; below 0 is behind' }),
    attainment: z.number().min(0).nullable().openapi({ description: 'Made by to be made, by the readings that have a goal' }),
    readings: z.int().min(0),
    goal_readings: z.int().min(0).openapi({ description: 'Readings that have a goal' }),
  })
  .openapi('Total', {
    example: {
      from: 1611205899,
      to: 1611205959,
      actual: 63,
      goal: 60,
      gap: 3,
      attainment: 1.05,
      readings: 2,
      goal_readings: 2,
    },
  })

const who = { id: Id, name: z.string().nullable(), latest: Reading.nullable() }

/** A factory summed up. Every span ends with the newest reading. */
export const Summary = z
  .object({
    ...who,
    window: Total.openapi({ description: 'The newest readings, at most 500' }),
    last_hour: Total.openapi({ description: 'The 3,600 seconds that the newest reading ends' }),
    last_day: Total.openapi({ description: 'The 86,400 seconds that the newest reading ends' }),
    hours: z.array(Total).openapi({ description: 'The local hours that began in the last day, from the first that has a reading' }),
  })
  .openapi('Summary')

/** The factories of an organisation, furthest behind its goal first; last those that have none. */
export const OrganisationSummary = z
  .object({
    organisation: z.string(),
    factories: z.array(z.object({ ...who, last_day: Total })),
    total: Total.openapi({ description: 'The last day of every factory added up' }),
  })
  .openapi('OrganisationSummary')
