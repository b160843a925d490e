/**
 * Types of request and response bodies. Each type is in the file of the schema that validates it, under the name of that schema. The
 * build replaces each by the plain type and the comment of the schema (src/docs/client-declarations.ts).
 */
export type * from '../schemas/factories.ts'
export type * from '../schemas/keys.ts'
export type * from '../schemas/meta.ts'
export type * from '../schemas/oee.ts'
export type * from '../schemas/organisation.ts'
export type * from '../schemas/problem.ts'
export type * from '../schemas/ranges.ts'
export type * from '../schemas/readings.ts'
export type * from '../schemas/schedules.ts'
export type * from '../schemas/shifts.ts'
export type * from '../schemas/sprockets.ts'
export type * from '../schemas/states.ts'
export type * from '../schemas/stop-annotations.ts'
export type * from '../schemas/stop-reasons.ts'
export type * from '../schemas/stops.ts'
export type * from '../schemas/summaries.ts'
