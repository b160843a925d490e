import { formatClock, formatDuration, formatSpan } from '../values/format.ts'
import type { Stop } from './hour-rows.ts'
import { texts } from '../texts/stops.ts'

/** The zone and the reasons of a factory. */
interface Names {
  zone: string
  reasons: { code: string; name: string }[]
}

/** Formats the time of a stop, such as "07:12 to 07:31", or "since 07:12" for one that has not ended. */
export const formatStopTime = ({ from, to }: Stop, zone: string): string =>
  to === null ? texts.since(formatClock(from, zone)) : formatSpan(from, to, zone)

/** Returns the name of the reason with a code. */
export const findReasonName = (code: string, { reasons }: Pick<Names, 'reasons'>): string =>
  reasons.find((reason) => reason.code === code)?.name ?? code

/** Describes a stop, such as "Stop 07:12 to 07:31, 19 min: Jam". */
export const describeStop = (stop: Stop, data: Names): string => {
  const name = stop.reason === null ? texts.noReason : findReasonName(stop.reason, data)
  return texts.describe(formatStopTime(stop, data.zone), formatDuration(stop.seconds), name)
}

/** Maximum number of characters of a code (`LIMITS.reasonCodeCharacters`). */
const MAX_CODE = 40

/** Returns a code for a new reason: its name in lower-case letters, digits and hyphens, with a number if the code exists. */
export const buildReasonCode = (name: string, existing: readonly string[]): string => {
  const plain = name.normalize('NFKD').toLowerCase()
  const base =
    plain
      .replaceAll(/\p{M}/gu, '')
      .replaceAll(/[^a-z0-9]+/g, '-')
      .replaceAll(/^-|-$/g, '')
      .slice(0, MAX_CODE - 4) || 'reason'
  const numbers = Array.from({ length: existing.length + 1 }, (_, n) => (n === 0 ? base : `${base}-${n + 1}`))
  return numbers.find((code) => !existing.includes(code))!
}
