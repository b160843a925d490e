import { sha256, toHex } from '../runtime/hash.ts'

const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
/** Number of characters of the random part: 62^27 is slightly more than 2^160. */
const RANDOM_CHARACTERS = 27
/** Number of characters of the checksum: 62^6 exceeds the 2^32 values of a CRC-32. */
const CHECKSUM_CHARACTERS = 6
/** Bytes from this value on are rejected, because they would make the first characters of the alphabet more likely. */
const REJECTION_LIMIT = 256 - (256 % ALPHABET.length)

/** Returns the CRC-32 of a text, as in ZIP and PNG (ISO 3309). */
const crc32 = (text: string): number => {
  let crc = 0xffffffff
  for (const byte of new TextEncoder().encode(text)) {
    crc ^= byte
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0)
  }
  return ~crc >>> 0
}

/** Returns the CRC-32 of a text in the alphabet of the key. */
const computeChecksum = (body: string): string => {
  let checksum = ''
  for (let rest = crc32(body); checksum.length < CHECKSUM_CHARACTERS; rest = Math.floor(rest / ALPHABET.length)) {
    checksum = ALPHABET[rest % ALPHABET.length]! + checksum
  }
  return checksum
}

/** Returns the API key with this random part. */
export const withChecksum = (body: string): string => `spk_${body}${computeChecksum(body)}`

/**
 * Generates an API key: `spk_` and 33 letters and digits, which are 160 random bits and their checksum. Scanners of source code
 * find leaked keys by this form. The checksum distinguishes a mistyped key from a revoked one without a query.
 */
export const generateApiKey = (): string => {
  let body = ''
  while (body.length < RANDOM_CHARACTERS) {
    for (const byte of crypto.getRandomValues(new Uint8Array(RANDOM_CHARACTERS))) {
      if (byte < REJECTION_LIMIT && body.length < RANDOM_CHARACTERS) body += ALPHABET[byte % ALPHABET.length]!
    }
  }
  return withChecksum(body)
}

/**
 * Parses an Authorization header (RFC 6750). Returns its token, or undefined for another scheme.
 * @param scheme additional scheme, such as `Token`
 */
export const parseToken = (header: string, scheme = 'Bearer'): string | undefined => {
  const [, sentScheme = '', token] = /^(\S+) +(\S+) *$/.exec(header) ?? []
  return ['bearer', scheme.toLowerCase()].includes(sentScheme.toLowerCase()) ? token : undefined
}

/** True if a text has the form of an API key and its checksum is correct. */
export const isApiKey = (text: string): boolean => {
  const [, body, checksum] = /^spk_([0-9A-Za-z]{27})([0-9A-Za-z]{6})$/.exec(text) ?? []
  return body !== undefined && checksum === computeChecksum(body)
}

/** Returns the SHA-256 of an API key in lower-case hex. The database stores nothing else of the key. */
export const hashApiKey = async (secret: string): Promise<string> => toHex(await sha256(secret))
