import { sql } from 'drizzle-orm'
import { readingAtTime } from '../chunks/select.ts'
import { renderChartPage, renderReading } from '../documents/json.ts'
import { selectChart, selectReading } from '../queries/factories.ts'
import type { Actor, Representation } from './mutation.ts'
import { selectSeriesPk } from './factories.ts'

/** Returns the chart of a factory as a representation. It exists as long as the factory does, also without readings. */
export const chartRepresentation = (actor: Actor, factory: number) =>
  ({
    read: (db) => selectChart(db, actor.organisationPk, factory),
    render: renderChartPage,
    exists: () => sql`exists ${selectSeriesPk(actor.organisationPk, factory)}`,
  }) satisfies Representation

/** Returns one reading of a factory as a representation. */
export const readingRepresentation = (actor: Actor, factory: number, time: number) =>
  ({
    read: (db) => selectReading(db, actor.organisationPk, factory, time),
    render: renderReading,
    exists: () => sql`exists (select 1 from ${readingAtTime(selectSeriesPk(actor.organisationPk, factory), time)})`,
  }) satisfies Representation
