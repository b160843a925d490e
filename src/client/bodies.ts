import type { z } from 'zod'
import type * as factories from '../schemas/factories.ts'
import type * as keys from '../schemas/keys.ts'
import type * as meta from '../schemas/meta.ts'
import type * as organisation from '../schemas/organisation.ts'
import type * as problem from '../schemas/problem.ts'
import type * as ranges from '../schemas/ranges.ts'
import type * as readings from '../schemas/readings.ts'
import type * as sprockets from '../schemas/sprockets.ts'
import type * as summaries from '../schemas/summaries.ts'

/**
 * Types of request and response bodies, inferred from the schemas that validate them. A type has the name of its schema: the
 * build replaces each line by the plain type and the schema's comment (src/docs/client-declarations.ts).
 */

export type FactoryIn = z.input<typeof factories.FactoryIn>
export type FactoryPatch = z.input<typeof factories.FactoryPatch>
export type Factory = z.output<typeof factories.Factory>
export type FactoryPage = z.output<typeof factories.FactoryPage>
export type Profile = z.output<typeof factories.Profile>

export type ColumnsIn = z.input<typeof readings.ColumnsIn>
export type ReadingsIn = z.input<typeof readings.ReadingsIn>
export type ReadingIn = z.input<typeof readings.ReadingIn>
export type ReadingPut = z.input<typeof readings.ReadingPut>
export type CsvIn = z.input<typeof readings.CsvIn>
export type FactoryReadingsIn = z.input<typeof readings.FactoryReadingsIn>
export type FactoryCsvIn = z.input<typeof readings.FactoryCsvIn>
export type Lines = z.input<typeof readings.Lines>
export type ChartData = z.output<typeof readings.ChartData>
export type Reading = z.output<typeof readings.Reading>
export type Column = z.output<typeof readings.Column>
export type Times = z.output<typeof readings.Times>
export type AppendResult = z.output<typeof readings.AppendResult>
export type FactoriesAppendResult = z.output<typeof readings.FactoriesAppendResult>

export type Points = z.output<typeof ranges.Points>
export type Rows = z.output<typeof ranges.Rows>
export type Summary = z.output<typeof summaries.Summary>
export type OrganisationSummary = z.output<typeof summaries.OrganisationSummary>

export type NewSprocketIn = z.input<typeof sprockets.NewSprocketIn>
export type SprocketIn = z.input<typeof sprockets.SprocketIn>
export type SprocketPatch = z.input<typeof sprockets.SprocketPatch>
export type Sprocket = z.output<typeof sprockets.Sprocket>
export type SprocketPage = z.output<typeof sprockets.SprocketPage>

export type KeyIn = z.input<typeof keys.KeyIn>
export type KeyPatch = z.input<typeof keys.KeyPatch>
export type KeyRotation = z.input<typeof keys.KeyRotation>
export type Key = z.output<typeof keys.Key>
export type NewKey = z.output<typeof keys.NewKey>
export type KeyPage = z.output<typeof keys.KeyPage>

export type OrganisationPatch = z.input<typeof organisation.OrganisationPatch>
export type OrganisationEnd = z.input<typeof organisation.OrganisationEnd>
export type Organisation = z.output<typeof organisation.Organisation>
export type AuditPage = z.output<typeof organisation.AuditPage>

export type Csv = z.output<typeof meta.Csv>
export type Ndjson = z.output<typeof meta.Ndjson>
export type Picture = z.output<typeof meta.Picture>
export type Health = z.output<typeof meta.Health>
export type Ready = z.output<typeof meta.Ready>
export type OpenApi = z.output<typeof meta.OpenApi>
export type ProblemDetails = z.output<typeof problem.ProblemDetails>
