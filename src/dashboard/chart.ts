import uPlot from 'uplot'
import { listenToGestures } from './gestures.ts'
import { toLocal } from './time-zone.ts'
import type { Series } from './series.ts'
import { formatNumber, gapOf, formatTime, writeTicks } from './format.ts'

type Columns = [number[], (number | null)[], (number | null)[]]

/** A silence of so many usual steps is shown as one: a line across it would say that sprockets were made. */
const SILENCE_STEPS = 3
/** So many steps before and after say what is usual there: a gateway may have read each hour, and each minute since. */
const NEAR_STEPS = 5

/**
 * The series with an empty point wherever nothing was heard for long.
 * @param ongoing true where the last point is of a time that is not over: it stands by itself, for it is no fall
 */
export const columnsOf = (
  { time, sprocket_production_actual: actual, sprocket_production_goal: goal }: Series,
  ongoing = false,
): Columns => {
  const steps = time.slice(1).map((moment, n) => moment - time[n]!)
  const usualAt = (n: number) => {
    const near = steps.slice(Math.max(0, n - NEAR_STEPS), n + NEAR_STEPS + 1).toSorted((a, b) => a - b)
    return near[near.length >> 1]!
  }
  const columns: Columns = [[], [], []]
  time.forEach((moment, n) => {
    const isApart = n > 0 && (steps[n - 1]! > SILENCE_STEPS * usualAt(n - 1) || (ongoing && n === time.length - 1))
    if (isApart) {
      columns[0].push(time[n - 1]! + Math.min(usualAt(n - 1), steps[n - 1]! / 2))
      columns[1].push(null)
      columns[2].push(null)
    }
    columns[0].push(moment)
    columns[1].push(actual[n] ?? null)
    columns[2].push(goal[n] ?? null)
  })
  return columns
}

/** A span to draw in, with some room; also where all is one and the same, or there is nothing. */
const rangeOf = (least: number | null, most: number | null): [number, number] => {
  if (least === null || most === null) return [0, 1]
  if (least === most) return [Math.max(0, least - 1), most + 1]
  const [low, high] = uPlot.rangeNum(least, most, 0.08, true)
  return [Math.max(0, low!), high!]
}

/** A figure without neighbours has no line; it is drawn as a dot, however dense the chart. */
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
  : 'Point to read values, drag to zoom, Shift and drag to move. By keys: ← → read, Shift ← → move, + − zoom, 0 resets.'

/** A count has no halves, so no line of the grid stands at one. */
const COUNTS = Array.from({ length: 16 }, (_, power) => [1, 2, 5].map((digit) => digit * 10 ** power)).flat()

/** Measures the widest label in CSS pixels. */
const measureLabels = ({ ctx }: uPlot, values: string[], font: string): number => {
  ctx.save()
  ctx.font = font
  const width = Math.max(0, ...values.map((value) => ctx.measureText(value).width))
  ctx.restore()
  return Math.ceil(width)
}

const colour = (name: string) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim()
const theme = matchMedia('(prefers-color-scheme: dark)')

/** A stretch of time, Unix seconds. */
export type Stretch = [from: number, to: number]

/** What somebody wants to see who drags, scrolls, pinches or presses keys. */
export interface Wishes {
  see(stretch: Stretch): void
  reset(): void
}

