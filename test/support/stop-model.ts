import type { SpanAnnotation } from '../../src/queries/stop-annotations.ts'
import type { Stored } from './series-model.ts'
import type { ModelShift } from './shift-model.ts'

/**
 * The reference model of stops, as the guide describes them. It cuts time at every instant at which anything changes, and decides for
 * each cell between two such instants what the machine does, from the readings alone.
 */

const HOUR = 3_600
const SILENCE = 900
/** Time before a stop at which an open annotation of it may begin, and the maximum time that it covers. */
const LEAD = 900
const OPEN = 66 * 86_400

/** A stop as the API shows it, with the shift of the model. */
export interface ModelStop {
  from: number
  to: number
  isOpen: boolean
  planned_seconds: number
  annotation: SpanAnnotation | null
  shift: ModelShift
}

interface Cell {
  from: number
  to: number
  state: 'running' | 'stopped' | 'no data'
  /** The shift, if the cell is planned time. */
  shift: ModelShift | undefined
  /** Number of the interval without production. */
  run: number
}

const hourOf = (time: number) => Math.floor(time / HOUR)

/**
 * Returns the usual step at a reading: the mean step of its hour and of the hour with readings before, whichever is shorter. Steps of 15
 * minutes or more count only in an hour without shorter ones.
 */
const usualStep = (known: Stored[], time: number): number => {
  const hours = [...Map.groupBy(known, (reading) => hourOf(reading.time)).values()]
  const meanOf = (index: number) => {
    const hour = hours[index]
    const before = hours[index - 1]?.at(-1)
    if (!hour) return Infinity
    const steps = hour.slice(1).map(({ time }, position) => time - hour[position]!.time)
    const short = steps.filter((step) => step < SILENCE)
    const counted = short.length > 0 ? short : steps
    if (counted.length > 0) return Math.floor(counted.reduce((sum, step) => sum + step, 0) / counted.length)
    return before ? hour[0]!.time - before.time : Infinity
  }
  const index = hours.findIndex((hour) => hourOf(hour[0]!.time) === hourOf(time))
  return Math.min(meanOf(index), meanOf(index - 1))
}

/** Returns the times without data after readings: from one usual step after a reading to the next reading or the newest one. */
const silencesOf = (known: Stored[], newest: number) =>
  known.flatMap(({ time }, index) => {
    const next = known[index + 1]?.time ?? newest
    const usual = usualStep(known, time)
    return next - time >= SILENCE && usual < Infinity && next - time > 3 * usual ? [{ from: time + usual, to: next }] : []
  })

const contains = ({ from, to }: { from: number; to: number }, time: number) => from <= time && time < to

/** Returns the state of the machine at an instant. */
const stateAt = (all: Stored[], time: number): Cell['state'] => {
  const newest = all.at(-1)?.time ?? -Infinity
  const known = all.filter(({ actual }) => actual !== null)
  const reading = known.findLast((each) => each.time <= time)
  const isSilent = silencesOf(known, newest).some(({ from, to }) => from <= time && (time < to || to === newest))
  if (!reading || (isSilent && reading.time < time)) return 'no data'
  return reading.actual === 0 ? 'stopped' : 'running'
}

/** Cuts the time from the first shift to the newest reading into cells. */
const cellsOf = (all: Stored[], shifts: ModelShift[], annotations: SpanAnnotation[]): Cell[] => {
  const newest = all.at(-1)?.time ?? -Infinity
  const known = all.filter(({ actual }) => actual !== null)
  const silences = silencesOf(known, newest)
  const borders = [
    newest,
    ...known.map(({ time }) => time),
    ...silences.map(({ from }) => from),
    ...shifts.flatMap(({ from, to, breaks }) => [from, to, ...breaks.flatMap((rest) => [rest.from, rest.to])]),
    ...annotations.flatMap(({ from, to }) => [from, to ?? from]),
  ]
  const times = [...new Set(borders)].filter((time) => time <= newest).toSorted((a, b) => a - b)
  let run = 0
  let before: Cell['state'] | undefined
  return times.slice(0, -1).map((from, index) => {
    const state = stateAt(all, from)
    if (state !== before) run++
    before = state
    const shift = shifts.find((each) => contains(each, from) && !each.breaks.some((rest) => contains(rest, from)))
    return { from, to: times[index + 1]!, state, shift, run }
  })
}

