import { sum } from 'd3-array'
import { makeOffsetReader } from '../local-time/time-zones.ts'
import { findGaps } from '../schemas/chart-gaps.ts'
import { wrapName } from '../schemas/text-direction.ts'
import { escape, HEIGHT, legend, plot, text, WIDTH } from './chart-svg-plot.ts'
import type { Point } from './chart-svg-plot.ts'
import { STYLE } from './chart-svg-style.ts'
import { chartReadings } from './json.ts'

/** The data of a chart SVG. `texts` are the chunks of the chart. */
export interface ChartSvgInput {
  id: number
  name: string | null
  time_zone: string
  texts: string
}

/** Characters of a name that fit the width of the SVG. */
const NAME_LENGTH = 60

/** Parses the readings, and inserts an empty point into each gap. */
const parsePoints = ({ texts, time_zone }: ChartSvgInput): Point[] => {
  const { time, actual, goal } = chartReadings(texts)
  // All points use the offset of the newest reading, so that the axis shows no hour twice when clocks go back.
  const offset = makeOffsetReader(time_zone)(time.at(-1) ?? 0)
  const points = time
    .map((seconds, n) => ({
      time: new Date(1000 * (seconds + offset)),
      actual: actual[n] ?? null,
      goal: goal[n] ?? null,
    }))
    // A time can be outside the range of Date. No axis can show it.
    .filter((point) => !Number.isNaN(point.time.getTime()))
  const gaps = findGaps(points.map((point) => point.time.getTime()))
  return points.flatMap((point, n): Point[] => {
    const gap = gaps[n]
    return gap === undefined ? [point] : [{ time: new Date(gap), actual: null, goal: null }, point]
  })
}

const formatTime = (time: Date) => time.toISOString().slice(0, 16).replace('T', ' ')

/** Describes the chart in one or two sentences, for screen readers. */
const describe = (points: Point[], zone: string): string => {
  const readings = points.filter(({ actual, goal }) => actual !== null || goal !== null)
  if (readings.length === 0) return 'No readings.'
  const { time, actual, goal } = readings.at(-1)!
  // Like the summary: the sums of the readings that have a goal, if any of these has an actual value.
  const compared = readings.filter((reading) => reading.goal !== null)
  const [made, planned] = [sum(compared, (reading) => reading.actual), sum(compared, (reading) => reading.goal)]
  const isKnown = planned > 0 && compared.some((reading) => reading.actual !== null)
  const attainment = isKnown ? `: ${made} made of ${planned} planned, ${((100 * made) / planned).toFixed(1)} %` : ''
  return (
    `${readings.length} readings from ${formatTime(readings[0]!.time)} to ${formatTime(time)} (${zone})${attainment}. ` +
    `The newest: ${actual ?? 'unknown'} made, ${goal ?? 'unknown'} planned.`
  )
}

/** Renders the chart of a factory as SVG for light and dark themes, with a description for screen readers. */
export const renderChartSvg = (input: ChartSvgInput): string => {
  const points = parsePoints(input)
  const hasValues = points.some(({ actual, goal }) => actual !== null || goal !== null)
  const wrap = input.name === null ? (text: string) => text : wrapName
  const name = input.name ?? `Factory ${input.id}`
  const characters = Array.from(name.toWellFormed())
  const heading = wrap(characters.length > NAME_LENGTH ? `${characters.slice(0, NAME_LENGTH - 1).join('')}…` : name)
  const [first, last] = [points[0], points.at(-1)]
  const span = first && last ? `${formatTime(first.time)} to ${formatTime(last.time)}, ${input.time_zone}` : input.time_zone
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${HEIGHT}" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-labelledby="title desc">`,
    `<title id="title">${escape(`${wrap(name)}: sprockets made and planned`)}</title>`,
    `<desc id="desc">${escape(describe(points, input.time_zone))}</desc>`,
    `<style>${STYLE}</style>`,
    `<rect class="ground" width="${WIDTH}" height="${HEIGHT}" rx="8"/>`,
    text(24, 32, 'heading', heading),
    text(24, 50, 'label', span),
    hasValues ? legend + plot(points) : text(WIDTH / 2, HEIGHT / 2, 'label', 'No readings', 'middle'),
    '</svg>\n',
  ].join('\n')
}
