import { z } from './zod.ts'
import { DEFAULT_STOP_AFTER_SECONDS } from './factory-settings.ts'
import { LIMITS } from './limits.ts'
import { Name, StoredName } from './names.ts'
import { buildSmallInteger, Count, Fraction } from './numbers.ts'
import { Cursor } from './params.ts'
import { ChartData, ColumnsIn, Id, Latest } from './readings.ts'
import { findZone } from './time-zones.ts'

const FactoryName = Name.nullable().openapi({ example: 'Plant North' })

/** Characters of the longest name of a time zone, plus a margin. */
const ZONE_CHARACTERS = 64

/** A time zone of the IANA database, in upper or lower case. An alias is stored as the current name of its zone. */
export const TimeZone = z
  .string()
  .max(ZONE_CHARACTERS)
  .refine((name) => findZone(name) !== undefined, {
    error: 'Unknown time zone. Send an IANA name such as Europe/Berlin.',
    abort: true,
  })
  .overwrite((name) => findZone(name)!)
  .openapi({ example: 'Europe/Berlin' })

const IdealPerHour = Fraction.min(LIMITS.minIdealPerHour).max(LIMITS.idealPerHour).openapi({
  description: 'Sprockets that the factory would make in an hour of production at its ideal speed',
})
const StopAfterSeconds = buildSmallInteger(60, 3_600).openapi({
  description: `Readings with actual = 0 for at least this long in planned time are a stop. Without it: ${DEFAULT_STOP_AFTER_SECONDS}`,
})

/** The settings of a request. null resets a setting. */
const settingsIn = { ideal_per_hour: IdealPerHour.nullish(), stop_after_seconds: StopAfterSeconds.nullish() }

/** Name, time zone and settings of a factory. A setting is absent unless it is set. */
export const Profile = z
  .object({
    id: Id,
    name: StoredName.nullable(),
    time_zone: z.string().max(ZONE_CHARACTERS),
    ideal_per_hour: IdealPerHour.optional(),
    stop_after_seconds: StopAfterSeconds.optional(),
  })
  .openapi('Profile', { example: { id: 1, name: null, time_zone: 'UTC' } })

/** The members of a factory. */
const FactoryDetails = z.object({ ...Profile.shape, latest: Latest, chart_data: ChartData }).openapi('FactoryDetails')

/** A factory on a page. */
const FactoryItem = z
  .object({
    factory: z.object({ ...Profile.shape, latest: Latest, chart_data: ChartData.optional() }).openapi('FactoryItemDetails'),
  })
  .openapi('FactoryItem')

const example = (id: number, latest: object, [actual, goal, time]: number[][]) => ({
  factory: {
    id,
    name: null,
    time_zone: 'UTC',
    latest,
    chart_data: { sprocket_production_actual: actual, sprocket_production_goal: goal, time },
  },
})

/** Two factories of the seed with shortened series. */
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
export const Factory = z.object({ factory: FactoryDetails }).openapi('Factory', { example: ONE })

/** A page of factories. `chart_data` is absent with `?chart_data=false`; `count` is the organisation's total. */
export const FactoryPage = z
  .object({
    factories: z.array(FactoryItem).max(LIMITS.pageItems),
    count: Count,
    next: Cursor.nullable(),
  })
  .openapi('FactoryPage', { example: { factories: [ZERO, ONE], count: 3, next: null } })

/** A new factory. Every member is optional. */
export const FactoryIn = z
  .strictObject({ name: FactoryName.optional(), time_zone: TimeZone.optional(), ...settingsIn, chart_data: ColumnsIn.optional() })
  .openapi('FactoryIn', { example: { name: 'Plant North', time_zone: 'Europe/Berlin' } })

/** A merge patch (RFC 7396) of a factory. null removes the name or a setting, and resets the time zone to UTC. */
export const FactoryPatch = z
  .strictObject({ id: Id.optional(), name: FactoryName.optional(), time_zone: TimeZone.nullish(), ...settingsIn })
  .openapi('FactoryPatch', { example: { name: 'Plant North' } })

export type FactoryIn = z.input<typeof FactoryIn>
export type FactoryPatch = z.input<typeof FactoryPatch>
export type Factory = z.output<typeof Factory>
export type FactoryPage = z.output<typeof FactoryPage>
export type Profile = z.output<typeof Profile>