const lengthOf = (cells: Cell[]) => cells.reduce((seconds, { from, to }) => seconds + to - from, 0)

/** Returns the annotation whose time contains an instant. */
const createAnnotationFinder = (annotations: SpanAnnotation[], cells: Cell[], shifts: ModelShift[]) => {
  const sorted = annotations.toSorted((a, b) => a.from - b.from)
  const ends = sorted.map(({ from, to, manual }, index) => {
    const run = cells.find((cell) => cell.state === 'stopped' && cell.to > from && cell.from <= from + LEAD)?.run
    const stopEnd = cells.findLast((cell) => cell.run === run)?.to
    const open = manual ? shifts.find((shift) => contains(shift, from))?.to : stopEnd && Math.min(stopEnd, from + OPEN)
    return Math.min(to ?? open ?? from, sorted[index + 1]?.from ?? Infinity)
  })
  return (time: number) => sorted.find(({ from }, index) => contains({ from, to: ends[index]! }, time))
}

/** Returns the stops of shifts in order of time, and the seconds without data of each shift. */
export const stopsOf = (
  all: Stored[],
  shifts: ModelShift[],
  { stopAfter = 300, annotations = [] }: { stopAfter?: number; annotations?: SpanAnnotation[] } = {},
) => {
  const newest = all.at(-1)?.time ?? -Infinity
  const cells = cellsOf(all, shifts, annotations)
  const findAnnotation = createAnnotationFinder(annotations, cells, shifts)
  let chain = 0
  const chains = new Map(shifts.map((shift, index) => [shift, shift.from === shifts[index - 1]?.to ? chain : ++chain]))
  const isLong = (cell: Cell) =>
    lengthOf(cells.filter(({ run, shift }) => run === cell.run && shift && chains.get(shift) === chains.get(cell.shift!))) >= stopAfter

  const stops: ModelStop[] = []
  const noData = new Map<ModelShift, number>()
  for (const shift of shifts) {
    let label: string | undefined
    for (const cell of cells.filter((each) => each.shift === shift)) {
      const annotation = findAnnotation(cell.from) ?? null
      const isStop = annotation?.manual || (cell.state === 'stopped' && isLong(cell))
      const next = isStop ? (annotation?.manual ? `manual ${annotation.id}` : `${annotation?.id} in ${cell.run}`) : undefined
      if (!isStop && cell.state === 'no data') noData.set(shift, (noData.get(shift) ?? 0) + cell.to - cell.from)
      if (next !== undefined && next === label) {
        const stop = stops.at(-1)!
        stop.planned_seconds += cell.to - cell.from
        stop.to = cell.to
      } else if (next !== undefined)
        stops.push({ from: cell.from, to: cell.to, isOpen: false, planned_seconds: cell.to - cell.from, annotation, shift })
      label = next
    }
  }
  const isStopped = stateAt(all, newest) === 'stopped'
  for (const stop of stops) {
    const goesOn = stop.annotation?.manual ? stop.annotation.to === null : isStopped && stop.annotation?.to !== newest
    stop.isOpen = goesOn && stop.to === newest && stop.shift.to > newest
  }
  return { stops, noData }
}

/** Returns a stop as the API shows it. */
export const shownStop = ({ from, to, isOpen, planned_seconds, annotation, shift }: ModelStop, isPlanned: boolean) => ({
  from,
  to: isOpen ? null : to,
  seconds: to - from,
  planned_seconds,
  reason: annotation?.reason ?? null,
  annotation: annotation?.id ?? null,
  note: annotation?.note ?? null,
  shift: isPlanned ? { date: shift.date, name: shift.name } : null,
})
