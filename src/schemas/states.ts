import { LIMITS } from './limits.ts'
import { UnixSeconds } from './numbers.ts'
import { instant } from './ranges.ts'
import { z } from './zod.ts'

const EXAMPLE = { from: 1611205200, to: 1611205958, state: 'running' } as const

/** A span of time in which a machine has one state. */
const State = z
  .object({
    from: UnixSeconds.openapi({ description: 'First second of the state' }),
    to: UnixSeconds.openapi({ description: 'First second after the state' }),
    state: z
      .enum(['running', 'stopped', 'no-data', 'not-planned'])
      .openapi({ description: 'not-planned outside shifts and in breaks; otherwise what the readings show, also for a short time' }),
  })
  .openapi('State', { example: EXAMPLE })

/** The states of a machine in order of time. They do not overlap. Planned time after the newest reading has no state. */
export const States = z.object({ states: z.array(State).max(LIMITS.states) }).openapi('States', { example: { states: [EXAMPLE] } })

/** Query parameters that select states. */
export const statesParams = z.object({
  from: instant.optional().openapi({ description: 'Start of the range (inclusive), as Unix seconds or RFC 3339. Needs `to`' }),
  to: instant.optional().openapi({
    description: `End of the range (exclusive), as Unix seconds or RFC 3339. A range has at most ${LIMITS.stateDays} days. Without a range, the day up to the newest reading`,
  }),
})

export type States = z.output<typeof States>
