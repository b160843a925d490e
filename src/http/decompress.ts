import { Inflate } from 'pako/browser/inflate'
import { Problem } from '../errors.ts'
import type { AppContext } from '../middleware/app-env.ts'
import { verifyDigest } from '../middleware/content-digest.ts'
import { formatNumber, LIMITS } from '../schemas/limits.ts'

/** Returns the problem of a body that exceeds the limit as sent or after decompression. */
export const bodyTooLarge = (): Problem =>
  new Problem(
    'content-too-large',
    `Body too large: at most ${formatNumber(LIMITS.bodyBytes)} bytes, also after decompression. Send it in parts.`,
  )

/** The first three bytes of a gzip member: magic number and compression method (RFC 1952, section 2.3.1). */
const MEMBER_START = [0x1f, 0x8b, 0x08]

/** Counts the starts of gzip members. Compressed data contains the same bytes by chance once in 16 MiB, far above the body limit. */
const countMembers = (packed: Uint8Array): number => {
  let count = 0
  for (let at = packed.indexOf(MEMBER_START[0]!); at >= 0; at = packed.indexOf(MEMBER_START[0]!, at + 1))
    if (packed[at + 1] === MEMBER_START[1] && packed[at + 2] === MEMBER_START[2]) count++
  return count
}

/**
 * Decompresses gzip with one or more members (RFC 1952, section 2.2). It stops at the body limit, because gzip can expand 1,000 times.
 * DecompressionStream supports only one member.
 */
const decompress = (packed: Uint8Array): Uint8Array => {
  if (countMembers(packed) > LIMITS.gzipMembers)
    throw new Problem(
      'content-too-large',
      `Too many gzip members: at most ${formatNumber(LIMITS.gzipMembers)}. Compress the content as one.`,
    )
  const parts: Uint8Array[] = []
  let length = 0
  // The largest window plus 16 selects gzip and excludes other formats of zlib.
  const inflate = new Inflate({ windowBits: 15 + 16 })
  inflate.onData = (part) => {
    length += part.length
    if (length > LIMITS.bodyBytes) throw bodyTooLarge()
    parts.push(part as Uint8Array)
  }
  let countUnread = () => 0
  inflate.onStart = (stream) => {
    countUnread = () => stream.avail_in
  }
  // The library ignores data after a zero byte that follows a member.
  if (!inflate.push(packed, true) || countUnread() > 0)
    throw new Problem('malformed-request', 'The body is not valid gzip, but Content-Encoding says so. Compress it or omit the header.')
  const whole = new Uint8Array(length)
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}

/** Converts an error of reading a body to a problem. Errors other than a Problem mean that the client closed the connection. */
export const toConnectionProblem = (error: unknown): Problem =>
  error instanceof Problem ? error : new Problem('client-closed-request', 'The connection closed before the body was complete.')

/**
 * Reads the bytes of a body as sent.
 * @throws Problem `client-closed-request` if the connection closes before the body is complete
 */
const readRawBody = async (c: AppContext): Promise<ArrayBuffer> => {
  try {
    return await c.req.arrayBuffer()
  } catch (error) {
    throw toConnectionProblem(error)
  }
}

/**
 * Reads a body, verifies its Content-Digest, and decompresses it.
 * @throws Problem `unsupported-media-type` for an unsupported encoding (RFC 7694), `content-too-large`, `malformed-request` for a wrong
 * digest or invalid gzip
 */
export const readBytes = async (c: AppContext): Promise<Uint8Array> => {
  const encoding = (c.req.header('Content-Encoding') ?? '').trim().toLowerCase()
  if (!['', 'identity', 'gzip', 'x-gzip'].includes(encoding)) {
    throw new Problem('unsupported-media-type', 'Content-Encoding is not supported. Send gzip or an uncompressed body.', {
      headers: { 'Accept-Encoding': 'gzip' },
    })
  }
  const sent = await readRawBody(c)
  await verifyDigest(c.req.header('Content-Digest'), sent)
  const bytes = new Uint8Array(sent)
  return encoding.endsWith('gzip') ? decompress(bytes) : bytes
}
