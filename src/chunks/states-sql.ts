import { sql } from 'drizzle-orm'
import type { SQL } from 'drizzle-orm'
import { RUNNING, SHORTEST_STOP_SECONDS, SILENCE_SECONDS, SILENT, STOPPED } from './states.ts'
import { literal } from '../db/literal.ts'

const SHORTEST_STOP = literal(SHORTEST_STOP_SECONDS)
const SILENCE = literal(SILENCE_SECONDS)

/**
 * Returns SQL that adds to readings (series_pk, start, time, figures) the columns from which `packedStates` joins the states of a
 * chunk. The three steps are those of `computeStates`: compare each reading with the one before, find short intervals, leave them out.
 */
export const withChanges = (readings: SQL): SQL => {
  const compared = sql`select *, lag(time) over known as before_time, lag(actual > 0) over known as before_state
    from (${readings}) window known as (partition by series_pk, start, actual is null order by time)`
  const marked = sql`select *, coalesce(time - before_time >= ${SILENCE}, 0) as is_gap, actual is not null
      and (before_time is null or time - before_time >= ${SILENCE} or (actual > 0) <> before_state) as is_change from (${compared})`
  const measured = sql`select *, coalesce(is_change and actual = 0 and not is_gap and before_time is not null
      and lead(time) over changes - time < ${SHORTEST_STOP} and not lead(is_gap) over changes, 0) as is_short
    from (${marked}) window changes as (partition by series_pk, start, is_change order by time)`
  return sql`select *, is_change and not is_short and not coalesce(lag(is_short) over (partition by series_pk, start, is_change order by time), 0) as is_kept
    from (${measured})`
}

/** SQL of the states of a chunk, as an aggregate over the rows of `withChanges`. */
export const packedStates = `case when count(actual) = 0 then '[0]' else '[' || count(actual) || ',' || group_concat(
  case when is_kept then case when is_gap then (before_time - start) || ',${SILENT},' else '' end || (time - start) || ',' || (actual > 0) end, ',' order by time)
  || ',' || (max(case when actual is not null then time end) - start) || ']' end`

/** Returns SQL for the members of states without the count, and without pairs at the end of stored or at the start of sent ones. */
const stored = (pairs: number) =>
  `trim(json_remove(stored, ${Array<string>(1 + 2 * pairs)
    .fill("'$[#-1]'")
    .join(', ')}, '$[0]'), '[]')`
const sent = (pairs: number) =>
  `trim(json_remove(sent, ${Array<string>(1 + 2 * pairs)
    .fill("'$[0]'")
    .join(', ')}), '[]')`

/**
 * Returns SQL for the states of a chunk after readings are appended. Where the stored and the sent states meet, two intervals with the
 * same state become one, and a short interval without production between two with production is left out, as `computeStates` does.
 * @param old stored states; null for a new chunk
 * @param added states of the appended readings
 */
export const joinedStates = (old: string, added: string): string =>
  `(select case when coalesce(stored ->> 0, 0) = 0 then sent when sent ->> 0 = 0 then stored else '[' || ((stored ->> 0) + (sent ->> 0)) || ','
    || case when first - last >= ${SILENCE_SECONDS} then ${stored(0)} || ',' || last || ',${SILENT},' || ${sent(0)}
      when state = ${STOPPED} and before = ${RUNNING} and running - since < ${SHORTEST_STOP_SECONDS}
        then ${stored(1)} || ',' || case first_state when ${STOPPED} then ${sent(2)} else ${sent(1)} end
      when state = first_state then ${stored(0)} || ',' || ${sent(1)}
      when state = ${RUNNING} and running - first < ${SHORTEST_STOP_SECONDS} then ${stored(0)} || ',' || ${sent(2)}
      else ${stored(0)} || ',' || ${sent(0)} end || ']' end
    from (select *, case when first_state = ${RUNNING} then first when second_state = ${RUNNING} then second end as running
      from (select stored, sent, stored ->> '$[#-1]' as last, stored ->> '$[#-2]' as state, stored ->> '$[#-3]' as since,
        case when json_array_length(stored) > 4 then stored ->> '$[#-4]' end as before,
        sent ->> 1 as first, sent ->> 2 as first_state, sent ->> 3 as second, sent ->> 4 as second_state
        from (select ${old} as stored, ${added} as sent))))`
