/** Resolutions of a chart, from finest to coarsest: single readings, or the sums of local hours or days. */
export const RESOLUTIONS = ['raw', 'hour', 'day'] as const
export type Resolution = (typeof RESOLUTIONS)[number]

/** Every resolution of a chart. The sums of shifts are apart, because no other resolution adds up to them. */
export const CHART_RESOLUTIONS = [...RESOLUTIONS, 'shift'] as const
export type ChartResolution = (typeof CHART_RESOLUTIONS)[number]
