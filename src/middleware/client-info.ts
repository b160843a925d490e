import { redactKeys } from '../schemas/redaction.ts'

/** Characters of a user agent that are kept. */
const AGENT_CHARACTERS = 200

const cutAgent = (agent: string | null) => (agent === null ? null : redactKeys(agent).slice(0, AGENT_CHARACTERS))

/** From where a request comes, as far as it says so itself and the platform knows. */
export const clientInfo = ({ headers, cf }: Request): { userAgent: string | null; country: string | null } => ({
  userAgent: cutAgent(headers.get('User-Agent')),
  country: (cf?.country as string | undefined) ?? null,
})
