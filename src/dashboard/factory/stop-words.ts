import { formatClock, formatDuration, formatSpan } from '../format.ts'
import type { Stop } from './hour-rows.ts'
import type { FactoryData } from './load-factory.ts'

/** Formats the time of a stop, such as "07:12 to 07:31", or "since 07:12" for one that has not ended. */
export const formatStopTime = ({ from, to }: Stop, zone: string): string =>
  to === null ? `since ${formatClock(from, zone)}` : formatSpan(from, to, zone)

/** Returns the name of the reason with a code. */
export const findReasonName = (code: string, { reasons }: Pick<FactoryData, 'reasons'>): string =>
  reasons.find((reason) => reason.code === code)?.name ?? code

/** Describes a stop, such as "Stop 07:12 to 07:31, 19 min: Jam". */
export const describeStop = (stop: Stop, data: Pick<FactoryData, 'zone' | 'reasons'>): string => {
  const name = stop.reason === null ? 'no reason' : findReasonName(stop.reason, data)
  return `Stop ${formatStopTime(stop, data.zone)}, ${formatDuration(stop.seconds)}: ${name}`
}
