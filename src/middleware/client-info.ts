import { redactKeys } from '../schemas/redaction.ts'

/** Maximum characters of a stored user agent. */
const AGENT_CHARACTERS = 200

const cutAgent = (agent: string | null) => (agent === null ? null : redactKeys(agent).slice(0, AGENT_CHARACTERS))

/** Returns the user agent that the client sent, without API keys, and the country that Cloudflare determined. */
export const clientInfo = ({ headers, cf }: Request): { userAgent: string | null; country: string | null } => ({
  userAgent: cutAgent(headers.get('User-Agent')),
  country: (cf?.country as string | undefined) ?? null,
})
