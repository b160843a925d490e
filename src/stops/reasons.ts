import { renderStopReasons } from '../queries/stop-reasons.ts'
import type { StopReasons } from '../schemas/stop-reasons.ts'
import type { Stop } from './stop.ts'

export type StopReason = StopReasons['reasons'][number]

/** The reasons of an organisation by their code. */
export type Reasons = ReadonlyMap<string, StopReason>

/** Parses the reasons of an organisation. */
export const parseReasons = (text: string | null): Reasons => {
  const { reasons } = JSON.parse(renderStopReasons({ reasons: text })) as StopReasons
  return new Map(reasons.map((reason) => [reason.code, reason]))
}

/** Returns the reason of a stop; undefined for a stop without an annotation. */
export const findReason = (reasons: Reasons, { annotation }: Stop): StopReason | undefined =>
  annotation ? reasons.get(annotation.reason) : undefined
