import type { RequestContext } from '../middleware/context.ts'

/** What the client would like (RFC 7240), and the answer's word that it was heard. */
export const preferencesOf = (c: RequestContext): { lenient: boolean; representation: boolean } => {
  const wishes = (c.req.header('Prefer') ?? '')
    .toLowerCase()
    .split(/[,;]/)
    .map((wish) => wish.trim().replaceAll(/["\s]/g, ''))
  const heard = wishes.filter((wish) => wish === 'handling=lenient' || wish === 'return=representation')
  if (heard.length) c.header('Preference-Applied', heard.join(', '))
  return { lenient: heard.includes('handling=lenient'), representation: heard.includes('return=representation') }
}
