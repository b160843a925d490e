/**
 * The price of the paid plan per month in US dollars. The prices below are per million operations beyond the included
 * ones. https://developers.cloudflare.com/workers/platform/pricing/,
 * https://developers.cloudflare.com/d1/platform/pricing/, https://developers.cloudflare.com/kv/platform/pricing/
 */
const PLAN_DOLLARS = 5

const PRICES = {
  requests: { perMillion: 0.3, includedMillions: 10 },
  cpuMs: { perMillion: 0.02, includedMillions: 30 },
  kvReads: { perMillion: 0.5, includedMillions: 10 },
  kvPuts: { perMillion: 5, includedMillions: 1 },
  kvDeletes: { perMillion: 5, includedMillions: 1 },
  kvLists: { perMillion: 5, includedMillions: 1 },
  rowsRead: { perMillion: 0.001, includedMillions: 25_000 },
  rowsWritten: { perMillion: 1, includedMillions: 50 },
  logLines: { perMillion: 0.6, includedMillions: 20 },
} as const

export type Charged = keyof typeof PRICES
/** Amounts of billed operations. */
export type Use = Partial<Record<Charged, number>>

const entriesOf = (use: Use) => Object.entries(use) as [Charged, number][]

/** Returns the sum of uses, each multiplied. */
export const sumUp = (...uses: [use: Use, times: number][]): Use => {
  const sum: Use = {}
  for (const [use, times] of uses) for (const [name, amount] of entriesOf(use)) sum[name] = (sum[name] ?? 0) + amount * times
  return sum
}

/** Returns the price of a use without the included amounts. */
export const dollarsOf = (use: Use): number =>
  entriesOf(use).reduce((sum, [name, amount]) => sum + (amount / 1e6) * PRICES[name].perMillion, 0)

/** Returns a monthly bill: the plan, and what exceeds the included amounts. */
export const billOf = (use: Use): number =>
  PLAN_DOLLARS +
  entriesOf(use).reduce((sum, [name, amount]) => {
    const { perMillion, includedMillions } = PRICES[name]
    return sum + Math.max(0, amount / 1e6 - includedMillions) * perMillion
  }, 0)
