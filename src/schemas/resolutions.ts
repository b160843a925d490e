/** Resolutions of a chart, from finest to coarsest: single readings, or the sums of local hours or days. */
export const RESOLUTIONS = ['raw', 'hour', 'day'] as const
export type Resolution = (typeof RESOLUTIONS)[number]
