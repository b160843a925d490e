import { renderStopReasons } from '../queries/stop-reasons.ts'
import type { StopReasons } from '../schemas/stop-reasons.ts'

export type StopReason = StopReasons['reasons'][number]

type Reasons = ReadonlyMap<string, StopReason>

/** The reasons that were parsed last. Every factory of an organisation has the same text, of up to 50 KB. */
let latest: { text: string | null; reasons: Reasons } | undefined

/** Parses the reasons of an organisation. Returns them by their code. */
export const parseReasons = (text: string | null): Reasons => {
  if (latest?.text === text) return latest.reasons
  const parsed = JSON.parse(renderStopReasons({ reasons: text })) as StopReasons
  latest = { text, reasons: new Map(parsed.reasons.map((reason) => [reason.code, reason])) }
  return latest.reasons
}
