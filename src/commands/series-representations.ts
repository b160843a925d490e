import { sql } from 'drizzle-orm'
import { previousPageEnd, renderReading } from '../documents/json.ts'
import type { ChartRow } from '../documents/json.ts'
import { selectChart, selectReading } from '../queries/factories.ts'
import type { Actor, Representation } from './mutation.ts'
import { hasId } from './factories.ts'

const seriesOf = ({ organisation }: Actor, factory: number) => sql`(select series from factories where ${hasId(organisation, factory)})`

/** The condition that a series is as it was: every change of its readings counts a revision. */
const isUnchanged = (author: Actor, factory: number, revision: number) =>
  sql`exists (select 1 from series where number = ${seriesOf(author, factory)} and revision = ${revision})`

/** The chart of a factory, which is there as long as the factory is. */
export const chartOf = (author: Actor, factory: number) =>
  ({
    read: (db) => selectChart(db, author.organisation, factory),
    render: ({ chart }: ChartRow) => chart,
    before: previousPageEnd,
    exists: () => sql`exists ${seriesOf(author, factory)}`,
    unchanged: ({ revision }: { revision: number }) => isUnchanged(author, factory, revision),
  }) satisfies Representation

/** One reading of a factory. */
export const readingOf = (author: Actor, factory: number, time: number) =>
  ({
    read: (db) => selectReading(db, author.organisation, factory, time),
    render: renderReading,
    exists: () => sql`exists (select 1 from readings where series = ${seriesOf(author, factory)} and time = ${time})`,
    unchanged: ({ revision }: { revision: number }) => isUnchanged(author, factory, revision),
  }) satisfies Representation
