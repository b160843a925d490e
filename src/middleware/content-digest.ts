import { createMiddleware } from 'hono/factory'
import { Problem } from '../errors.ts'
import { hash, isHashAlgorithm, toBase64 } from '../runtime/hash.ts'
import type { HashAlgorithm } from '../runtime/hash.ts'
import type { AppEnv } from './app-env.ts'

const computeDigest = async (algorithm: HashAlgorithm, bytes: BufferSource): Promise<string> => toBase64(await hash(algorithm, bytes))

/**
 * Parses the members of a dictionary (RFC 8941): `name`, or `name=value`. Splitting takes linear time. A regular expression with two runs
 * of spaces would take quadratic time.
 */
const parseMembers = (header: string): [name: string, value: string][] =>
  header.split(',').map((member) => {
    const equals = member.indexOf('=')
    const name = equals < 0 ? member : member.slice(0, equals)
    return [name.trim().toLowerCase(), equals < 0 ? '' : member.slice(equals + 1).trim()]
  })

/** Returns the base64 of a byte sequence (RFC 8941, section 3.3.5), which is between colons; undefined for other values. */
const parseBytes = (value: string): string | undefined => /^:([A-Za-z0-9+/]*={0,2}):$/.exec(value)?.[1]

/**
 * Verifies the Content-Digest of a body as sent. Unknown algorithms are ignored.
 * @throws Problem `malformed-request` for a wrong digest or a malformed header
 */
export const verifyDigest = async (header: string | undefined, bytes: BufferSource): Promise<void> => {
  if (header === undefined) return
  // Each algorithm is computed once, even if the header repeats it.
  const computed = new Map<HashAlgorithm, Promise<string>>()
  const compute = (name: HashAlgorithm): Promise<string> => {
    const digest = computed.get(name) ?? computeDigest(name, bytes)
    computed.set(name, digest)
    return digest
  }
  for (const [name, value] of parseMembers(header)) {
    const sent = parseBytes(value)
    if (name === '' || sent === undefined)
      throw new Problem('malformed-request', 'Malformed Content-Digest. Send sha-256=:base64: (RFC 9530).')
    if (isHashAlgorithm(name) && sent !== (await compute(name)))
      throw new Problem('malformed-request', `The body does not match the ${name} of Content-Digest. Send the body again.`)
  }
}

/** Returns the supported algorithm that a client prefers; undefined if it accepts none. */
const choosePreferred = (header: string): HashAlgorithm | undefined => {
  const accepted = parseMembers(header).flatMap(([name, value]) => {
    const weight = value === '' ? 1 : Number(value)
    return isHashAlgorithm(name) && weight > 0 ? [{ name, weight }] : []
  })
  return accepted.toSorted((a, b) => b.weight - a.weight)[0]?.name
}

/**
 * Adds a Repr-Digest if the client sends Want-Repr-Digest. `no-transform` keeps proxies from compressing the body, which would change
 * the digest. Streamed responses have no digest, because it would require the whole body.
 */
export const reprDigest = createMiddleware<AppEnv>(async function reprDigest(c, next) {
  await next()
  const header = c.req.header('Want-Repr-Digest')
  const algorithm = header === undefined ? undefined : choosePreferred(header)
  if (algorithm === undefined || !c.res.body || c.get('isStreamed')) return
  const bytes = await c.res.arrayBuffer()
  const { status, headers } = c.res
  const caching = headers.get('Cache-Control')
  headers.set('Cache-Control', caching === null ? 'no-transform' : `${caching}, no-transform`)
  headers.set('Repr-Digest', `${algorithm}=:${await computeDigest(algorithm, bytes)}:`)
  // Without the reset, Hono would merge the headers of the old response into the new one.
  c.res = undefined
  c.res = new Response(bytes, { status, headers })
})
