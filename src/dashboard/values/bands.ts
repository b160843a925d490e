import { readStored, writeStored } from '../browser/storage.ts'

/** The bands of attainment: from `green` on a factory runs, from `amber` on it is just behind, and below that it is behind. */

export interface Bands {
  green: number
  amber: number
}

export const DEFAULT_BANDS: Bands = { green: 1, amber: 0.95 }
const STORAGE_KEY = 'sprocket-bands'
const PERCENT = { min: 1, max: 200 }

const isPercent = (percent: number) => percent >= PERCENT.min && percent <= PERCENT.max

/** Parses percentages such as `100,95`: the lower bounds of green and amber. Returns undefined for any other text. */
export const parseBands = (text: string | null | undefined): Bands | undefined => {
  if (typeof text !== 'string' || !/^\d{1,3}(\.\d)?,\d{1,3}(\.\d)?$/.test(text)) return undefined
  const [green, amber] = text.split(',').map(Number) as [number, number]
  return isPercent(green) && isPercent(amber) && amber <= green ? { green: green / 100, amber: amber / 100 } : undefined
}

/** Returns the band of an attainment, which selects a colour; an empty text if it is unknown. */
export const findBand = (attainment: number | null, { green, amber }: Bands): '' | 'good' | 'near' | 'bad' => {
  if (attainment === null) return ''
  return attainment >= green ? 'good' : attainment >= amber ? 'near' : 'bad'
}

const toPercent = (share: number) => Math.round(share * 1000) / 10
export const formatBands = ({ green, amber }: Bands): string => `${toPercent(green)},${toPercent(amber)}`

/** Returns the bands that the address chose, or those stored in this browser, or the default ones. */
export const findBands = (chosen: Bands | undefined): Bands => chosen ?? parseBands(readStored('browser', STORAGE_KEY)) ?? DEFAULT_BANDS

/** Stores the bands in this browser. Default ones leave nothing behind. */
export const saveBands = (bands: Bands): void => {
  const text = formatBands(bands)
  writeStored('browser', STORAGE_KEY, text === formatBands(DEFAULT_BANDS) ? undefined : text)
}
