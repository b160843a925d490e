import type { z } from 'zod'
import type { Factory, FactoryIn, FactoryPage, FactoryPatch, Profile } from '../schemas/factories.ts'
import type { Health, Ready } from '../schemas/meta.ts'
import type {
  ChartData,
  Column,
  ColumnsIn,
  Effect,
  FactoriesEffect,
  FactoryReadingsIn,
  Reading,
  ReadingIn,
  ReadingPut,
  ReadingsIn,
  Times,
} from '../schemas/readings.ts'
import type { OrganisationSummary, Summary } from '../schemas/summaries.ts'
import type { Sprocket, SprocketIn, SprocketPage, SprocketPatch } from '../schemas/sprockets.ts'

/**
 * What the client may ask and what it gets, in the types of the very schemas that validate. (Hono's own client takes its
 * types from routes that are chained; ours are registered by contract, one by one.)
 */

type Out<S extends z.ZodType> = z.output<S>
type In<S extends z.ZodType> = z.input<S>

/** What GET answers, by path. */
export interface Reads {
  '/api/factories': Out<typeof FactoryPage>
  '/api/factory/{id}': Out<typeof Factory>
  '/api/factory/{id}/profile': Out<typeof Profile>
  '/api/factory/{id}/chart-data': Out<typeof ChartData>
  '/api/factory/{id}/chart-data/{time}': Out<typeof Reading>
  '/api/factory/{id}/production-actual': Out<typeof Column>
  '/api/factory/{id}/production-goal': Out<typeof Column>
  '/api/factory/{id}/time': Out<typeof Times>
  '/api/factory/{id}/chart.svg': string
  '/api/factory/{id}/summary': Out<typeof Summary>
  '/api/summary': Out<typeof OrganisationSummary>
  '/api/sprockets': Out<typeof SprocketPage>
  '/api/sprocket/{id}': Out<typeof Sprocket>
  '/health': Out<typeof Health>
  '/ready': Out<typeof Ready>
}

/** What writes take and answer, by method and path. */
export interface Writes {
  'POST /api/factories': [In<typeof FactoryIn>, Out<typeof Factory>]
  'PATCH /api/factory/{id}': [In<typeof FactoryPatch>, Out<typeof Profile>]
  'DELETE /api/factory/{id}': [undefined, undefined]
  'POST /api/factory/{id}/chart-data': [In<typeof ColumnsIn> | In<typeof ReadingsIn> | In<typeof ReadingIn>, Out<typeof Effect>]
  'PUT /api/factory/{id}/chart-data': [In<typeof ColumnsIn> | In<typeof ReadingsIn>, Out<typeof ChartData>]
  'PUT /api/factory/{id}/chart-data/{time}': [In<typeof ReadingPut>, Out<typeof Reading>]
  'DELETE /api/factory/{id}/chart-data/{time}': [undefined, undefined]
  'POST /api/readings': [In<typeof FactoryReadingsIn>, Out<typeof FactoriesEffect>]
  'POST /api/sprockets': [Omit<In<typeof SprocketIn>, 'id'>, Out<typeof Sprocket>]
  'PUT /api/sprocket/{id}': [In<typeof SprocketIn>, Out<typeof Sprocket>]
  'PATCH /api/sprocket/{id}': [In<typeof SprocketPatch>, Out<typeof Sprocket>]
  'DELETE /api/sprocket/{id}': [undefined, undefined]
}

type Names<Path> = Path extends `${string}{${infer Name}}${infer Rest}` ? Name | Names<Rest> : never
export type Value = string | number | boolean | undefined
/** The parameters of a path by name, and whatever goes into the query. */
export type Params<Path> = { [Name in Names<Path>]: string | number } & Record<string, Value>
/** The same, where a path without parameters needs none. */
export type Rest<Path, More> = [Names<Path>] extends [never]
  ? [params?: Record<string, Value>, more?: More]
  : [params: Params<Path>, more?: More]
