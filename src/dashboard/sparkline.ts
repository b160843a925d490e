import type { Reads } from '../client/operations.ts'
import { svg } from './dom.ts'
import { formatPercent } from './format.ts'

type Hour = Reads['/api/factory/{id}/summary']['hours'][number]

const WIDTH = 120
const HEIGHT = 28

/** Figures joined by lines; one that is not known breaks the line, one that stands alone is a dot. */
const lineOf = (values: (number | null)[], x: (n: number) => number, y: (value: number) => number): string =>
  values
    .map((value, n) => {
      if (value === null) return ''
      const place = `${x(n).toFixed(1)},${y(value).toFixed(1)}`
      const continues = n > 0 && values[n - 1] !== null
      const alone = !continues && (values[n + 1] ?? null) === null
      return `${continues ? 'L' : 'M'}${place}${alone ? 'h.01' : ''}`
    })
    .join('')

/** Hours in words, for those who do not see the line. */
export const describeHours = (hours: Hour[]): string => {
  const judged = hours.filter(({ attainment }) => attainment !== null)
  if (judged.length === 0) return `${hours.filter(({ readings }) => readings > 0).length} hours with readings, none with a goal.`
  const reached = judged.filter(({ attainment }) => attainment! >= 1).length
  const worst = judged.reduce((least, hour) => (hour.attainment! < least.attainment! ? hour : least))
  return `Goal reached in ${reached} of ${judged.length} hours; the weakest at ${formatPercent(worst.attainment)}.`
}

/** A small line of what was made each hour of the last day, over a dashed one of what was to be made. */
export const makeSpark = (hours: Hour[]): SVGElement => {
  const figures = hours.flatMap(({ actual, goal }) => [actual, goal]).filter((value) => value !== null)
  const [least, most] = [Math.min(...figures), Math.max(...figures)]
  const x = (n: number) => (hours.length === 1 ? WIDTH / 2 : 2 + (n * (WIDTH - 4)) / (hours.length - 1))
  const y = (value: number) => (most === least ? HEIGHT / 2 : HEIGHT - 3 - ((value - least) * (HEIGHT - 6)) / (most - least))
  const line = (of: 'actual' | 'goal') =>
    svg('path', {
      class: of,
      d: lineOf(
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
