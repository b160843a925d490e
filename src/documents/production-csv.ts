import type { OeeReport } from '../schemas/oee.ts'
import type { Shifts } from '../schemas/shifts.ts'
import type { ShiftStops, Stops } from '../schemas/stops.ts'
import { memberColumns, renderCsv, timeColumns } from './csv.ts'
import type { CsvColumns } from './csv.ts'

/** The columns of shifts, stops and OEE in CSV. A nested member has its own column. */

const STOP_SECONDS: (keyof ShiftStops)[] = [
  'planned_seconds',
  'unplanned_seconds',
  'no_demand_seconds',
  'unexplained_seconds',
  'no_data_seconds',
]
const stopColumns: CsvColumns<{ stops: ShiftStops }> = Object.fromEntries(
  STOP_SECONDS.map((name) => [`stops_${name}`, ({ stops }: { stops: ShiftStops }) => stops[name]]),
)

const FACTORS = ['availability', 'performance', 'quality', 'oee'] as const
type Shift = Shifts['shifts'][number]

const SHIFTS: CsvColumns<Shift> = {
  ...memberColumns('date', 'name'),
  ...timeColumns('from'),
  ...timeColumns('to'),
  ...memberColumns('planned_seconds', 'actual', 'goal', 'gap', 'attainment', 'readings', 'goal_readings'),
  ...memberColumns('target', 'expected', 'scrap', 'good'),
  ...stopColumns,
  ...Object.fromEntries(FACTORS.map((name) => [name, ({ oee }: Shift) => oee?.[name] ?? null])),
}

const STOPS: CsvColumns<Stops['stops'][number]> = {
  ...timeColumns('from'),
  ...timeColumns('to'),
  ...memberColumns('seconds', 'planned_seconds', 'reason', 'annotation', 'note'),
  shift_date: ({ shift }) => shift?.date ?? null,
  shift_name: ({ shift }) => shift?.name ?? null,
}

const OEE: CsvColumns<OeeReport['items'][number]> = {
  ...memberColumns('date', 'name'),
  ...timeColumns('from'),
  ...timeColumns('to'),
  ...memberColumns('planned_seconds', 'run_seconds'),
  ...stopColumns,
  ...memberColumns('actual', 'scrap', 'inspected', ...FACTORS),
}

/** Renders shifts as CSV. */
export const renderShiftsCsv = (shifts: readonly Shift[]): string => renderCsv(SHIFTS, shifts)
/** Renders stops as CSV. */
export const renderStopsCsv = (stops: Stops['stops']): string => renderCsv(STOPS, stops)
/** Renders the items of an OEE report as CSV. The total is left out, because it would be a line among those that it sums up. */
export const renderOeeCsv = ({ items }: Pick<OeeReport, 'items'>): string => renderCsv(OEE, items)
