const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
/** Characters of the random part: 62^27 is a little more than 2^160. */
const RANDOM_CHARACTERS = 27
/** Characters of the check: enough for the 32 bits of a CRC. */
const CHECK_CHARACTERS = 6
/** A byte from here on would make the first characters likelier than the last. */
const UNFAIR = 256 - (256 % ALPHABET.length)

/** CRC-32 as in zip and PNG (ISO 3309). */
const crc32 = (text: string): number => {
  let crc = 0xffffffff
  for (const byte of new TextEncoder().encode(text)) {
    crc ^= byte
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0)
  }
  return ~crc >>> 0
}

const checkOf = (body: string): string => {
  let check = ''
  for (let rest = crc32(body); check.length < CHECK_CHARACTERS; rest = Math.floor(rest / ALPHABET.length)) {
    check = ALPHABET[rest % ALPHABET.length]! + check
  }
  return check
}

/** The key that has this random part. */
export const withChecksum = (body: string): string => `spk_${body}${checkOf(body)}`

/**
 * A new API key, `spk_` and 33 letters and digits: 160 random bits and a check over them. The form lets scanners of source
 * code find keys that leaked, and the check tells a mistyped one from a revoked one without asking the database.
 */
export const generateApiKey = (): string => {
  let body = ''
  while (body.length < RANDOM_CHARACTERS) {
    for (const byte of crypto.getRandomValues(new Uint8Array(RANDOM_CHARACTERS))) {
      if (byte < UNFAIR && body.length < RANDOM_CHARACTERS) body += ALPHABET[byte % ALPHABET.length]!
    }
  }
  return withChecksum(body)
}

/** True for a text of the form of an API key whose check is right. */
export const isApiKey = (text: string): boolean => {
  const [, body, check] = /^spk_([0-9A-Za-z]{27})([0-9A-Za-z]{6})$/.exec(text) ?? []
  return body !== undefined && check === checkOf(body)
}

/** What is stored of an API key: its SHA-256 in lower-case hex. */
export const hashApiKey = async (secret: string): Promise<string> => {
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(secret))
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, '0')).join('')
}
