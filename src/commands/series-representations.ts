import { sql } from 'drizzle-orm'
import { beforeChart, renderReading } from '../documents/json.ts'
import type { ChartRow } from '../documents/json.ts'
import { selectChart, selectReading } from '../queries/factories.ts'
import type { Author, Representation } from './mutation.ts'
import { isNumbered } from './factories.ts'

const seriesOf = ({ organisation }: Author, factory: number) =>
  sql`(select series from factories where ${isNumbered(organisation, factory)})`

/** The condition that a series is as it was: every change of its readings counts a revision. */
const isUnchanged = (author: Author, factory: number, revision: number) =>
  sql`exists (select 1 from series where number = ${seriesOf(author, factory)} and revision = ${revision})`

/** The chart of a factory, which is there as long as the factory is. */
export const chartOf = (author: Author, factory: number) =>
  ({
    read: (db) => selectChart(db, author.organisation, factory),
    render: ({ chart }: ChartRow) => chart,
    before: beforeChart,
    exists: () => sql`exists ${seriesOf(author, factory)}`,
    unchanged: ({ revision }: { revision: number }) => isUnchanged(author, factory, revision),
  }) satisfies Representation

/** One reading of a factory. */
export const readingOf = (author: Author, factory: number, time: number) =>
  ({
    read: (db) => selectReading(db, author.organisation, factory, time),
    render: renderReading,
    exists: () => sql`exists (select 1 from readings where series = ${seriesOf(author, factory)} and time = ${time})`,
    unchanged: ({ revision }: { revision: number }) => isUnchanged(author, factory, revision),
  }) satisfies Representation
