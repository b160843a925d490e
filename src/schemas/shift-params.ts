import { LIMITS } from './limits.ts'
import { buildSmallInteger } from './numbers.ts'
import { instant } from './ranges.ts'
import { LocalDate } from './schedules.ts'
import { ReasonCode } from './stop-reasons.ts'
import { z } from './zod.ts'

/** Query parameters of shifts, stops and OEE. */

const from = instant.optional().openapi({ description: 'Start of the range (inclusive), as Unix seconds or RFC 3339. Needs `to`' })
const buildTo = (rule: string) =>
  instant.optional().openapi({ description: `End of the range (exclusive), as Unix seconds or RFC 3339. ${rule}` })

const range = {
  from,
  to: buildTo(
    `A shift belongs to the range that contains its start. A range has at most ${LIMITS.shiftDays} days and ${LIMITS.shifts} shifts`,
  ),
}
const last = z
  .enum(['day', 'week', 'month'])
  .optional()
  .openapi({ description: 'The shifts with a part in the 1, 7 or 30 days up to the newest reading. Default: day' })

const format = z
  .enum(['json', 'csv'])
  .optional()
  .openapi({ description: 'Format of the response. `Accept: text/csv` also selects CSV. Default: json' })

/** Query parameters that select shifts. */
export const shiftsParams = z.object({
  ...range,
  date: LocalDate.optional().openapi({ description: 'The shifts that start on this local date' }),
  last,
  format,
})

/** Query parameters that select the shifts of an OEE report. */
export const oeeParams = z.object({
  ...range,
  last,
  resolution: z.enum(['shift', 'day']).optional().openapi({
    description:
      'Shifts, or the selected shifts of each date together. A range from local midnight to local midnight selects all shifts of its dates. Default: shift',
  }),
  format,
})

const buildStopsTo = (days: number, fallback: string) =>
  buildTo(`A stop belongs to the range that contains its start. A range has at most ${days} days. ${fallback}`)
const to = buildStopsTo(LIMITS.shiftDays, 'Without a range, the 7 days up to the newest reading')

/** Query parameters that select stops. */
export const stopsParams = z.object({
  from,
  to,
  reason: ReasonCode.optional().openapi({ description: 'Only stops with this reason' }),
  unexplained: z.enum(['true', 'false']).optional().openapi({ description: 'true for stops without a reason, false for the others' }),
  limit: buildSmallInteger(1, LIMITS.stops)
    .optional()
    .openapi({ description: 'Maximum number of stops. Default: 100. The Link header leads to the next page' }),
  format,
})

/** Query parameters of the stops of a factory by reason. */
export const paretoParams = z.object({ from, to })
/** Query parameters of the stops of several factories by reason. */
export const organisationParetoParams = z.object({
  factories: z
    .string()
    .optional()
    .openapi({
      description: `Ids of at most ${LIMITS.stopFactories} factories, separated by commas. Default: all factories that the key may read`,
      example: '0,2',
    }),
  from,
  to: buildStopsTo(LIMITS.organisationStopDays, 'Without a range, the 7 days up to the newest reading of each factory'),
})
