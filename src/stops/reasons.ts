import { renderStopReasons } from '../queries/stop-reasons.ts'
import type { StopReasons } from '../schemas/stop-reasons.ts'

export type StopReason = StopReasons['reasons'][number]

/** Parses the reasons of an organisation. Returns them by their code. */
export const parseReasons = (reasons: string | null): ReadonlyMap<string, StopReason> => {
  const parsed = JSON.parse(renderStopReasons({ reasons })) as StopReasons
  return new Map(parsed.reasons.map((reason) => [reason.code, reason]))
}
