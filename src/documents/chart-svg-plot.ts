import { extent } from 'd3-array'
import { scaleLinear, scaleUtc } from 'd3-scale'
import { area, line } from 'd3-shape'

/** A reading of the plot. `time` is the factory's local time as if it were UTC. A null value interrupts its line. */
export interface Point {
  time: Date
  actual: number | null
  goal: number | null
}

export const WIDTH = 800
export const HEIGHT = 340
/** Position of the plot. Its left edge moves right if the numbers of the axis need more space. */
const PLOT = { left: 52, right: WIDTH - 24, top: 84, bottom: HEIGHT - 40 }
/** Gap between a number of the axis and the plot, and maximum width of a digit, in units of the SVG. */
const TICK_GAP = 8
const DIGIT_WIDTH = 8
/** Approximate number of ticks on the time axis. */
const TICKS = 8

/** Escapes text for XML. Characters that XML cannot represent, such as control characters, become U+FFFD. */
export const escape = (text: string): string =>
  text
    .toWellFormed()
    .replaceAll(/[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu, '\uFFFD')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')

/** Renders a text element. */
export const text = (x: number, y: number, className: string, content: string, anchor = 'start') =>
  `<text x="${x}" y="${y}" class="${className}" text-anchor="${anchor}">${escape(content)}</text>`

/** Returns the domain of a scale: the extent of the values, or `margin` to both sides if all are equal. */
const domainOf = (values: number[], margin: number): [number, number] => {
  const [min, max] = extent(values) as [number, number]
  return min === max ? [min - margin, max + margin] : [min, max]
}

/** Returns the format of time ticks: the year at its start, the day at midnight, otherwise a 24-hour time. */
const tickFormat = (x: ReturnType<typeof scaleUtc>) => {
  const [year, day, minute, second] = ['%Y', '%d %b', '%H:%M', '%H:%M:%S'].map((format) => x.tickFormat(TICKS, format))
  return (tick: Date) => {
    const rest = tick.toISOString().slice(5, 19)
    return (rest === '01-01T00:00:00' ? year : rest.endsWith('T00:00:00') ? day : rest.endsWith(':00') ? minute : second)!(tick)
  }
}

/** Renders axes, grid and lines. At least one point must have a value. */
export const plot = (points: Point[]): string => {
  const [from, to] = domainOf(
    points.map(({ time }) => time.getTime()),
    30 * 60_000,
  )
  const values = points.flatMap(({ actual, goal }) => [actual, goal].filter((value) => value !== null))
  const [min, max] = domainOf(values, 2)
  const y = scaleLinear([Math.max(0, min), max], [PLOT.bottom, PLOT.top]).nice(5)
  const formatCount = y.tickFormat(5, max < 100_000 ? 'd' : '~s')
  const counts = y.ticks(5).filter(Number.isInteger)
  const left = Math.max(PLOT.left, 2 * TICK_GAP + DIGIT_WIDTH * Math.max(0, ...counts.map((count) => formatCount(count).length)))
  const x = scaleUtc([from, to], [left, PLOT.right])
  const formatTime = tickFormat(x)
  const grid = counts.map((count) => {
    const at = Math.round(y(count)) + 0.5
    return `<path class="grid" d="M${left},${at}H${PLOT.right}"/>${text(left - TICK_GAP, at + 4, 'tick', formatCount(count), 'end')}`
  })
  const timeTicks = x.ticks(TICKS).map((tick) => {
    const at = Math.round(x(tick)) + 0.5
    return `<path class="axis" d="M${at},${PLOT.bottom}v5"/>${text(at, PLOT.bottom + 20, 'tick', formatTime(tick), 'middle')}`
  })
  /** Renders a line, and a dot for each value without neighbours, because no line shows those. */
  const renderLine = (of: 'actual' | 'goal') => {
    const isolated = points.filter(
      (point, n) => point[of] !== null && (points[n - 1]?.[of] ?? null) === null && (points[n + 1]?.[of] ?? null) === null,
    )
    const path =
      line<Point>(
        ({ time }) => x(time),
        (point) => y(point[of]!),
      )
        .digits(1)
        .defined((point) => point[of] !== null)(points) ?? ''
    const dots = isolated.map(
      (point) => `<circle class="${of}" cx="${x(point.time).toFixed(1)}" cy="${y(point[of]!).toFixed(1)}" r="1.5"/>`,
    )
    return `<path class="${of}" d="${path}"/>${dots.join('')}`
  }
  const gapArea = area<Point>(
    ({ time }) => x(time),
    ({ goal }) => y(goal!),
    ({ actual }) => y(actual!),
  )
    .digits(1)
    .defined(({ actual, goal }) => actual !== null && goal !== null)(points)
  return [
    ...grid,
    `<path class="axis" d="M${left},${PLOT.bottom + 0.5}H${PLOT.right}"/>`,
    ...timeTicks,
    `<path class="gap" d="${gapArea ?? ''}"/>`,
    renderLine('goal'),
    renderLine('actual'),
  ].join('')
}

/** The legend. */
export const legend = [
  `<path class="actual" d="M${PLOT.left},66h26"/>${text(PLOT.left + 34, 70, 'label', 'made')}`,
  `<path class="goal" d="M${PLOT.left + 92},66h26"/>${text(PLOT.left + 126, 70, 'label', 'planned')}`,
].join('')
