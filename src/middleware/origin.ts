/** Characters of a user agent that are kept. */
const AGENT_CHARACTERS = 200

/** From where a request comes, as far as it says so itself and the platform knows. */
export const originOf = ({ headers, cf }: Request): { userAgent: string | null; country: string | null } => ({
  userAgent: headers.get('User-Agent')?.slice(0, AGENT_CHARACTERS) ?? null,
  country: (cf?.country as string | undefined) ?? null,
})
