import type { z } from 'zod'
import type { Factory, FactoryIn, FactoryPage, FactoryPatch, Profile } from '../schemas/factories.ts'
import type { Key, KeyIn, KeyPage, KeyPatch, KeyRotation, NewKey } from '../schemas/keys.ts'
import type { Csv, Health, Ndjson, OpenApi, Picture, Ready } from '../schemas/meta.ts'
import type { AuditPage, Organisation, OrganisationEnd, OrganisationPatch } from '../schemas/organisation.ts'
import type { Points, Rows } from '../schemas/ranges.ts'
import type {
  ChartData,
  Column,
  ColumnsIn,
  CsvIn,
  AppendResult,
  FactoriesAppendResult,
  FactoryCsvIn,
  FactoryReadingsIn,
  Lines,
  Reading,
  ReadingIn,
  ReadingPut,
  ReadingsIn,
  Times,
} from '../schemas/readings.ts'
import type { OrganisationSummary, Summary } from '../schemas/summaries.ts'
import type { NewSprocketIn, Sprocket, SprocketIn, SprocketPage, SprocketPatch } from '../schemas/sprockets.ts'

/**
 * What the client may ask and what it gets, in the types of the very schemas that validate. (Hono's own client takes its
 * types from routes that are chained; ours are registered by contract, one by one.)
 */

type Out<S extends z.ZodType> = z.output<S>
type In<S extends z.ZodType> = z.input<S>

/** What GET answers, by path; where the query asks for another form, by path and that. */
export interface Reads {
  '/api/factories': Out<typeof FactoryPage>
  '/api/factory/{id}': Out<typeof Factory>
  '/api/factory/{id}/profile': Out<typeof Profile>
  '/api/factory/{id}/chart-data': Out<typeof Points>
  '/api/factory/{id}/chart-data?format=rows': Out<typeof Rows>
  '/api/factory/{id}/chart-data?format=csv': Out<typeof Csv>
  '/api/factory/{id}/chart-data/{time}': Out<typeof Reading>
  '/api/factory/{id}/production-actual': Out<typeof Column>
  '/api/factory/{id}/production-goal': Out<typeof Column>
  '/api/factory/{id}/time': Out<typeof Times>
  '/api/factory/{id}/chart.svg': Out<typeof Picture>
  '/api/factory/{id}/export': Out<typeof Csv>
  '/api/factory/{id}/export?format=ndjson': Out<typeof Ndjson>
  '/api/factory/{id}/summary': Out<typeof Summary>
  '/api/summary': Out<typeof OrganisationSummary>
  '/api/sprockets': Out<typeof SprocketPage>
  '/api/sprocket/{id}': Out<typeof Sprocket>
  '/api/keys': Out<typeof KeyPage>
  '/api/key/{id}': Out<typeof Key>
  '/api/organisation': Out<typeof Organisation>
  '/api/audit-log': Out<typeof AuditPage>
  '/health': Out<typeof Health>
  '/ping': undefined
  '/api/v2/ping': undefined
  '/ready': Out<typeof Ready>
  '/openapi.json': Out<typeof OpenApi>
}

type Series = In<typeof ColumnsIn> | In<typeof ReadingsIn> | In<typeof ReadingIn> | In<typeof CsvIn>

/** What writes take and answer, by method and path. Text is CSV, or lines where lines are taken. */
export interface Writes {
  'POST /api/factories': [In<typeof FactoryIn>, Out<typeof Factory>]
  'PATCH /api/factory/{id}': [In<typeof FactoryPatch>, Out<typeof Profile>]
  'DELETE /api/factory/{id}': [undefined, undefined]
  'POST /api/factory/{id}/chart-data': [Series, Out<typeof AppendResult>]
  'PUT /api/factory/{id}/chart-data': [Series, Out<typeof ChartData>]
  'PUT /api/factory/{id}/chart-data/{time}': [In<typeof ReadingPut>, Out<typeof Reading>]
  'DELETE /api/factory/{id}/chart-data/{time}': [undefined, undefined]
  'POST /api/readings': [In<typeof FactoryReadingsIn> | In<typeof FactoryCsvIn>, Out<typeof FactoriesAppendResult>]
  /** Answers only what was refused, with `handling=lenient`. */
  'POST /api/v2/write': [In<typeof Lines>, undefined]
  'POST /api/sprockets': [In<typeof NewSprocketIn>, Out<typeof Sprocket>]
  'PUT /api/sprocket/{id}': [In<typeof SprocketIn>, Out<typeof Sprocket>]
  'PATCH /api/sprocket/{id}': [In<typeof SprocketPatch>, Out<typeof Sprocket>]
  'DELETE /api/sprocket/{id}': [undefined, undefined]
  'POST /api/keys': [In<typeof KeyIn>, Out<typeof NewKey>]
  'PATCH /api/key/{id}': [In<typeof KeyPatch>, Out<typeof Key>]
  'DELETE /api/key/{id}': [undefined, undefined]
  'POST /api/key/{id}/rotate': [In<typeof KeyRotation>, Out<typeof NewKey>]
  'PATCH /api/organisation': [In<typeof OrganisationPatch>, Out<typeof Organisation>]
  'DELETE /api/organisation': [In<typeof OrganisationEnd>, Out<typeof Organisation>]
}

type Names<Path> = Path extends `${string}{${infer Name}}${infer Rest}` ? Name | Names<Rest> : never
export type Value = string | number | boolean | undefined
/** The parameters of a path by name, and whatever goes into the query. */
export type Params<Path> = { [Name in Names<Path>]: string | number } & Record<string, Value>
/** The same, where a path without parameters needs none. */
export type Rest<Path, More> = [Names<Path>] extends [never]
  ? [params?: Record<string, Value>, more?: More]
  : [params: Params<Path>, more?: More]
