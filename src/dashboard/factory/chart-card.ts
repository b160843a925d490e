import type { createChart } from '../chart/chart.ts'
import { describeChart, formatChartTitle, isOngoing } from '../chart/chart-summary.ts'
import { h, setText } from '../elements/dom.ts'
import type { Api } from '../api/api.ts'
import { createRangeBar } from '../chart/range-bar.ts'
import type { Interval } from '../chart/series.ts'
import type { Last, Range } from '../page/view-url.ts'
import { createChartOptions } from './chart-options.ts'
import { loadGhost } from './ghost.ts'
import type { FactoryData, RangeChart } from './load-factory.ts'
import { createPeriodBar } from './period-bar.ts'
import { formatPeriod } from './period.ts'
import type { createTimeline } from './timeline.ts'
import { texts } from '../texts/chart.ts'

const HINT = matchMedia('(pointer: coarse)').matches ? texts.touchHint : texts.pointerHint

interface ChartCardOptions {
  api: Api
  id: number
  range: Range
  /** Shows another range. `isReplacement` replaces the history entry, so that "Back" skips single steps of moving and zooming. */
  show(range: Range, isReplacement?: boolean): void
  /** Shows the range that was chosen by name last. */
  reset(): void
}

const createLegend = () => {
  const sample = (of: string) => h('span', { className: `sample ${of}`, 'aria-hidden': 'true' })
  return h(
    'p',
    { className: 'legend' },
    ...Object.entries(texts.legend).map(([name, text]) => h('span', { className: `of-${name}` }, sample(name), text)),
  )
}

/** Returns the name of a range; undefined for an interval that is neither a shift nor a day. */
const findName = (range: Range, { period }: FactoryData): Last | undefined => {
  if (period) return period.shift ? 'shift' : 'day'
  return 'last' in range ? range.last : undefined
}

/** Creates the chart of a factory with its range bar and its description. The code of the chart is loaded at the same time as the first data. */
export const createChartCard = (options: ChartCardOptions, points: HTMLElement, timeline: ReturnType<typeof createTimeline>) => {
  // `show` reports a failure.
  import('../chart/chart.ts').catch(() => {})
  const title = h('h2', { id: 'chart-title' })
  const readout = h('p', { className: 'readout', 'aria-live': 'polite' }, HINT)
  const description = h('p', { className: 'hint', id: 'chart-words' })
  const box = h('div', {
    className: 'chart',
    tabIndex: 0,
    role: 'group',
    'aria-label': texts.label,
    'aria-describedby': description.id,
    'data-empty': texts.noPoints,
  })
  let { range } = options
  let shown: RangeChart | undefined
  /** The data that was drawn last. */
  let drawn: RangeChart | undefined
  let chart: ReturnType<typeof createChart> | undefined

  /** Returns the interval of the x axis; undefined if the axis covers the data. */
  const findInterval = ({ range: of, period }: RangeChart): Interval | undefined => {
    if (period) return [period.from, period.to]
    return 'from' in of ? [of.from, of.to] : undefined
  }
  const interval = (): Interval | undefined => {
    if ('from' in range) return [range.from, range.to]
    if (!shown || shown.range !== range) return undefined
    const { time } = shown.series
    return findInterval(shown) ?? (time.length ? [time[0]!, time.at(-1)! + 1] : undefined)
  }
  const bar = createRangeBar({ ...options, interval, zone: () => shown?.zone ?? 'UTC' })
  const periodBar = createPeriodBar(options.id)
  const legend = createLegend()
  const chartOptions = createChartOptions(() => void draw())

  /** Draws the chart, first without the earlier period, which is loaded on demand. A missing one hides nothing else. */
  const draw = async (signal?: AbortSignal) => {
    if (!shown || !chart) return
    const next = shown
    const isOtherRange = drawn?.range !== next.range || drawn.period?.from !== next.period?.from
    drawn = next
    const { series, resolution, zone, period } = next
    const known = next.rows?.findLast(({ isFuture }) => !isFuture)
    const content = {
      series,
      zone,
      over: findInterval(next),
      stepsUntil: known && Math.min(known.to, next.until),
      ongoing: isOngoing(series, resolution),
    }
    const days = period ? chartOptions.ghostDays : 0
    legend.classList.toggle('has-ghost', days > 0)
    chart.startAtZero(chartOptions.isFromZero)
    if (days === 0 || isOtherRange) chart.show(content)
    if (days === 0) return
    const ghost = await loadGhost(options.api, options.id, next, days, signal ?? new AbortController().signal).catch(() => undefined)
    if (shown === next && chartOptions.ghostDays === days) chart.show({ ...content, ghost })
  }

  return {
    element: h(
      'section',
      { className: 'card', 'aria-labelledby': title.id },
      h('div', { className: 'bar' }, h('div', { className: 'period' }, periodBar.previous, title, periodBar.next), bar.links),
      h('div', { className: 'bar' }, legend, bar.tools),
      h('div', { className: 'bar' }, readout, chartOptions.element),
      box,
      timeline.element,
      description,
      bar.custom,
      points,
    ),
    changeRange(next: Range) {
      range = next
    },
    /** Shows the data. Returns false if it is shown already. */
    async show(data: FactoryData, signal: AbortSignal): Promise<boolean> {
      const next = data.chart
      bar.mark(next.range, findName(next.range, data), data.calendar.shifts !== undefined)
      periodBar.show(data)
      timeline.show(data)
      if (next === shown) return false
      const { createChart } = await import('../chart/chart.ts')
      if (signal.aborted) return false
      shown = next
      const { resolution, zone, period } = next
      setText(title, period ? formatPeriod(period, zone) : formatChartTitle(next.range, resolution, zone))
      chart ??= createChart(box, readout, {
        showInterval: ([from, to]) => options.show({ from, to }, true),
        reset: options.reset,
        layout: timeline.align,
      })
      chartOptions.allowComparison(period !== undefined)
      void draw(signal)
      setText(description, describeChart(next))
      const filled = interval()
      if (filled) bar.fill(filled)
      return true
    },
    /** Renders the chart as SVG under the name of its factory; undefined before its data is drawn. */
    toSvg: (name: string) => chart?.toSvg(`${name} · ${title.textContent}`, description.textContent),
    end: () => chart?.end(),
  }
}
