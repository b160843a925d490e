import uPlot from 'uplot'
import { locale } from '../texts/locale.ts'
import type { AxisTicks } from './chart-svg.ts'
import { formatTicks } from '../values/format.ts'
import { toLocal } from '../values/time-zone.ts'
import { texts } from '../texts/chart.ts'
import { texts as valueTexts } from '../texts/values.ts'

const { dateStyle } = valueTexts

/** Steps of the grid of the y axis. They are whole numbers, because counts have no fractions. */
const COUNTS = Array.from({ length: 16 }, (_, power) => [1, 2, 5].map((digit) => digit * 10 ** power)).flat()

const colour = (name: string) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim()

/** Returns the range of the y axis, with some margin. It is never empty, not even for equal values or no values. */
export const computeScale = (min: number | null, max: number | null, isFromZero: boolean): [number, number] => {
  if (min === null || max === null) return [0, 1]
  if (isFromZero) return [0, Math.max(1, max * 1.08)]
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

/** Returns the width of the widest label, CSS pixels. */
const measureWidestLabel = ({ ctx }: uPlot, values: string[], font: string): number => {
  ctx.save()
  ctx.font = font
  const width = Math.max(0, ...values.map((value) => ctx.measureText(value).width))
  ctx.restore()
  return Math.ceil(width)
}

/** Formats the ticks of the x axis: months, days, or times with the date at the first tick of a day. */
const formatTimeTicks = (ticks: number[], zone: string): string[] => {
  const step = (ticks[1] ?? 0) - (ticks[0] ?? 0)
  const createFormat = (options: Intl.DateTimeFormatOptions) => {
    const format = new Intl.DateTimeFormat(locale, { timeZone: zone, ...options })
    return (tick: number) => format.format(new Date(tick * 1000))
  }
  if (step >= 28 * 86_400) return ticks.map(createFormat({ month: 'short', year: 'numeric' }))
  const formatDay = createFormat(dateStyle)
  if (step >= 86_400) return ticks.map(formatDay)
  const formatClock = createFormat({ hour: '2-digit', minute: '2-digit', ...(step < 60 && { second: '2-digit' }) })
  return ticks.map((tick, n) => {
    const begins = n === 0 || toLocal(ticks[n - 1]!, zone).slice(0, 10) !== toLocal(tick, zone).slice(0, 10)
    return begins ? `${formatClock(tick)}\n${formatDay(tick)}` : formatClock(tick)
  })
}

/**
 * Returns the axes, the lines and the shaded gaps of a chart in the colours of the theme.
 * @param report called with the ticks of the x axis (0) or the y axis (1) whenever they are drawn
 */
export const createStyle = (
  zone: string,
  isStepped: boolean,
  report: (axis: 0 | 1, drawn: AxisTicks) => void,
): Pick<uPlot.Options, 'axes' | 'series' | 'bands'> => {
  const label = (axis: 0 | 1, ticks: number[], labels: string[]) => {
    report(axis, { ticks, labels })
    return labels
  }
  const grid = { stroke: colour('line'), width: 1 }
  // The chart scales with the font size of the page, which is larger on wide screens.
  const scale = parseFloat(getComputedStyle(document.documentElement).fontSize) / 15
  const axis = { stroke: colour('soft'), grid, ticks: grid, font: `${Math.round(12 * scale)}px system-ui, sans-serif` }
  const line = isStepped ? { points: { show: false }, paths: uPlot.paths.stepped!({ align: 1 }) } : { points: dots }
  return {
    axes: [
      {
        ...axis,
        size: 50 * scale,
        space: 60 * scale,
        lineGap: 1.35,
        values: (_, ticks) => label(0, ticks, formatTimeTicks(ticks, zone)),
        label: texts.timeIn(zone),
        labelFont: axis.font,
        labelSize: 18 * scale,
      },
      {
        ...axis,
        size: (self, values) => measureWidestLabel(self, values ?? [], axis.font) + 22 * scale,
        space: 30 * scale,
        incrs: COUNTS,
        values: (_, ticks) => label(1, ticks, formatTicks(ticks)),
      },
    ],
    series: [
      {},
      { ...line, stroke: colour('accent'), width: 2 * scale },
      { ...line, stroke: colour('soft'), width: 1.5 * scale, dash: [6 * scale, 4 * scale] },
      { ...line, stroke: colour('ghost'), width: 1.5 * scale },
    ],
    // Shades the gap to the plan: one colour where made is below it, another one where it is above.
    bands: [
      { series: [2, 1], fill: colour('behind-fill') },
      { series: [1, 2], fill: colour('ahead-fill') },
    ],
  }
}
