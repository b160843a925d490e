import type { Reads } from '../../client/operations.ts'
import { locale } from '../texts/locale.ts'
import { formatShort } from '../values/format.ts'
import { UNKNOWN } from '../values/numbers.ts'
import { texts } from '../texts/wall.ts'

type Summary = Reads['/api/factory/{id}/summary']

/** A figure of a tile with its label. */
export interface Figure {
  label: string
  text: string
}

const whole = new Intl.NumberFormat(locale, { maximumFractionDigits: 0 })
const percent = new Intl.NumberFormat(locale, { style: 'percent' })
/** From here on, figures are rounded to three digits, such as 12.8K, so that they fit their tile. */
const SHORT_FROM = 10_000

export const formatWallFigure = (value: number | null | undefined): string =>
  value === null || value === undefined ? UNKNOWN : value < SHORT_FROM ? whole.format(value) : formatShort(value)

/** Formats a share in whole percent, rounded down: 99.9 % of a goal is not the goal. */
export const formatWallShare = (share: number): string => percent.format(Math.floor(share * 100 + 1e-9) / 100)

/** Returns the figures of the current shift, or of the last 24 hours without a schedule. The first two matter most. */
export const listFigures = ({ shift, last_day }: Pick<Summary, 'shift' | 'last_day'>): Figure[] => {
  const figure = (label: string, value: number | null) => ({ label, text: formatWallFigure(value) })
  if (!shift) return [figure(texts.madeIn24Hours, last_day.actual), figure(texts.planned, last_day.goal)]
  return [
    figure(texts.made, shift.actual),
    figure(texts.dueByNow, shift.expected),
    figure(texts.forecast, shift.forecast),
    figure(texts.target, shift.target),
  ]
}
