import type {
  Access,
  AuditPage,
  ChartData,
  Column,
  ColumnsIn,
  Csv,
  CsvIn,
  AppendResult,
  FactoriesAppendResult,
  Factory,
  FactoryCsvIn,
  FactoryIn,
  FactoryPage,
  FactoryPatch,
  FactoryReadingsIn,
  FieldColumns,
  FieldRow,
  Health,
  Key,
  KeyIn,
  KeyPage,
  KeyPatch,
  KeyRotation,
  Lines,
  ListCsv,
  Ndjson,
  NewKey,
  NewSprocketIn,
  OeeReport,
  OpenApi,
  Organisation,
  OrganisationEnd,
  OrganisationPatch,
  OrganisationSummary,
  Picture,
  Points,
  Profile,
  Reading,
  ReadingIn,
  ReadingPut,
  ReadingsIn,
  Ready,
  Rows,
  Schedule,
  ScheduleIn,
  Shifts,
  Sprocket,
  SprocketIn,
  SprocketPage,
  SprocketPatch,
  StopAnnotation,
  StopAnnotationIn,
  StopAnnotationPage,
  StopAnnotationPatch,
  StopPareto,
  StopReasons,
  StopReasonsIn,
  States,
  Stops,
  Summary,
  Times,
} from './bodies.ts'

/** Response body of GET by path. A path with a query, such as `?format=rows`, has the body of that format. */
export interface Reads {
  '/api/factories': FactoryPage
  '/api/factory/{id}': Factory
  '/api/factory/{id}/profile': Profile
  '/api/factory/{id}/chart-data': Points
  '/api/factory/{id}/chart-data?format=rows': Rows
  '/api/factory/{id}/chart-data?format=csv': Csv
  '/api/factory/{id}/chart-data/{time}': Reading
  '/api/factory/{id}/production-actual': Column
  '/api/factory/{id}/production-goal': Column
  '/api/factory/{id}/time': Times
  '/api/factory/{id}/chart.svg': Picture
  '/api/factory/{id}/export': Csv
  '/api/factory/{id}/export?format=ndjson': Ndjson
  '/api/factory/{id}/schedule': Schedule
  '/api/factory/{id}/shifts': Shifts
  '/api/factory/{id}/shifts?format=csv': ListCsv
  '/api/factory/{id}/states': States
  '/api/factory/{id}/stops': Stops
  '/api/factory/{id}/stops?format=csv': ListCsv
  '/api/factory/{id}/stops/pareto': StopPareto
  '/api/factory/{id}/oee': OeeReport
  '/api/factory/{id}/oee?format=csv': ListCsv
  '/api/stops/pareto': StopPareto
  '/api/factory/{id}/summary': Summary
  '/api/summary': OrganisationSummary
  '/api/stop-reasons': StopReasons
  '/api/stop-annotation/{id}': StopAnnotation
  '/api/factory/{id}/stop-annotations': StopAnnotationPage
  '/api/sprockets': SprocketPage
  '/api/sprocket/{id}': Sprocket
  '/api/keys': KeyPage
  '/api/key/{id}': Key
  '/api/access': Access
  '/api/organisation': Organisation
  '/api/audit-log': AuditPage
  '/health': Health
  '/ping': undefined
  '/api/v2/ping': undefined
  '/ready': Ready
  '/openapi.json': OpenApi
}

/** Response body of GET with the parameter `fields`, by path: it has exactly the figures that the parameter names. */
export interface FieldReads {
  '/api/factory/{id}/chart-data': FieldColumns
  '/api/factory/{id}/chart-data?format=rows': FieldRow[]
}

type Series = ColumnsIn | ReadingsIn | ReadingIn | CsvIn

/** Request body and response body of a write by method and path. A string body is CSV, or line protocol for `/api/v2/write`. */
export interface Writes {
  'POST /api/factories': [FactoryIn, Factory]
  'PATCH /api/factory/{id}': [FactoryPatch, Profile]
  'DELETE /api/factory/{id}': [undefined, undefined]
  'PUT /api/factory/{id}/schedule': [ScheduleIn, Schedule]
  'POST /api/factory/{id}/chart-data': [Series, AppendResult]
  'PUT /api/factory/{id}/chart-data': [Series, ChartData]
  'PUT /api/factory/{id}/chart-data/{time}': [ReadingPut, Reading]
  'DELETE /api/factory/{id}/chart-data/{time}': [undefined, undefined]
  'POST /api/readings': [FactoryReadingsIn | FactoryCsvIn, FactoriesAppendResult]
  /** With `handling=lenient`, the headers `X-Refused-Count` and `X-Refused-Lines` report the rejected lines. */
  'POST /api/v2/write': [Lines, undefined]
  'PUT /api/stop-reasons': [StopReasonsIn, StopReasons]
  'POST /api/factory/{id}/stop-annotations': [StopAnnotationIn, StopAnnotation]
  'PATCH /api/stop-annotation/{id}': [StopAnnotationPatch, StopAnnotation]
  'DELETE /api/stop-annotation/{id}': [undefined, undefined]
  'POST /api/sprockets': [NewSprocketIn, Sprocket]
  'PUT /api/sprocket/{id}': [SprocketIn, Sprocket]
  'PATCH /api/sprocket/{id}': [SprocketPatch, Sprocket]
  'DELETE /api/sprocket/{id}': [undefined, undefined]
  'POST /api/keys': [KeyIn, NewKey]
  'PATCH /api/key/{id}': [KeyPatch, Key]
  'DELETE /api/key/{id}': [undefined, undefined]
  'POST /api/key/{id}/rotate': [KeyRotation, NewKey]
  'PATCH /api/organisation': [OrganisationPatch, Organisation]
  'DELETE /api/organisation': [OrganisationEnd, Organisation]
}

/** Response body of a write with `return=representation` in the Prefer header, by method and path. */
export interface Representations {
  'POST /api/factory/{id}/chart-data': ChartData
}

type ParameterNames<Path> = Path extends `${string}{${infer Name}}${infer Rest}` ? Name | ParameterNames<Rest> : never

export type ParameterValue = string | number | boolean | undefined

/** Parameters of the path, by name. Any other name is a parameter of the query; undefined leaves it out. */
export type Params<Path> = { [Name in ParameterNames<Path>]: string | number } & Record<string, ParameterValue>

/** Arguments after the path of a read. A path without parameters needs none. */
export type ReadArguments<Path, Options> = [ParameterNames<Path>] extends [never]
  ? [params?: Record<string, ParameterValue>, options?: Options]
  : [params: Params<Path>, options?: Options]
