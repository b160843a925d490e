import type uPlot from 'uplot'
import type { Columns } from './chart-columns.ts'
import { svg } from '../elements/dom.ts'
import { texts } from '../texts/chart.ts'

/** The ticks of an axis with their labels. A label may have two lines. */
export interface AxisTicks {
  ticks: number[]
  labels: string[]
}

/** The parts of a chart that its picture repeats. */
export interface DrawnChart {
  plot: uPlot
  columns: Columns
  /** Ticks of the x axis and of the y axis. */
  axes: [AxisTicks, AxisTicks]
  zone: string
  /** True if the points are drawn as steps. */
  isStepped: boolean
}

type Point = [x: number, y: number]

/** Height of the heading above the plot, CSS pixels. */
const HEADING = 64
const LINES = ['actual', 'goal', 'ghost'] as const

/** The style of the picture, in the colours of the theme of the page. */
const createStyle = (size: number, headingSize: number): string => {
  const theme = getComputedStyle(document.documentElement)
  const colour = (name: string) => theme.getPropertyValue(`--${name}`).trim()
  return [
    `text{font:${size}px system-ui,-apple-system,"Segoe UI",Roboto,sans-serif;fill:${colour('soft')}}.heading{font-size:${headingSize}px;font-weight:600;fill:${colour('ink')}}`,
    `.ground{fill:${colour('card')}}.grid{stroke:${colour('line')}}.line{fill:none;stroke-width:2}.actual{stroke:${colour('accent')}}`,
    `.goal{stroke:${colour('soft')};stroke-dasharray:6 4}.ghost{stroke:${colour('ghost')}}`,
    `.behind{fill:${colour('behind-fill')}}.ahead{fill:${colour('ahead-fill')}}circle.actual{fill:${colour('accent')}}circle.goal{fill:${colour('soft')}}`,
  ].join('')
}

/** Splits a column into runs of known values. A step keeps its value until the next point. */
const listRuns = ({ plot, columns, isStepped }: DrawnChart, column: 1 | 2 | 3): Point[][] => {
  const runs: Point[][] = [[]]
  columns[0].forEach((time, n) => {
    const value = columns[column][n]
    const run = runs.at(-1)!
    if (value == null) return run.length && runs.push([])
    const [x, y] = [plot.valToPos(time, 'x'), plot.valToPos(value, 'y')]
    const previous = run.at(-1)
    if (isStepped && previous) run.push([x, previous[1]])
    return run.push([x, y])
  })
  return runs.filter((run) => run.length > 0)
}

const toPath = (points: Point[]): string => points.map(([x, y], n) => `${n === 0 ? 'M' : 'L'}${x.toFixed(1)},${y.toFixed(1)}`).join('')

/** Returns the areas between the lines of runs and a horizontal line. */
const toArea = (runs: Point[][], y: number): string =>
  runs.map((run) => `${toPath(run)}L${run.at(-1)![0].toFixed(1)},${y}L${run[0]![0].toFixed(1)},${y}Z`).join('')

/** Creates the areas where made is below and above the plan: the area of one line, cut off at the other line. */
const createGaps = (actual: Point[][], goal: Point[][], height: number): SVGElement[] => {
  const clip = (id: string, path: string) => svg('clipPath', { id }, svg('path', { d: path }))
  return [
    clip('under-goal', toArea(goal, height)),
    clip('over-goal', toArea(goal, 0)),
    svg('path', { class: 'behind', d: toArea(actual, 0), 'clip-path': 'url(#under-goal)' }),
    svg('path', { class: 'ahead', d: toArea(actual, height), 'clip-path': 'url(#over-goal)' }),
  ]
}

const createText = (x: number, y: number, content: string, attributes: Record<string, string> = {}) => {
  const element = svg('text', { x: Math.round(x), y: Math.round(y), ...attributes })
  element.textContent = content
  return element
}

const createAxes = ({ plot, axes: [times, values], zone }: DrawnChart, width: number, height: number, em: number): SVGElement[] => [
  ...values.ticks.flatMap((tick, n) => {
    const y = plot.valToPos(tick, 'y')
    return [
      svg('path', { class: 'grid', d: `M0,${y}H${width}` }),
      createText(-8, y + em / 3, values.labels[n] ?? '', { 'text-anchor': 'end' }),
    ]
  }),
  ...times.ticks.flatMap((tick, n) => {
    const x = plot.valToPos(tick, 'x')
    const lines = (times.labels[n] ?? '').split('\n')
    return [
      svg('path', { class: 'grid', d: `M${x},0V${height + 5}` }),
      ...lines.map((line, row) => createText(x, height + em * (1.7 + 1.3 * row), line, { 'text-anchor': 'middle' })),
    ]
  }),
  createText(width / 2, height + em * 4.6, texts.timeIn(zone), { 'text-anchor': 'middle' }),
]

/** Renders the chart as SVG with its style: the drawn interval, axes, lines, and the gap to the plan. */
export const renderSvg = (drawn: DrawnChart, title: string, description: string): string => {
  const { plot, columns } = drawn
  const { offsetLeft: left, clientWidth: width, clientHeight: height } = plot.over
  const em = 0.8 * parseFloat(getComputedStyle(document.documentElement).fontSize)
  const size = { width: plot.width, height: HEADING + height + Math.ceil(em * 5.2) }
  const runs = ([1, 2, 3] as const).map((column) => listRuns(drawn, column))
  const shown = LINES.filter((_, n) => n < 2 || columns[3].some((value) => value !== null))
  const legend = shown.flatMap((name, n) => [
    svg('path', { class: `line ${name}`, d: `M${left + n * em * 9},50h26` }),
    createText(left + n * em * 9 + 34, 50 + em / 3, texts.legend[name]),
  ])
  const lines = shown.map((name) => svg('path', { class: `line ${name}`, d: runs[LINES.indexOf(name)]!.map(toPath).join('') }))
  const dots = shown.flatMap((name) =>
    runs[LINES.indexOf(name)]!.filter(({ length }) => length === 1).map(([point]) =>
      svg('circle', { class: name, cx: point![0].toFixed(1), cy: point![1].toFixed(1), r: 2 }),
    ),
  )
  const [heading, words, style] = [svg('title', { id: 'title' }), svg('desc', { id: 'desc' }), svg('style', {})]
  heading.textContent = title
  words.textContent = description
  // A letter is about half as wide as it is high, so that a long title fits the picture of a narrow page.
  style.textContent = createStyle(em, Math.min(1.4 * em, (1.8 * width) / title.length))
  const clip = svg('clipPath', { id: 'plot' }, svg('rect', { width, height }))
  const content = svg('g', { 'clip-path': 'url(#plot)' }, ...createGaps(runs[0]!, runs[1]!, height), ...lines, ...dots)
  const picture = svg(
    'svg',
    { ...size, viewBox: `0 0 ${size.width} ${size.height}`, role: 'img', 'aria-labelledby': 'title desc' },
    heading,
    words,
    style,
    svg('rect', { class: 'ground', ...size }),
    createText(left, 28, title, { class: 'heading' }),
    ...legend,
    svg('g', { transform: `translate(${left} ${HEADING})` }, clip, ...createAxes(drawn, width, height, em), content),
  )
  return new XMLSerializer().serializeToString(picture)
}
