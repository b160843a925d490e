import { createCounter } from '../plural.ts'

const count = createCounter('en')

/** The kinds of points of a chart, as nouns. */
const POINTS = {
  raw: { one: 'reading', other: 'readings' },
  hour: { one: 'hour', other: 'hours' },
  day: { one: 'day', other: 'days' },
}
type Resolution = keyof typeof POINTS

export const chart = {
  title: {
    week: 'The last 7 days, hour by hour',
    month: 'The last 30 days, hour by hour',
    year: 'The last 365 days, day by day',
    newest: 'The newest readings',
  },
  steps: { raw: '', hour: ', hour by hour', day: ', day by day' },
  ranges: { shift: 'shift', day: 'day', week: 'week', month: 'month', year: 'year', newest: 'newest' },
  points: (points: number, resolution: Resolution) => count(points, POINTS[resolution]),
  sample: (points: string) => `A sample of ${points} readings`,
  extent: (points: string, from: string, to: string, zone: string) => `${points} from ${from} to ${to} (${zone}).`,
  madeBetween: (lowest: string, highest: string) => `Made between ${lowest} and ${highest}.`,
  total: (made: string, planned: string, gap: string, behind: number, points: number, resolution: Resolution) =>
    `${made} made of ${planned} planned, ${gap}; behind goal in ${behind} of ${count(points, POINTS[resolution])} with a goal.`,
  noPoints: 'No data',
  noData: 'There is no data in this range.',
  noDataIn: (points: number, resolution: Resolution) => `No data in ${count(points, POINTS[resolution])}.`,
  missingIn: (points: number, resolution: Resolution) => `Readings are missing in ${count(points, POINTS[resolution])}.`,
  notOver: (resolution: Resolution) => `The last ${POINTS[resolution].one} is not over yet.`,
  cut: (resolution: Resolution) => `The range has more ${POINTS[resolution].other} than the chart shows; these are the first.`,

  label: 'Chart of made against planned. Arrow keys read values, with Shift they move through time; plus and minus zoom, 0 resets',
  touchHint: 'Tap to read values; one finger moves through time, two zoom.',
  pointerHint: 'Point to read values, drag to zoom, Shift and drag to move. Keys: ← → read, Shift ← → move, + − zoom, 0 resets.',
  legend: { actual: 'made', goal: 'planned', 'behind-area': 'behind', 'ahead-area': 'ahead', ghost: 'earlier' },
  timeIn: (zone: string) => `Time in ${zone}`,
  describePoint: (time: string, zone: string, made: string, planned: string, gap: string) =>
    `${time} (${zone}): made ${made}, planned ${planned}, gap ${gap}`,
  tooltip: { made: 'Made', plan: 'Plan', gap: 'Gap', share: 'Share', earlier: 'Earlier' },

  compareWith: 'Compare with',
  ghosts: { 0: 'no other period', 1: 'the previous day', 7: 'the previous week' },
  axisFromZero: 'axis from 0',
  range: 'Range',
  moveThroughTime: 'Move through time',
  earlier: 'Earlier',
  later: 'Later',
  zoomIn: 'Zoom in',
  zoomOut: 'Zoom out',
  resetZoom: 'Reset the zoom',
  from: 'From',
  to: 'to',
  inZone: (zone: string) => `in ${zone}`,
  show: 'Show',
  endBeforeStart: 'The end must be after the start.',
  previous: { shift: 'Previous shift', day: 'Previous day' },
  next: { shift: 'Next shift', day: 'Next day' },

  everyPoint: 'Every point of the chart',
  sampleTable: 'Sample as a table',
  table: 'Data as a table',
  heads: { raw: 'Time', hour: 'Hour from', day: 'Day from' },
  columns: { made: 'Made', planned: 'Planned', gap: 'Gap', readings: 'Readings', change: 'Change' },
  incomplete: (missing: string) => `incomplete: ${missing}`,
  correct: 'Correct',
  correctReading: (time: string) => `Correct the reading of ${time}`,
}
