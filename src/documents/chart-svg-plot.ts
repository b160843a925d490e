import { extent } from 'd3-array'
import { scaleLinear, scaleUtc } from 'd3-scale'
import { area, line } from 'd3-shape'

/** One reading, placed: `time` in ms of the clock on the factory's wall, as if that were UTC; null where a line breaks. */
export interface Point {
  time: Date
  actual: number | null
  goal: number | null
}

export const WIDTH = 800
export const HEIGHT = 340
/** The plot; its left edge moves right where the figures of the axis need more room. */
const PLOT = { left: 52, right: WIDTH - 24, top: 84, bottom: HEIGHT - 40 }
/** Between a figure of the axis and the plot, and at most the width of one of its characters, in units of the picture. */
const TICK_GAP = 8
const DIGIT_WIDTH = 8
/** About so many times are written below the plot. */
const TICKS = 8

/** Text as XML may hold it. What XML has no form for, such as control characters, becomes the replacement character. */
export const escape = (text: string): string =>
  text
    .toWellFormed()
    .replaceAll(/[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu, '\uFFFD')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')

/** Words at a place. */
export const text = (x: number, y: number, className: string, words: string, anchor = 'start') =>
  `<text x="${x}" y="${y}" class="${className}" text-anchor="${anchor}">${escape(words)}</text>`

/** A span to draw in, also where all is one and the same. */
const spanOf = (values: number[], room: number): [number, number] => {
  const [least, most] = extent(values) as [number, number]
  return least === most ? [least - room, most + room] : [least, most]
}

/** The ticks of a clock of 24 hours: a day at midnight, a year where one begins. */
const clockFormat = (x: ReturnType<typeof scaleUtc>) => {
  const [year, day, minute, second] = ['%Y', '%d %b', '%H:%M', '%H:%M:%S'].map((format) => x.tickFormat(TICKS, format))
  return (tick: Date) => {
    const rest = tick.toISOString().slice(5, 19)
    return (rest === '01-01T00:00:00' ? year : rest.endsWith('T00:00:00') ? day : rest.endsWith(':00') ? minute : second)!(tick)
  }
}

/** Axes, grid and lines. Needs at least one figure. */
export const plot = (points: Point[]): string => {
  const [from, to] = spanOf(
    points.map(({ time }) => time.getTime()),
    30 * 60_000,
  )
  const figures = points.flatMap(({ actual, goal }) => [actual, goal].filter((figure) => figure !== null))
  const [least, most] = spanOf(figures, 2)
  const y = scaleLinear([Math.max(0, least), most], [PLOT.bottom, PLOT.top]).nice(5)
  const figure = y.tickFormat(5, most < 100_000 ? 'd' : '~s')
  const counts = y.ticks(5).filter(Number.isInteger)
  const left = Math.max(PLOT.left, 2 * TICK_GAP + DIGIT_WIDTH * Math.max(0, ...counts.map((count) => figure(count).length)))
  const x = scaleUtc([from, to], [left, PLOT.right])
  const label = clockFormat(x)
  const across = counts.map((count) => {
    const at = Math.round(y(count)) + 0.5
    return `<path class="grid" d="M${left},${at}H${PLOT.right}"/>${text(left - TICK_GAP, at + 4, 'tick', figure(count), 'end')}`
  })
  const along = x.ticks(TICKS).map((tick) => {
    const at = Math.round(x(tick)) + 0.5
    return `<path class="axis" d="M${at},${PLOT.bottom}v5"/>${text(at, PLOT.bottom + 20, 'tick', label(tick), 'middle')}`
  })
  /** A line, and a dot for a figure without neighbours, of which no line would show anything. */
  const draw = (of: 'actual' | 'goal') => {
    const alone = points.filter(
      (point, n) => point[of] !== null && (points[n - 1]?.[of] ?? null) === null && (points[n + 1]?.[of] ?? null) === null,
    )
    const path =
      line<Point>(
        ({ time }) => x(time),
        (point) => y(point[of]!),
      )
        .digits(1)
        .defined((point) => point[of] !== null)(points) ?? ''
    const dots = alone.map((point) => `<circle class="${of}" cx="${x(point.time).toFixed(1)}" cy="${y(point[of]!).toFixed(1)}" r="1.5"/>`)
    return `<path class="${of}" d="${path}"/>${dots.join('')}`
  }
  const between = area<Point>(
    ({ time }) => x(time),
    ({ goal }) => y(goal!),
    ({ actual }) => y(actual!),
  )
    .digits(1)
    .defined(({ actual, goal }) => actual !== null && goal !== null)(points)
  return [
    ...across,
    `<path class="axis" d="M${left},${PLOT.bottom + 0.5}H${PLOT.right}"/>`,
    ...along,
    `<path class="gap" d="${between ?? ''}"/>`,
    draw('goal'),
    draw('actual'),
  ].join('')
}

/** Which line is which. */
export const legend = [
  `<path class="actual" d="M${PLOT.left},66h26"/>${text(PLOT.left + 34, 70, 'label', 'made')}`,
  `<path class="goal" d="M${PLOT.left + 92},66h26"/>${text(PLOT.left + 126, 70, 'label', 'planned')}`,
].join('')