/** A chart of what was made against what was to be made, with a readout of the place under the pointer or the arrow keys. */
export const makeChart = (element: HTMLElement, readout: HTMLElement, wishes: Wishes) => {
  let plot: uPlot | undefined
  let columns: Columns = [[], [], []]
  let zone = 'UTC'
  let place = -1
  let stretch: Stretch | undefined
  /** Where a gesture has got to that is not over. */
  let looked: Stretch | undefined
  const end = new AbortController()
  const small = matchMedia('(max-width: 40rem)')

  const read = (n: number | null | undefined) => {
    if (n == null || columns[0][n] === undefined) {
      readout.textContent = HINT
      return
    }
    const [time, actual, goal] = [columns[0][n], columns[1][n]!, columns[2][n]!]
    const gap = actual == null || goal == null ? null : actual - goal
    readout.textContent = `${formatTime(time, zone)} (${zone}): made ${formatNumber(actual ?? null)}, planned ${formatNumber(goal ?? null)}, gap ${gapOf(gap)}`
  }

  const build = () => {
    plot?.destroy()
    const grid = { stroke: colour('line'), width: 1 }
    // Everything grows with the letters of the page, which are large on a wall.
    const scale = parseFloat(getComputedStyle(document.documentElement).fontSize) / 15
    const axis = { stroke: colour('soft'), grid, ticks: grid, font: `${Math.round(12 * scale)}px system-ui, sans-serif` }
    plot = new uPlot(
      {
        width: element.clientWidth || 600,
        height: small.matches ? 240 : Math.max(280, Math.min(520 * scale, innerHeight * 0.42)),
        tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1000), zone),
        legend: { show: false },
        // What a double click means is said in gestures.ts.
        cursor: { drag: { x: true, y: false, setScale: false }, points: { size: 7 }, bind: { dblclick: () => null } },
        scales: { y: { range: (_, least, most) => rangeOf(least, most) } },
        axes: [
          {
            ...axis,
            size: 50 * scale,
            space: 60 * scale,
            lineGap: 1.35,
            values: (_, ticks) => labels(ticks),
            label: `Time in ${zone}`,
            labelFont: axis.font,
            labelSize: 18 * scale,
          },
          {
            ...axis,
            size: (self, values) => measureLabels(self, values ?? [], axis.font) + 22 * scale,
            space: 30 * scale,
            incrs: COUNTS,
            values: (_, ticks) => writeTicks(ticks),
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
              if (width > 8) wishes.see([Math.floor(self.posToVal(left, 'x')), Math.ceil(self.posToVal(left + width, 'x')) + 1])
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

  /** Shows the stretch that is asked for, to its ends even where there is nothing; without one all that there is. */
  const fit = () => {
    const [first, last] = [columns[0][0], columns[0].at(-1)]
    const [min, max] = looked ?? stretch ?? [first, last]
    if (min !== undefined && max !== undefined && min < max) plot?.setScale('x', { min, max })
  }

  /** Days where the steps are days, else the clock with the day where one begins. */
  const labels = (ticks: number[]): string[] => {
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

  /** Moves the readout along the points; those who only listen hear each. */
  const step = (by: number) => {
    if (!plot || columns[0].length === 0) return
    place = Math.max(0, Math.min(columns[0].length - 1, by === Infinity ? columns[0].length - 1 : by === -Infinity ? 0 : place + by))
    const top = plot.valToPos(columns[1][place] ?? columns[2][place] ?? 0, 'y')
    plot.setCursor({ left: plot.valToPos(columns[0][place]!, 'x'), top })
    read(place)
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
      shown() {
        const { min, max } = plot?.scales['x'] ?? {}
        return min == null || max == null ? undefined : [min, max]
      },
      area: () => (plot?.over ?? element).getBoundingClientRect(),
      look(from, to) {
        looked = [from, to]
        fit()
      },
      rest() {
        if (looked) wishes.see([Math.floor(looked[0]), Math.ceil(looked[1])])
      },
      reset() {
        looked = undefined
        fit()
        wishes.reset()
      },
    },
    end.signal,
  )

  const sized = new ResizeObserver(() => {
    if (plot && element.clientWidth && element.clientWidth !== plot.width) plot.setSize({ width: element.clientWidth, height: plot.height })
  })
  sized.observe(element)
  theme.addEventListener('change', build)

  return {
    /** Shows a series, over the stretch it was asked for; what the reader points at stays where it is. */
    show(series: Series, timeZone: string, { over, ongoing = false }: { over?: Stretch; ongoing?: boolean } = {}) {
      columns = columnsOf(series, ongoing)
      stretch = over
      looked = undefined
      element.classList.toggle('empty', columns[0].length === 0)
      if (plot && zone === timeZone) {
        plot.setData(columns)
        fit()
      } else {
        zone = timeZone
        build()
      }
      place = Math.min(place, columns[0].length - 1)
    },
    end() {
      end.abort()
      sized.disconnect()
      theme.removeEventListener('change', build)
      plot?.destroy()
    },
  }
}
