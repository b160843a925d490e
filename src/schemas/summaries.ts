import { z } from '@hono/zod-openapi'
import { Id } from './factories.ts'
import { Figure, Latest, Time } from './readings.ts'

/** A total as the document shows it, of readings that all have both figures. */
const total = (from: number, to: number, actual: number, goal: number, readings: number) => ({
  from,
  to,
  actual,
  goal,
  gap: actual - goal,
  attainment: actual / goal,
  readings,
  goal_readings: readings,
})

/** What a span of time adds up to. Nulls where nothing is known: no data is null and never 0. */
export const Total = z
  .object({
    from: Time.nullable().openapi({ description: 'First second of the span' }),
    to: Time.nullable().openapi({ description: 'First second after the span' }),
    actual: Figure.nullable().openapi({ description: 'What was made; null without a reading that says' }),
    goal: Figure.nullable().openapi({ description: 'What was to be made, by the readings that have a goal' }),
    gap: z.int().nullable().openapi({ description: 'Made less to be made, by the readings that have a goal; below 0 is behind' }),
    attainment: z.number().min(0).nullable().openapi({
      description: 'Made by to be made, by the readings that have a goal. Missing readings leave it as it is: `readings` shows them',
    }),
    readings: z.int().min(0).openapi({ description: 'Readings that came' }),
    goal_readings: z.int().min(0).openapi({ description: 'Readings that have a goal' }),
  })
  .openapi('Total', {
    example: total(1611204818, 1611205959, 608, 605, 20),
  })

const shown = { id: 1, name: null, latest: { time: 1611205958, actual: 30, goal: 32 } }
const who = { id: Id, name: z.string().nullable(), latest: Latest }

/** A factory summed up. Every span ends with the newest reading. */
export const Summary = z
  .object({
    ...who,
    window: Total.openapi({ description: 'The newest readings, at most 500' }),
    last_hour: Total.openapi({ description: 'The 3,600 seconds that the newest reading ends' }),
    last_day: Total.openapi({ description: 'The 86,400 seconds that the newest reading ends' }),
    hours: z.array(Total).openapi({ description: 'The local hours that began in the last day, from the first that has a reading' }),
  })
  .openapi('Summary', {
    example: {
      ...shown,
      window: total(1611204818, 1611205959, 608, 605, 20),
      last_hour: total(1611202359, 1611205959, 608, 605, 20),
      last_day: total(1611119559, 1611205959, 608, 605, 20),
      hours: [total(1611201600, 1611205200, 212, 214, 7), total(1611205200, 1611208800, 396, 391, 13)],
    },
  })

/** The factories of an organisation, furthest behind its goal first; last those that have none. */
export const OrganisationSummary = z
  .object({
    organisation: z.string(),
    factories: z.array(z.object({ ...who, last_day: Total })),
    total: Total.openapi({ description: 'The last day of every factory added up, also of one that has been silent since' }),
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
        { ...shown, last_day: total(1611119559, 1611205959, 608, 605, 20) },
      ],
      total: total(1611109559, 1611305959, 1834, 1825, 60),
    },
  })
