import { UNNAMED } from '../schedule/stored-schedule.ts'
import type { Stop } from '../stops/stop.ts'

/** Returns a stop as the API shows it. */
export const toStopJson = ({ from, to, planned_seconds, isOpen, annotation, shift: { date, name } }: Stop) => ({
  from,
  to: isOpen ? null : to,
  seconds: to - from,
  planned_seconds,
  reason: annotation?.reason ?? null,
  annotation: annotation?.id ?? null,
  note: annotation?.note ?? null,
  shift: name === UNNAMED ? null : { date, name },
})

/** Renders a page of stops. */
export const renderStops = (stops: readonly Stop[]): string => JSON.stringify({ stops: stops.map(toStopJson) })
