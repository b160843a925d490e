/** Length of the longest form of an address: eight groups, the last two as an IPv4 address (RFC 4291, section 2.2). */
const ADDRESS_CHARACTERS = 45

/** Networks that one client may control: an IPv4 address, or an IPv6 /64 with the /56 and the /48 that contain it. */
export interface Networks {
  address: string
  wider: string[]
}

/** Parses the eight groups of an IPv6 address. An IPv4 address at its end counts as two groups. */
const parseGroups = (address: string): number[] => {
  const [head = '', tail] = address.split('::')
  const parse = (text: string) =>
    text === ''
      ? []
      : text.split(':').flatMap((group) => {
          if (!group.includes('.')) return [Number.parseInt(group, 16) || 0]
          const [a = 0, b = 0, c = 0, d = 0] = group.split('.').map(Number)
          return [a * 256 + b, c * 256 + d]
        })
  const [headGroups, tailGroups] = [parse(head), parse(tail ?? '')]
  const missing = tail === undefined ? 0 : Math.max(0, 8 - headGroups.length - tailGroups.length)
  return [...headGroups, ...Array.from({ length: missing }, () => 0), ...tailGroups].slice(0, 8)
}

/**
 * Returns the networks of a request's client, for rate limits. A client chooses the lower half of its IPv6 address, and providers often
 * assign a /56 or a /48. An IPv4-mapped IPv6 address (RFC 4291, section 2.5.5.2) counts as the IPv4 address.
 */
export const findNetworks = ({ headers }: Request): Networks => {
  // Cloudflare sets this header. Without Cloudflare, a client may set it to any length.
  const address = (headers.get('CF-Connecting-IP') ?? '').slice(0, ADDRESS_CHARACTERS)
  if (!address.includes(':')) return { address, wider: [] }
  const groups = parseGroups(address)
  const [a = 0, b = 0, c = 0, d = 0, , f = 0, g = 0, h = 0] = groups
  if (groups.slice(0, 5).every((group) => group === 0) && f === 0xffff)
    return { address: [g >> 8, g & 255, h >> 8, h & 255].join('.'), wider: [] }
  const prefix = [a, b, c].map((group) => group.toString(16)).join(':')
  return { address: `${prefix}:${d.toString(16)}::/64`, wider: [`${prefix}:${(d & 0xff00).toString(16)}::/56`, `${prefix}::/48`] }
}
