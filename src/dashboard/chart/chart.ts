import uPlot from 'uplot'
import { findNearest, findStep, toColumns } from './chart-columns.ts'
import type { ChartContent, DrawnColumns } from './chart-columns.ts'
import { computeScale, createStyle } from './chart-style.ts'
import { renderSvg } from './chart-svg.ts'
import type { AxisTicks } from './chart-svg.ts'
import { createTooltip } from './chart-tooltip.ts'
import { listenToGestures } from './gestures.ts'
import { describePoint } from './point.ts'
import type { Point } from './point.ts'
import type { Interval } from './series.ts'

/** Media that change the colours or the width of the chart. A resize observer does not run for the layout of paper. */
const media = [matchMedia('(prefers-color-scheme: dark)'), matchMedia('print')]

/** The place of the plot in the box of the chart, CSS pixels, and the interval that it shows. */
export interface Layout {
  left: number
  width: number
  interval: Interval
}

/** Callbacks of the chart. */
export interface ChartCallbacks {
  /** Shows another interval. */
  showInterval(interval: Interval): void
  /** Shows the range that was chosen by name last. */
  reset(): void
  /** Called after each drawing, so that other elements can share the x axis. */
  layout(layout: Layout): void
}

/** Creates a chart of actual and goal. A tooltip shows the point under the pointer; the readout describes a point selected with arrow keys. */
export const createChart = (element: HTMLElement, readout: HTMLElement, callbacks: ChartCallbacks) => {
  let plot: uPlot | undefined
  let drawn: DrawnColumns = { columns: [[], [], [], []], points: [] }
  let content: ChartContent | undefined
  /** The position of the point that the keys selected last. */
  let selected = -1
  let isFromZero = true
  /** Interval of the current gesture, until it has ended. */
  let preview: Interval | undefined
  /** The ticks of the x axis and of the y axis, as they are drawn. */
  const axes: [AxisTicks, AxisTicks] = [
    { ticks: [], labels: [] },
    { ticks: [], labels: [] },
  ]
  const end = new AbortController()
  const small = matchMedia('(max-width: 40rem)')
  const tooltip = createTooltip()
  const zone = () => content?.zone ?? 'UTC'
  const isStepped = () => content?.stepsUntil !== undefined

  const findPoint = (n: number | null | undefined): Point | undefined => {
    const [times, actual, goal, ghost] = drawn.columns
    if (n == null || times[n] === undefined) return undefined
    return { time: times[n], actual: actual[n]!, goal: goal[n]!, ghost: ghost[n]! }
  }

  const showTooltip = ({ cursor, over }: uPlot) => {
    const point = findPoint(cursor.idxs?.[1])
    if (!point || cursor.left === undefined || cursor.left < 0) return tooltip.hide()
    tooltip.show(point, zone(), { left: over.offsetLeft + cursor.left, top: over.offsetTop + cursor.top! }, element.clientWidth)
  }

  const build = () => {
    plot?.destroy()
    const scale = parseFloat(getComputedStyle(document.documentElement).fontSize) / 15
    plot = new uPlot(
      {
        width: element.clientWidth || 600,
        height: small.matches ? 240 : Math.max(280, Math.min(520 * scale, innerHeight * 0.42)),
        tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1000), zone()),
        legend: { show: false },
        cursor: {
          drag: { x: true, y: false, setScale: false },
          points: { size: 7, show: !isStepped() },
          // gestures.ts handles double clicks.
          bind: { dblclick: () => null },
          dataIdx: (_, __, closest, time) => (isStepped() ? findStep(drawn, time) : findNearest(drawn, closest, time)),
        },
        scales: { y: { range: (_, min, max) => computeScale(min, max, isFromZero) } },
        ...createStyle(zone(), isStepped(), (axis, ticks) => (axes[axis] = ticks)),
        hooks: {
          setCursor: [showTooltip],
          draw: [
            ({ over, scales: { x } }) =>
              x?.min != null &&
              x.max != null &&
              callbacks.layout({ left: over.offsetLeft, width: over.clientWidth, interval: [x.min, x.max] }),
          ],
          setSelect: [
            (self) => {
              const { left, width } = self.select
              self.setSelect({ left: 0, width: 0, top: 0, height: 0 }, false)
              if (width > 8) callbacks.showInterval([Math.floor(self.posToVal(left, 'x')), Math.ceil(self.posToVal(left + width, 'x')) + 1])
            },
          ],
        },
      },
      drawn.columns,
      element,
    )
    element.append(tooltip.element)
    fit()
  }

  /** Sets the x axis to the interval of the gesture or of the page, even where it has no data; otherwise to all data. */
  const fit = () => {
    const [first, last] = [drawn.columns[0][0], drawn.columns[0].at(-1)]
    const [min, max] = preview ?? content?.over ?? [first, last]
    if (min !== undefined && max !== undefined && min < max) plot?.setScale('x', { min, max })
  }

  /** Moves the readout by a number of points. Screen readers announce each. */
  const step = (by: number) => {
    const last = drawn.points.length - 1
    if (!plot || last < 0) return
    selected = Math.max(0, Math.min(last, selected + by))
    const point = findPoint(drawn.points[selected])!
    plot.setCursor({
      left: plot.valToPos(point.time, 'x') + (isStepped() ? 1 : 0),
      top: plot.valToPos(point.actual ?? point.goal ?? 0, 'y'),
    })
    readout.textContent = describePoint(point, zone())
  }

  const keys: Record<string, number> = { ArrowLeft: -1, ArrowRight: 1, PageUp: -10, PageDown: 10, Home: -Infinity, End: Infinity }
  element.addEventListener('keydown', (event) => {
    const by = keys[event.key]
    if (by === undefined || event.shiftKey) return
    event.preventDefault()
    step(by)
  })

  listenToGestures(
    element,
    {
      visible() {
        const { min, max } = plot?.scales['x'] ?? {}
        return min == null || max == null ? undefined : [min, max]
      },
      area: () => (plot?.over ?? element).getBoundingClientRect(),
      preview(from, to) {
        preview = [from, to]
        fit()
      },
      commit() {
        if (preview) callbacks.showInterval([Math.floor(preview[0]), Math.ceil(preview[1])])
      },
      reset() {
        preview = undefined
        fit()
        callbacks.reset()
      },
    },
    end.signal,
  )

  const resizeObserver = new ResizeObserver(() => {
    if (plot && element.clientWidth && element.clientWidth !== plot.width) plot.setSize({ width: element.clientWidth, height: plot.height })
  })
  resizeObserver.observe(element)
  for (const each of media) each.addEventListener('change', build, { signal: end.signal })

  return {
    /** Shows other content. The selected point stays selected. */
    show(next: ChartContent) {
      const isSimilar = plot && zone() === next.zone && isStepped() === (next.stepsUntil !== undefined)
      content = next
      drawn = toColumns(next)
      preview = undefined
      element.classList.toggle('empty', drawn.points.length === 0)
      if (isSimilar) {
        plot!.setData(drawn.columns)
        fit()
      } else build()
      selected = Math.min(selected, drawn.points.length - 1)
    },
    /** Starts the y axis at 0, or near the lowest value. */
    startAtZero(isOn: boolean) {
      if (isOn === isFromZero) return
      isFromZero = isOn
      plot?.setData(drawn.columns)
      fit()
    },
    /** Renders the chart as SVG; undefined before its data is drawn. */
    toSvg: (title: string, description: string) =>
      plot && drawn.points.length > 0
        ? renderSvg({ plot, columns: drawn.columns, axes, zone: zone(), isStepped: isStepped() }, title, description)
        : undefined,
    end() {
      end.abort()
      resizeObserver.disconnect()
      plot?.destroy()
    },
  }
}
