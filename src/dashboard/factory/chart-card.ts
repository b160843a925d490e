import type { createChart, Interval } from '../chart.ts'
import { describeChart, formatChartTitle, isOngoing } from '../chart-summary.ts'
import { h, setText } from '../dom.ts'
import { createRangeBar } from '../range-bar.ts'
import type { Range } from '../view-url.ts'
import type { FactoryData } from './load-factory.ts'

interface ChartCardOptions {
  id: number
  range: Range
  /** Shows another range. `isReplacement` replaces the history entry, so that "Back" skips single steps of moving and zooming. */
  show(range: Range, isReplacement?: boolean): void
  /** Shows the range that was chosen by name last. */
  reset(): void
}

const createLegend = () => {
  const sample = (of: string) => h('span', { className: `sample ${of}`, 'aria-hidden': 'true' })
  return h('p', { className: 'legend' }, sample('actual'), 'made ', sample('goal'), 'planned')
}

/** Creates the chart of a factory with its range bar and its description. The code of the chart is loaded with the first data. */
export const createChartCard = (options: ChartCardOptions, points: HTMLElement) => {
  const title = h('h2', { id: 'chart-title' })
  const readout = h('p', { className: 'readout', 'aria-live': 'polite' })
  const description = h('p', { className: 'hint', id: 'chart-words' })
  const box = h('div', {
    className: 'chart',
    tabIndex: 0,
    role: 'group',
    'aria-label': 'Chart of made against planned. Arrow keys read values, with Shift they move through time; plus and minus zoom, 0 resets',
    'aria-describedby': description.id,
  })
  let { range } = options
  let shown: FactoryData['chart'] | undefined
  let chart: ReturnType<typeof createChart> | undefined

  const interval = (): Interval | undefined => {
    if ('from' in range) return [range.from, range.to]
    const time = shown?.range === range ? shown.series.time : []
    return time.length ? [time[0]!, time.at(-1)! + 1] : undefined
  }
  const bar = createRangeBar({ ...options, interval, zone: () => shown?.zone ?? 'UTC' })
  bar.mark(range)

  return {
    element: h(
      'section',
      { className: 'card', 'aria-labelledby': title.id },
      h('div', { className: 'bar' }, title, bar.links),
      h('div', { className: 'bar' }, createLegend(), bar.tools),
      readout,
      box,
      description,
      bar.custom,
      points,
    ),
    changeRange(next: Range) {
      range = next
      bar.mark(range)
    },
    /** Shows the data. Returns false if it is shown already. */
    async show(next: FactoryData['chart'], signal: AbortSignal): Promise<boolean> {
      if (next === shown) return false
      const { createChart } = await import('../chart.ts')
      if (signal.aborted) return false
      shown = next
      const { series, resolution, zone } = next
      setText(title, formatChartTitle(next.range, resolution, zone))
      chart ??= createChart(box, readout, { showInterval: ([from, to]) => options.show({ from, to }, true), reset: options.reset })
      const over = 'from' in next.range && { over: [next.range.from, next.range.to] as Interval }
      chart.show(series, zone, { ...over, ongoing: isOngoing(series, resolution) })
      setText(description, describeChart(next))
      const filled = interval()
      if (filled) bar.fill(filled)
      return true
    },
    end: () => chart?.end(),
  }
}
