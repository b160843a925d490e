import type { Isolate } from '../runtime/isolate.ts'
import type { Author, Draft } from '../commands/mutation.ts'
import type { Reading } from '../commands/reading-input.ts'
import { NO_LONGER_KEPT, NoLongerKept } from '../commands/retention-guard.ts'
import type { Fault } from '../errors.ts'
import type { RequestContext } from '../middleware/app-env.ts'
import { selectEdges } from '../queries/retention.ts'
import { askPrimary, commitAndShow } from '../http/respond.ts'
import { invalid } from '../http/decode-body.ts'
import { faultAt } from '../ingest/record.ts'
import type { ReadingsIn } from '../ingest/readings.ts'

/** What to commit: readings with the place of each in the body, and what has been refused of it already. */
type Given<R> = Pick<ReadingsIn<R>, 'readings' | 'places' | 'refused'>

/** How a request wants its readings committed. */
interface Wish<R, Row> {
  lenient: boolean
  factoryOf: (reading: R) => number
  draft: (author: Author, readings: R[], refused: Fault[]) => Draft<Row>
}

/**
 * Commits readings. Those older than what is kept one by one are told like any other fault, each with its place, or left out
 * by a lenient request. Where the edge lies is asked only once the commit's own guard has found one: most requests have none.
 */
export const commitReadings = async <R extends Reading, Row>(
  c: RequestContext,
  isolate: Isolate,
  given: Given<R>,
  wish: Wish<R, Row>,
): Promise<{ row: Row; refused: Fault[] }> => {
  const { readings, places, refused } = given
  try {
    const row = await commitAndShow(c, isolate, (author) => wish.draft(author, readings, refused))
    return { row, refused }
  } catch (error) {
    if (!(error instanceof NoLongerKept)) throw error
    const ids = [...new Set(readings.map(wish.factoryOf))]
    const [edges] = await askPrimary(c, isolate, ({ db, batch }) => batch([selectEdges(db, c.get('identity').organisation, ids)]))
    const from = new Map(edges.map((edge) => [edge.factory, edge.from]))
    const isLate = readings.map((reading) => reading.time < (from.get(wish.factoryOf(reading)) ?? reading.time))
    const late = places.filter((_, index) => isLate[index]).map((place) => faultAt(place, 'time', NO_LONGER_KEPT))
    if (late.length && !wish.lenient) throw invalid(late)
    // The edge may move on meanwhile, and a factory may go: the guard of the next commit sees to both.
    const rest = <T>(all: T[]) => all.filter((_, index) => !isLate[index])
    return commitReadings(c, isolate, { readings: rest(readings), places: rest(places), refused: [...refused, ...late] }, wish)
  }
}
