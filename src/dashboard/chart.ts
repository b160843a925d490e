import uPlot from 'uplot'
import { listenToGestures } from './gestures.ts'
import { toLocal } from './time-zone.ts'
import { findGaps } from '../schemas/chart-gaps.ts'
import type { Series } from './series.ts'
import { formatNumber, formatGap, formatTime, formatTicks } from './format.ts'

type Columns = [number[], (number | null)[], (number | null)[]]

/**
 * Converts a series to columns of uPlot, with an empty point in each gap.
 * @param ongoing true if the time of the last point has not ended. The point is separated from the line, because its low sum is no decrease.
 */
const toColumns = ({ time, sprocket_production_actual: actual, sprocket_production_goal: goal }: Series, ongoing = false): Columns => {
  const gaps = findGaps(time)
  const columns: Columns = [[], [], []]
  time.forEach((at, n) => {
    const isSeparate = ongoing && n > 0 && n === time.length - 1
    const gap = gaps[n] ?? (isSeparate ? (time[n - 1]! + at) / 2 : undefined)
    if (gap !== undefined) {
      columns[0].push(gap)
      columns[1].push(null)
      columns[2].push(null)
    }
    columns[0].push(at)
    columns[1].push(actual[n] ?? null)
    columns[2].push(goal[n] ?? null)
  })
  return columns
}

/** Returns the range of the y axis, with some margin. It is never empty, not even for equal values or no values. */
const computeScale = (min: number | null, max: number | null): [number, number] => {
  if (min === null || max === null) return [0, 1]
  if (min === max) return [Math.max(0, min - 1), max + 1]
  const [low, high] = uPlot.rangeNum(min, max, 0.08, true)
  return [Math.max(0, low!), high!]
}

/** Draws values without neighbours as dots, because no line leads to them. */
const dots: uPlot.Series.Points = {
  size: 5,
  filter: ({ data }, series, show) => {
    if (show) return null
    const column = data[series]!
    return [...column.keys()].filter((n) => column[n] != null && column[n - 1] == null && column[n + 1] == null)
  },
}

const HINT = matchMedia('(pointer: coarse)').matches
  ? 'Tap to read values; one finger moves through time, two zoom.'
  : 'Point to read values, drag to zoom, Shift and drag to move. Keys: ← → read, Shift ← → move, + − zoom, 0 resets.'

/** Steps of the grid of the y axis. They are whole numbers, because counts have no fractions. */
const COUNTS = Array.from({ length: 16 }, (_, power) => [1, 2, 5].map((digit) => digit * 10 ** power)).flat()

/** Returns the width of the widest label, CSS pixels. */
const measureWidestLabel = ({ ctx }: uPlot, values: string[], font: string): number => {
  ctx.save()
  ctx.font = font
  const width = Math.max(0, ...values.map((value) => ctx.measureText(value).width))
  ctx.restore()
  return Math.ceil(width)
}

const colour = (name: string) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim()
const theme = matchMedia('(prefers-color-scheme: dark)')

/** A time interval, Unix seconds. */
export type Interval = [from: number, to: number]

/** Callbacks for gestures and keys on the chart. */
export interface ChartCallbacks {
  /** Shows another interval. */
  showInterval(interval: Interval): void
  /** Shows the range that was chosen by name last. */
  reset(): void
}

