import { Inflate } from 'pako/browser/inflate'
import { Problem } from '../errors.ts'
import type { AppContext } from '../middleware/app-env.ts'
import { verifyDigest } from '../middleware/content-digest.ts'
import { LIMITS } from '../schemas/limits.ts'

/** The problem of a body that is too large as it is sent, or once it is unpacked. */
export const tooLarge = (): Problem =>
  new Problem('content-too-large', `A body may have ${LIMITS.bodyBytes} bytes, unpacked too; send it in parts.`)

/** The first byte of a gzip member, and the two after it: its identity, and the one method of compression (RFC 1952, section 2.3.1). */
const MEMBER_START = [0x1f, 0x8b, 0x08]

/** Counts what looks like the start of a gzip member. Packed data looks like it once in 16 MiB, which no limit here is close to. */
const countMembers = (packed: Uint8Array): number => {
  let count = 0
  for (let at = packed.indexOf(MEMBER_START[0]!); at >= 0; at = packed.indexOf(MEMBER_START[0]!, at + 1))
    if (packed[at + 1] === MEMBER_START[1] && packed[at + 2] === MEMBER_START[2]) count++
  return count
}

/**
 * Unpacks gzip of one or several members (RFC 1952, section 2.2), and gives up as soon as there is more than a body may have: a
 * few bytes can grow to a thousandfold. DecompressionStream takes one member alone.
 */
const unpack = (packed: Uint8Array): Uint8Array => {
  if (countMembers(packed) > LIMITS.gzipMembers)
    throw new Problem('content-too-large', `A gzip body may have ${LIMITS.gzipMembers} members; pack the content as one.`)
  const parts: Uint8Array[] = []
  let length = 0
  // 16 more than the largest window: gzip, and nothing else that zlib knows.
  const inflate = new Inflate({ windowBits: 15 + 16 })
  inflate.onData = (part) => {
    length += part.length
    if (length > LIMITS.bodyBytes) throw tooLarge()
    parts.push(part as Uint8Array)
  }
  let countUnread = () => 0
  inflate.onStart = (stream) => {
    countUnread = () => stream.avail_in
  }
  // The library does not read what follows a zero byte after a member.
  if (!inflate.push(packed, true) || countUnread() > 0)
    throw new Problem('malformed-request', 'The body is not the gzip that Content-Encoding says it is.')
  const whole = new Uint8Array(length)
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}

/** Returns the problem of a body that could not be read to its end: its client closed the connection. */
export const asHangUp = (error: unknown): Problem =>
  error instanceof Problem ? error : new Problem('client-closed-request', 'The connection ended before the body did.')

/**
 * Reads a body as it was sent.
 * @throws Problem `client-closed-request` if the connection ends before the body does
 */
export const readSent = async (c: AppContext): Promise<ArrayBuffer> => {
  try {
    return await c.req.arrayBuffer()
  } catch (error) {
    throw asHangUp(error)
  }
}

/**
 * Reads a body: the bytes as they were sent, held against their digest where one came with them, then what they unpack to.
 * @throws Problem `unsupported-media-type` for an encoding that is not unpacked here (RFC 7694), `content-too-large`,
 * `malformed-request` for bytes that the digest is not of
 */
export const readBytes = async (c: AppContext): Promise<Uint8Array> => {
  const encoding = (c.req.header('Content-Encoding') ?? '').trim().toLowerCase()
  if (!['', 'identity', 'gzip', 'x-gzip'].includes(encoding)) {
    throw new Problem('unsupported-media-type', 'Send the body as it is, or with Content-Encoding: gzip.', {
      headers: { 'Accept-Encoding': 'gzip' },
    })
  }
  const sent = await readSent(c)
  await verifyDigest(c.req.header('Content-Digest'), sent)
  const bytes = new Uint8Array(sent)
  return encoding.endsWith('gzip') ? unpack(bytes) : bytes
}
