import { z } from '@hono/zod-openapi'
import { Name } from './names.ts'
import { ChartData, ColumnsIn, Latest } from './readings.ts'

/** An id counts from 0 within an organisation and is never reused. */
export const Id = z.int().min(0).openapi({ example: 1 })

/** null for no name. */
const FactoryName = Name.nullable().openapi({ example: 'Plant North' })

/** True for a name of the IANA time zone database that this runtime knows. */
const isTimeZone = (name: string): boolean => {
  try {
    Intl.DateTimeFormat('en', { timeZone: name })
    return /^[A-Za-z]/.test(name)
  } catch {
    return false
  }
}

/** The name as the database writes it: programs find zones by it, and not all of them in other letters. */
const spellZone = (name: string): string => {
  const { timeZone } = Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions()
  return timeZone.toLowerCase() === name.toLowerCase() ? timeZone : name
}

/** A zone of the IANA database. */
export const TimeZone = z
  .string()
  .max(64)
  .refine(isTimeZone, { error: 'Not a time zone of the IANA database, such as Europe/Berlin.', abort: true })
  .overwrite(spellZone)
  .openapi({ example: 'Europe/Berlin' })

/** Who a factory is. */
export const Profile = z
  .object({ id: Id, name: z.string().nullable(), time_zone: z.string() })
  .openapi('Profile', { example: { id: 1, name: null, time_zone: 'UTC' } })

const factory = z.object({ ...Profile.shape, latest: Latest, chart_data: ChartData })

const example = (id: number, latest: object, [actual, goal, time]: number[][]) => ({
  factory: {
    id,
    name: null,
    time_zone: 'UTC',
    latest,
    chart_data: { sprocket_production_actual: actual, sprocket_production_goal: goal, time },
  },
})

/** Two factories of the seed, their series cut short. */
const ZERO = example(0, { time: 1611195958, actual: 32, goal: 32 }, [
  [32, 29, 31],
  [32, 30, 31],
  [1611194818, 1611194878, 1611194938],
])
const ONE = example(1, { time: 1611205958, actual: 30, goal: 32 }, [
  [32, 28, 31],
  [31, 33, 29],
  [1611204818, 1611204878, 1611204938],
])

/** A factory with its newest readings, at most 500. */
export const Factory = z.object({ factory }).openapi('Factory', { example: ONE })

/** A page of factories. `chart_data` is absent with `?chart_data=false`; `count` is the organisation's total. */
export const FactoryPage = z
  .object({
    factories: z.array(z.object({ factory: factory.partial({ chart_data: true }) })),
    count: z.int(),
    next: z.string().nullable(),
  })
  .openapi('FactoryPage', { example: { factories: [ZERO, ONE], count: 3, next: null } })

/** A new factory; everything may be left out. */
export const FactoryIn = z
  .strictObject({ name: FactoryName.optional(), time_zone: TimeZone.optional(), chart_data: ColumnsIn.optional() })
  .openapi('FactoryIn', { example: { name: 'Plant North', time_zone: 'Europe/Berlin' } })

/** A merge patch (RFC 7396) of a factory: null takes the name away and sets the zone back to UTC. */
export const FactoryPatch = z
  .strictObject({ id: Id.optional(), name: FactoryName.optional(), time_zone: TimeZone.nullish() })
  .openapi('FactoryPatch', { example: { name: 'Plant North' } })
