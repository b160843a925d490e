import { createMiddleware } from 'hono/factory'
import { Problem } from '../errors.ts'
import type { AppEnv } from './app-env.ts'

/** Algorithms of RFC 9530 that are not broken, by their names for WebCrypto. */
const ALGORITHMS = { 'sha-256': 'SHA-256', 'sha-512': 'SHA-512' } as const
type Algorithm = keyof typeof ALGORITHMS

const isAlgorithm = (name: string): name is Algorithm => Object.hasOwn(ALGORITHMS, name)

const digestOf = async (algorithm: Algorithm, bytes: BufferSource): Promise<string> =>
  btoa(String.fromCharCode(...new Uint8Array(await crypto.subtle.digest(ALGORITHMS[algorithm], bytes))))

/**
 * Returns the members of a dictionary as these headers have them (RFC 8941): `name`, or `name=value`. Splits and trims in time
 * that grows with the length of the header, which a regular expression with two runs of blanks does not.
 */
const parseMembers = (header: string): [name: string, value: string][] =>
  header.split(',').map((member) => {
    const equals = member.indexOf('=')
    const name = equals < 0 ? member : member.slice(0, equals)
    return [name.trim().toLowerCase(), equals < 0 ? '' : member.slice(equals + 1).trim()]
  })

/** The base64 of a byte sequence (RFC 8941, section 3.3.5), which stands between colons; undefined for anything else. */
const parseBytes = (value: string): string | undefined => /^:([A-Za-z0-9+/]*={0,2}):$/.exec(value)?.[1]

/**
 * Holds the bytes of a body, as they were sent, against its Content-Digest. Algorithms that are not known here say nothing.
 * @throws Problem `malformed-request` where they differ or the header cannot be read
 */
export const verifyDigest = async (header: string | undefined, bytes: BufferSource): Promise<void> => {
  if (header === undefined) return
  // Each algorithm is computed once, however often the header names it.
  const computed = new Map<Algorithm, Promise<string>>()
  const compute = (name: Algorithm): Promise<string> => {
    const digest = computed.get(name) ?? digestOf(name, bytes)
    computed.set(name, digest)
    return digest
  }
  for (const [name, value] of parseMembers(header)) {
    const sent = parseBytes(value)
    if (name === '' || sent === undefined) throw new Problem('malformed-request', 'Content-Digest reads sha-256=:base64: (RFC 9530).')
    if (isAlgorithm(name) && sent !== (await compute(name)))
      throw new Problem('malformed-request', `The body is not the one that Content-Digest was made of: its ${name} is another.`)
  }
}

/** The algorithm that a client prefers among those known here; none where it wants none of them. */
const preferredOf = (header: string): Algorithm | undefined => {
  const wanted = parseMembers(header).flatMap(([name, value]) => {
    const weight = value === '' ? 1 : Number(value)
    return isAlgorithm(name) && weight > 0 ? [{ name, weight }] : []
  })
  return wanted.toSorted((a, b) => b.weight - a.weight)[0]?.name
}

/**
 * Answers Want-Repr-Digest with a digest of what is sent, and forbids everyone on the way to change it, for compressing it
 * would. What is streamed has none: it would have to be held back to its end.
 */
export const reprDigest = createMiddleware<AppEnv>(async function reprDigest(c, next) {
  await next()
  const header = c.req.header('Want-Repr-Digest')
  const algorithm = header === undefined ? undefined : preferredOf(header)
  if (algorithm === undefined || !c.res.body || c.get('isStreamed')) return
  const bytes = await c.res.arrayBuffer()
  const { status, headers } = c.res
  const caching = headers.get('Cache-Control')
  headers.set('Cache-Control', caching === null ? 'no-transform' : `${caching}, no-transform`)
  headers.set('Repr-Digest', `${algorithm}=:${await digestOf(algorithm, bytes)}:`)
  // Set from scratch: Hono would merge the headers of the old answer into the new one.
  c.res = undefined
  c.res = new Response(bytes, { status, headers })
})
