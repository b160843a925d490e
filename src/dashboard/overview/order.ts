import type { Reads } from '../../client/operations.ts'
import { compareNames } from '../values/compare-names.ts'
import { displayName } from '../values/format.ts'
import type { ShownState } from '../values/state.ts'
import type { OverviewOptions, Sort } from './options.ts'

/** A factory with its state. */
export interface Entry {
  row: Reads['/api/summary']['factories'][number]
  shown: ShownState
}

/** Compares numbers in ascending order. Unknown ones come last. */
const ascending = (a: number | null, b: number | null) => (a ?? Infinity) - (b ?? Infinity) || 0
const byName = (a: Entry, b: Entry) => compareNames(a.row, b.row)

const COMPARE: Record<Sort, (a: Entry, b: Entry) => number> = {
  attainment: (a, b) => ascending(a.row.last_day.attainment, b.row.last_day.attainment),
  gap: (a, b) => ascending(a.row.last_day.gap, b.row.last_day.gap),
  name: byName,
  made: (a, b) => ascending(-(a.row.last_day.actual ?? -Infinity), -(b.row.last_day.actual ?? -Infinity)),
  latest: (a, b) => ascending(a.row.latest?.time ?? null, b.row.latest?.time ?? null),
}

/** Returns the entries that the options select, in their order. Factories without data are last, because their figures are old. */
export const arrangeEntries = (entries: Entry[], { search, sort, state }: OverviewOptions): Entry[] => {
  const text = search.trim().toLocaleLowerCase()
  const isSilent = ({ shown }: Entry) => Number(shown.state === 'no-data')
  return entries
    .filter(({ row, shown }) => (state === undefined || shown.state === state) && displayName(row).toLocaleLowerCase().includes(text))
    .toSorted((a, b) => isSilent(a) - isSilent(b) || COMPARE[sort](a, b) || byName(a, b))
}

/** Returns the entries in their earlier order, and new ones at the end. A row that a reader points at then stays where it is. */
export const keepOrder = (entries: Entry[], earlier: readonly number[]): Entry[] => {
  const places = new Map(earlier.map((id, place) => [id, place]))
  return entries.toSorted((a, b) => (places.get(a.row.id) ?? Infinity) - (places.get(b.row.id) ?? Infinity) || 0)
}
