import type { RequestContext } from './context.ts'

/** Characters of a user agent that are kept. */
const AGENT_CHARACTERS = 200

/** From where a request comes, as far as it says so itself and the platform knows. */
export const originOf = (c: RequestContext): { userAgent: string | null; country: string | null } => ({
  userAgent: c.req.header('User-Agent')?.slice(0, AGENT_CHARACTERS) ?? null,
  country: (c.req.raw.cf?.country as string | undefined) ?? null,
})