/** Creates a chart of actual and goal. The readout shows the values of the point under the pointer, or selected with arrow keys. */
export const createChart = (element: HTMLElement, readout: HTMLElement, callbacks: ChartCallbacks) => {
  let plot: uPlot | undefined
  let columns: Columns = [[], [], []]
  let zone = 'UTC'
  let selected = -1
  let interval: Interval | undefined
  /** Interval of the current gesture, until it has ended. */
  let preview: Interval | undefined
  const end = new AbortController()
  const small = matchMedia('(max-width: 40rem)')

  const read = (n: number | null | undefined) => {
    if (n == null || columns[0][n] === undefined) {
      readout.textContent = HINT
      return
    }
    const [time, actual, goal] = [columns[0][n], columns[1][n]!, columns[2][n]!]
    const gap = actual == null || goal == null ? null : actual - goal
    readout.textContent = `${formatTime(time, zone)} (${zone}): made ${formatNumber(actual ?? null)}, planned ${formatNumber(goal ?? null)}, gap ${formatGap(gap)}`
  }

  const build = () => {
    plot?.destroy()
    const grid = { stroke: colour('line'), width: 1 }
    // The chart scales with the font size of the page, which is larger on wide screens.
    const scale = parseFloat(getComputedStyle(document.documentElement).fontSize) / 15
    const axis = { stroke: colour('soft'), grid, ticks: grid, font: `${Math.round(12 * scale)}px system-ui, sans-serif` }
    plot = new uPlot(
      {
        width: element.clientWidth || 600,
        height: small.matches ? 240 : Math.max(280, Math.min(520 * scale, innerHeight * 0.42)),
        tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1000), zone),
        legend: { show: false },
        // gestures.ts handles double clicks.
        cursor: { drag: { x: true, y: false, setScale: false }, points: { size: 7 }, bind: { dblclick: () => null } },
        scales: { y: { range: (_, min, max) => computeScale(min, max) } },
        axes: [
          {
            ...axis,
            size: 50 * scale,
            space: 60 * scale,
            lineGap: 1.35,
            values: (_, ticks) => formatTimeTicks(ticks),
            label: `Time in ${zone}`,
            labelFont: axis.font,
            labelSize: 18 * scale,
          },
          {
            ...axis,
            size: (self, values) => measureWidestLabel(self, values ?? [], axis.font) + 22 * scale,
            space: 30 * scale,
            incrs: COUNTS,
            values: (_, ticks) => formatTicks(ticks),
          },
        ],
        series: [
          {},
          { stroke: colour('accent'), width: 2 * scale, points: dots },
          { stroke: colour('soft'), width: 1.5 * scale, dash: [6 * scale, 4 * scale], points: dots },
        ],
        hooks: {
          setCursor: [({ cursor }) => read(cursor.idx)],
          setSelect: [
            (self) => {
              const { left, width } = self.select
              self.setSelect({ left: 0, width: 0, top: 0, height: 0 }, false)
              if (width > 8) callbacks.showInterval([Math.floor(self.posToVal(left, 'x')), Math.ceil(self.posToVal(left + width, 'x')) + 1])
            },
          ],
        },
      },
      columns,
      element,
    )
    read(undefined)
    fit()
  }

  /** Sets the x axis to the interval of the gesture or of the page, even where it has no data; otherwise to all data. */
  const fit = () => {
    const [first, last] = [columns[0][0], columns[0].at(-1)]
    const [min, max] = preview ?? interval ?? [first, last]
    if (min !== undefined && max !== undefined && min < max) plot?.setScale('x', { min, max })
  }

  /** Formats the ticks of the x axis: months, days, or times with the date at the first tick of a day. */
  const formatTimeTicks = (ticks: number[]): string[] => {
    const step = (ticks[1] ?? 0) - (ticks[0] ?? 0)
    return ticks.map((tick, n) => {
      const [day = '', time = ''] = toLocal(tick, zone).split('T')
      const date = new Intl.DateTimeFormat('en-GB', { timeZone: zone, day: 'numeric', month: 'short' }).format(new Date(tick * 1000))
      if (step >= 28 * 86_400)
        return new Intl.DateTimeFormat('en-GB', { timeZone: zone, month: 'short', year: 'numeric' }).format(new Date(tick * 1000))
      if (step >= 86_400) return date
      const begins = n === 0 || toLocal(ticks[n - 1]!, zone).slice(0, 10) !== day
      const shown = step < 60 ? time : time.slice(0, 5)
      return begins ? `${shown}\n${date}` : shown
    })
  }

  /** Moves the readout by a number of points. Screen readers announce each. */
  const step = (by: number) => {
    if (!plot || columns[0].length === 0) return
    selected = Math.max(0, Math.min(columns[0].length - 1, by === Infinity ? columns[0].length - 1 : by === -Infinity ? 0 : selected + by))
    const top = plot.valToPos(columns[1][selected] ?? columns[2][selected] ?? 0, 'y')
    plot.setCursor({ left: plot.valToPos(columns[0][selected]!, 'x'), top })
    read(selected)
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
  theme.addEventListener('change', build)

  return {
    /** Shows a series over an interval. The selected point stays selected. */
    show(series: Series, timeZone: string, { over, ongoing = false }: { over?: Interval; ongoing?: boolean } = {}) {
      columns = toColumns(series, ongoing)
      interval = over
      preview = undefined
      element.classList.toggle('empty', columns[0].length === 0)
      if (plot && zone === timeZone) {
        plot.setData(columns)
        fit()
      } else {
        zone = timeZone
        build()
      }
      selected = Math.min(selected, columns[0].length - 1)
    },
    end() {
      end.abort()
      resizeObserver.disconnect()
      theme.removeEventListener('change', build)
      plot?.destroy()
    },
  }
}
