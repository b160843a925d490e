import { sql } from 'drizzle-orm'
import { replaceChunks } from '../chunks/changes.ts'
import { chunkStart } from '../chunks/chunk.ts'
import { figureAtTime, readingAtTime } from '../chunks/select.ts'
import { chunkTexts, figureColumns, unpack } from '../chunks/unpack.ts'
import { readingJson } from '../db/reading-json.ts'
import { integer } from '../db/client.ts'
import { chunks } from '../db/schema.ts'
import { Problem } from '../errors.ts'
import { selectReading } from '../queries/factories.ts'
import { updateDays } from '../local-time/days.ts'
import { factoryExists, hasId, selectSeriesPk } from './factories.ts'
import type { Actor, Mutation } from './mutation.ts'
import { withinRetention } from './retention-guard.ts'
import { readingRepresentation } from './series-representations.ts'

/** Builds the mutation that removes one reading. */
export const removeReading = (actor: Actor, factory: number, time: number) => {
  const start = chunkStart(time)
  const currentSeries = selectSeriesPk(actor.organisationPk, factory)
  const isChunk = sql`series_pk = ${currentSeries} and start = ${start}`
  const found = readingAtTime(currentSeries, time)
  return {
    event: { subject: 'readings', verb: 'removed', factories: [factory] },
    guards: [
      factoryExists(actor, factory),
      withinRetention(actor, [{ factory, time }]),
      {
        condition: sql`exists (select 1 from ${found})`,
        problem: () => new Problem('not-found', `Factory ${factory} has no reading at ${time}.`),
      },
    ],
    conditionalOn: [readingRepresentation(actor, factory, time)],
    audit: {
      source: found,
      verb: 'removed',
      target: `/api/factory/${factory}/chart-data/${time}`,
      before: sql`json_array(${readingJson(sql`'factory', ${integer(factory)}, 'time', ${integer(time)}`, figureAtTime)})`,
    },
    statements: (db) => [
      db.delete(chunks).where(sql`${isChunk} and times = ${String(time - start)}`),
      replaceChunks(
        db,
        sql`with packed as (select 0 as factory, * from chunks where ${isChunk}), reading as (${unpack('packed', chunkTexts())})
          select series_pk, start, time, ${figureColumns} from reading where time <> ${time}`,
      ),
      ...updateDays(
        db,
        sql`(select series_pk, time_zone, ${start} as start from factories where ${hasId(actor.organisationPk, factory)})`,
        true,
      ),
    ],
    returning: (db) => selectReading(db, actor.organisationPk, factory, time),
  } satisfies Mutation<unknown>
}
