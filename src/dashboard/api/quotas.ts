import { texts as adminTexts } from '../texts/admin.ts'
import { formatNumber } from '../values/numbers.ts'

const texts = adminTexts.organisation

/** A quota of requests within a time. */
interface Quota {
  name: string
  requests: number
  seconds: number
}

/** Parses the header `RateLimit-Policy`, such as `"read";q=24000;w=60, "write";q=6000;w=60`. */
export const parseQuotas = (header: string): Quota[] =>
  [...header.matchAll(/"([\w-]+)";q=(\d+);w=(\d+)/g)].map(([, name, requests, seconds]) => ({
    name: name!,
    requests: Number(requests),
    seconds: Number(seconds),
  }))

/** Describes a quota with its name, such as "6,000 in 60 s" for "Writes". A quota of a later release has the name of the header. */
export const describeQuota = ({ name, requests, seconds }: Quota): { name: string; limit: string } => {
  const names: Partial<Record<string, string>> = texts.quotas
  return { name: names[name] ?? name, limit: texts.quota(formatNumber(requests), formatNumber(seconds)) }
}
