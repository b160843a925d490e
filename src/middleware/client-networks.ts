/** The longest form of an address: eight groups, the last two as an IPv4 address (RFC 4291, section 2.2). */
const ADDRESS_CHARACTERS = 45

/** Networks that a client may own: an address, or of IPv6 a /64, and the /56 and /48 around it. */
export interface Networks {
  address: string
  wider: string[]
}

/** Returns the eight groups of an IPv6 address as numbers. An IPv4 address at its end counts as two groups. */
const parseGroups = (address: string): number[] => {
  const [head = '', tail] = address.split('::')
  const groupsOf = (text: string) =>
    text === ''
      ? []
      : text.split(':').flatMap((group) => {
          if (!group.includes('.')) return [Number.parseInt(group, 16) || 0]
          const [a = 0, b = 0, c = 0, d = 0] = group.split('.').map(Number)
          return [a * 256 + b, c * 256 + d]
        })
  const [before, after] = [groupsOf(head), groupsOf(tail ?? '')]
  const missing = tail === undefined ? 0 : Math.max(0, 8 - before.length - after.length)
  return [...before, ...Array.from({ length: missing }, () => 0), ...after].slice(0, 8)
}

/**
 * Returns the networks that a request came from, for rate limits. The lower half of an IPv6 address is the client's to choose,
 * and a customer is often given a /56 or a /48. An IPv4 address in IPv6 form (RFC 4291, section 2.5.5.2) is that address.
 */
export const findNetworks = ({ headers }: Request): Networks => {
  // Cloudflare sets the header. Elsewhere a client may set it, to any length.
  const address = (headers.get('CF-Connecting-IP') ?? '').slice(0, ADDRESS_CHARACTERS)
  if (!address.includes(':')) return { address, wider: [] }
  const groups = parseGroups(address)
  const [a = 0, b = 0, c = 0, d = 0, , f = 0, g = 0, h = 0] = groups
  if (groups.slice(0, 5).every((group) => group === 0) && f === 0xffff)
    return { address: [g >> 8, g & 255, h >> 8, h & 255].join('.'), wider: [] }
  const begin = [a, b, c].map((group) => group.toString(16)).join(':')
  return { address: `${begin}:${d.toString(16)}::/64`, wider: [`${begin}:${(d & 0xff00).toString(16)}::/56`, `${begin}::/48`] }
}
