import { locale } from '../texts/locale.ts'

/** Formats numbers in the locale of the browser. Unknown values are shown as unknown, never as 0. */

const number = new Intl.NumberFormat(locale, { maximumFractionDigits: 2 })
const PERCENT = { style: 'percent', minimumFractionDigits: 1, maximumFractionDigits: 1 } as const
const percent = new Intl.NumberFormat(locale, PERCENT)
/** Rounds down: 99.96 % of a goal is not the goal. */
const share = new Intl.NumberFormat(locale, { ...PERCENT, roundingMode: 'floor' })
const signed = new Intl.NumberFormat(locale, { signDisplay: 'exceptZero' })

export const UNKNOWN = '–'

export const formatNumber = (value: number | null): string => (value === null ? UNKNOWN : number.format(value))
/** Formats a figure that is computed, such as a share of a target, without a fraction. */
export const formatRounded = (value: number | null): string => formatNumber(value === null ? null : Math.round(value))
export const formatPercent = (value: number | null): string => (value === null ? UNKNOWN : percent.format(value))

/** Formats the share of a goal that was made. */
export const formatAttainment = (value: number | null): string => (value === null ? UNKNOWN : share.format(value))

/** Formats a gap with a sign, so that it can be read without colour. */
export const formatGap = (value: number | null): string =>
  value === null ? UNKNOWN : `${value < 0 ? '▼' : value > 0 ? '▲' : '='} ${signed.format(value).replace('-', '−')}`
