import { median, pairs, sum } from 'd3-array'
import { makeOffsetReader } from '../rollups/time-zones.ts'
import { wrapName } from '../schemas/text-direction.ts'
import { escape, HEIGHT, legend, plot, text, WIDTH } from './chart-svg-plot.ts'
import type { Point } from './chart-svg-plot.ts'
import { STYLE } from './chart-svg-style.ts'

/** What a picture shows. `chart` is the JSON text of the columns, in order of time. */
export interface ChartSvgInput {
  id: number
  name: string | null
  time_zone: string
  chart: string
}

/** A silence of so many usual steps is shown as one: a line across it would say that sprockets were made. */
const SILENCE_STEPS = 3
/** So many steps before and after say what is usual there: a gateway may have read each hour, and each minute since. */
const GAP_WINDOW = 5
/** Characters of a name that fit the picture's width. */
const NAME_LENGTH = 60

/** The readings in order, with an empty one wherever nothing was heard for long. */
const pointsOf = ({ chart, time_zone }: ChartSvgInput): Point[] => {
  const { time, sprocket_production_actual, sprocket_production_goal } = JSON.parse(chart) as Record<string, number[]>
  // One offset for all, that of the newest reading, so that the axis has no hour twice when clocks are put back.
  const offset = makeOffsetReader(time_zone)(time!.at(-1) ?? 0)
  const points = time!
    .map((seconds, n) => ({
      time: new Date(1000 * (seconds + offset)),
      actual: sprocket_production_actual![n]!,
      goal: sprocket_production_goal![n]!,
    }))
    // A time may be further back than a date can say; no axis reaches there.
    .filter((point) => !Number.isNaN(point.time.getTime()))
  const steps = pairs(points, (a, b) => b.time.getTime() - a.time.getTime())
  return points.flatMap((point, n): Point[] => {
    const usual = n === 0 ? 0 : median(steps.slice(Math.max(0, n - 1 - GAP_WINDOW), n + GAP_WINDOW))!
    const silent = n > 0 && steps[n - 1]! > SILENCE_STEPS * usual
    return silent ? [{ time: new Date(points[n - 1]!.time.getTime() + usual), actual: null, goal: null }, point] : [point]
  })
}

const clock = (time: Date) => time.toISOString().slice(0, 16).replace('T', ' ')

/** What the picture shows, in a sentence or two. */
const describe = (points: Point[], zone: string): string => {
  const readings = points.filter(({ actual, goal }) => actual !== null || goal !== null)
  if (readings.length === 0) return 'No readings.'
  const { time, actual, goal } = readings.at(-1)!
  // As the summary counts: over the readings that have a goal, if any of them says what was made.
  const judged = readings.filter((reading) => reading.goal !== null)
  const [made, planned] = [sum(judged, (reading) => reading.actual), sum(judged, (reading) => reading.goal)]
  const isKnown = planned > 0 && judged.some((reading) => reading.actual !== null)
  const attainment = isKnown ? `: ${made} made of ${planned} planned, ${((100 * made) / planned).toFixed(1)} %` : ''
  return (
    `${readings.length} readings from ${clock(readings[0]!.time)} to ${clock(time)} (${zone})${attainment}. ` +
    `The newest: ${actual ?? 'unknown'} made, ${goal ?? 'unknown'} planned.`
  )
}

/** The chart of a factory as an SVG picture that looks right on light and dark, and says in words what it shows. */
export const renderChartSvg = (pictured: ChartSvgInput): string => {
  const points = pointsOf(pictured)
  const hasFigures = points.some(({ actual, goal }) => actual !== null || goal !== null)
  const wrap = pictured.name === null ? (text: string) => text : wrapName
  const name = pictured.name ?? `Factory ${pictured.id}`
  const shown = Array.from(name.toWellFormed())
  const heading = wrap(shown.length > NAME_LENGTH ? `${shown.slice(0, NAME_LENGTH - 1).join('')}…` : name)
  const [first, last] = [points[0], points.at(-1)]
  const span = first && last ? `${clock(first.time)} to ${clock(last.time)}, ${pictured.time_zone}` : pictured.time_zone
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${HEIGHT}" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-labelledby="title desc">`,
    `<title id="title">${escape(`${wrap(name)}: sprockets made and planned`)}</title>`,
    `<desc id="desc">${escape(describe(points, pictured.time_zone))}</desc>`,
    `<style>${STYLE}</style>`,
    `<rect class="ground" width="${WIDTH}" height="${HEIGHT}" rx="8"/>`,
    text(24, 32, 'heading', heading),
    text(24, 50, 'label', span),
    hasFigures ? legend + plot(points) : text(WIDTH / 2, HEIGHT / 2, 'label', 'No readings', 'middle'),
    '</svg>\n',
  ].join('\n')
}
