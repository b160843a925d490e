import { z } from './zod.ts'
import { Count, Fraction, Integer } from './numbers.ts'
import { Figure, Time } from './readings.ts'

/** Builds an example total of readings that all have both figures. */
export const exampleTotal = (from: number, to: number, actual: number, goal: number, readings: number) => ({
  from,
  to,
  actual,
  goal,
  gap: actual - goal,
  attainment: actual / goal,
  readings,
  goal_readings: readings,
})

/** The totals of a time span. Missing data is null, never 0. */
export const Total = z
  .object({
    from: Time.nullable().openapi({ description: 'First second of the span' }),
    to: Time.nullable().openapi({ description: 'First second after the span' }),
    actual: Figure.nullable().openapi({ description: 'Sprockets made; null if no reading has this figure' }),
    goal: Figure.nullable().openapi({ description: 'Sum of the goals; null if no reading has a goal' }),
    scrap: Figure.optional().openapi({ description: 'Sprockets made that cannot be used; absent if no reading has this figure' }),
    gap: Integer.nullable().openapi({ description: 'Actual minus goal, over readings that have a goal; negative means behind the goal' }),
    attainment: Fraction.min(0).nullable().openapi({
      format: 'double',
      description: 'Actual divided by goal, over readings that have a goal. Missing readings do not change it: compare `readings`',
    }),
    readings: Count.openapi({ description: 'Number of readings in the span' }),
    goal_readings: Count.openapi({ description: 'Number of readings that have a goal' }),
  })
  .openapi('Total', {
    example: exampleTotal(1611204818, 1611205959, 608, 605, 20),
  })
