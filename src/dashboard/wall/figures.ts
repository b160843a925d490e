import type { Reads } from '../../client/operations.ts'
import { UNKNOWN } from '../values/format.ts'

type Summary = Reads['/api/factory/{id}/summary']

/** A figure of a tile with its label. */
export interface Figure {
  label: string
  text: string
}

const whole = new Intl.NumberFormat('en', { maximumFractionDigits: 0 })
const short = new Intl.NumberFormat('en', { notation: 'compact', maximumSignificantDigits: 3 })
/** From here on, figures are rounded to three digits, such as 12.8K, so that they fit their tile. */
const SHORT_FROM = 10_000

export const formatWallFigure = (value: number | null | undefined): string =>
  value === null || value === undefined ? UNKNOWN : (value < SHORT_FROM ? whole : short).format(value)

/** Formats a share in whole percent, rounded down: 99.9 % of a goal is not the goal. */
export const formatWallShare = (share: number): string => `${whole.format(Math.floor(share * 100 + 1e-9))}%`

/** Returns the figures of the current shift, or of the last 24 hours without a schedule. The first two matter most. */
export const listFigures = ({ shift, last_day }: Pick<Summary, 'shift' | 'last_day'>): Figure[] => {
  const figure = (label: string, value: number | null) => ({ label, text: formatWallFigure(value) })
  if (!shift) return [figure('made in 24 h', last_day.actual), figure('planned', last_day.goal)]
  return [
    figure('made', shift.actual),
    figure('due by now', shift.expected),
    figure('forecast', shift.forecast),
    figure('target', shift.target),
  ]
}
