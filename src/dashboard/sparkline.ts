import type { Reads } from '../client/operations.ts'
import { svg } from './dom.ts'
import { formatPercent } from './format.ts'

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
const describeHours = (hours: Hour[]): string => {
  const withGoal = hours.filter(({ attainment }) => attainment !== null)
  if (withGoal.length === 0) return `${hours.filter(({ readings }) => readings > 0).length} hours with readings, none with a goal.`
  const reached = withGoal.filter(({ attainment }) => attainment! >= 1).length
  const lowest = withGoal.reduce((a, b) => (b.attainment! < a.attainment! ? b : a))
  return `Goal reached in ${reached} of ${withGoal.length} hours; the weakest at ${formatPercent(lowest.attainment)}.`
}

/** Creates the sparkline of the hours of the last day: a line of actual over a dashed line of goal. */
export const createSparkline = (hours: Hour[]): SVGElement => {
  const values = hours.flatMap(({ actual, goal }) => [actual, goal]).filter((value) => value !== null)
  const [min, max] = [Math.min(...values), Math.max(...values)]
  const x = (n: number) => (hours.length === 1 ? WIDTH / 2 : 2 + (n * (WIDTH - 4)) / (hours.length - 1))
  const y = (value: number) => (max === min ? HEIGHT / 2 : HEIGHT - 3 - ((value - min) * (HEIGHT - 6)) / (max - min))
  const line = (of: 'actual' | 'goal') =>
    svg('path', {
      class: of,
      d: buildPath(
        hours.map((hour) => hour[of]),
        x,
        y,
      ),
    })
  return svg(
    'svg',
    { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, width: WIDTH, height: HEIGHT, class: 'spark', role: 'img', 'aria-label': describeHours(hours) },
    line('goal'),
    line('actual'),
  )
}
