import type { Reads } from '../../client/operations.ts'
import { texts } from '../texts/values.ts'
import { describeMissing, findUsualRate } from '../values/completeness.ts'
import { svg } from './dom.ts'
import { formatAttainment } from '../values/numbers.ts'

type Hour = Reads['/api/factory/{id}/summary']['hours'][number]

const WIDTH = 120
const HEIGHT = 28

/** Builds the path of a line. Unknown values break the line, and a value without neighbours is a dot. */
const buildPath = (values: (number | null)[], x: (n: number) => number, y: (value: number) => number): string =>
  values
    .map((value, n) => {
      if (value === null) return ''
      const point = `${x(n).toFixed(1)},${y(value).toFixed(1)}`
      const continues = n > 0 && values[n - 1] !== null
      const isSingle = !continues && (values[n + 1] ?? null) === null
      return `${continues ? 'L' : 'M'}${point}${isSingle ? 'h.01' : ''}`
    })
    .join('')

/** Describes hours in words, for screen readers. */
const describeHours = (hours: Hour[], parts: number): string => {
  const incomplete = parts === 0 ? '' : ` ${texts.hoursLackReadings(parts)}`
  const withGoal = hours.filter(({ attainment }) => attainment !== null)
  if (withGoal.length === 0) return texts.hoursWithoutGoal(hours.filter(({ readings }) => readings > 0).length) + incomplete
  const reached = withGoal.filter(({ attainment }) => attainment! >= 1).length
  const lowest = Math.min(...withGoal.map(({ attainment }) => attainment!))
  return texts.goalReached(reached, withGoal.length, formatAttainment(lowest)) + incomplete
}

/** Returns the hours that lack readings, such as the current one. Their sums are low, although production may not be. */
const findPartHours = (hours: Hour[]): Set<Hour> => {
  const counts = hours.map(({ readings, from, to }) => ({ readings, seconds: to! - from! }))
  const rate = findUsualRate(counts)
  return new Set(hours.filter((_, n) => describeMissing(counts[n]!, rate) !== undefined))
}

/**
 * Creates the sparkline of the hours of the last day: a line of actual over a dashed line of goal. Hours that lack readings are hollow
 * dots next to the line, so that the line does not fall with the number of readings.
 */
export const createSparkline = (hours: Hour[]): SVGElement => {
  const parts = findPartHours(hours)
  const complete = hours.map((hour) => (parts.has(hour) ? { ...hour, actual: null, goal: null } : hour))
  const values = complete.flatMap(({ actual, goal }) => [actual, goal]).filter((value) => value !== null)
  const [min, max] = values.length ? [Math.min(...values), Math.max(...values)] : [0, 0]
  const x = (n: number) => (hours.length === 1 ? WIDTH / 2 : 2 + (n * (WIDTH - 4)) / (hours.length - 1))
  const y = (value: number) => (max === min ? HEIGHT / 2 : HEIGHT - 3 - ((value - min) * (HEIGHT - 6)) / (max - min))
  const line = (of: 'actual' | 'goal') =>
    svg('path', {
      class: of,
      d: buildPath(
        complete.map((hour) => hour[of]),
        x,
        y,
      ),
    })
  return svg(
    'svg',
    {
      viewBox: `0 0 ${WIDTH} ${HEIGHT}`,
      width: WIDTH,
      height: HEIGHT,
      class: 'spark',
      role: 'img',
      'aria-label': describeHours(hours, parts.size),
    },
    line('goal'),
    line('actual'),
    ...hours.flatMap((hour, n) =>
      parts.has(hour) && hour.actual !== null
        ? [svg('circle', { class: 'part', cx: x(n).toFixed(1), cy: Math.min(HEIGHT - 3, Math.max(3, y(hour.actual))).toFixed(1), r: 2.2 })]
        : [],
    ),
  )
}
