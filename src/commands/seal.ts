const encoder = new TextEncoder()
/** The nonce of AES-GCM, 96 bits (NIST SP 800-38D), stands before the sealed bytes. */
const NONCE_BYTES = 12

const toHex = (bytes: Uint8Array): string => Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
const fromHex = (hex: string): Uint8Array<ArrayBuffer> =>
  Uint8Array.from({ length: hex.length / 2 }, (_, index) => Number.parseInt(hex.slice(2 * index, 2 * index + 2), 16))

/** SHA-256 in lower-case hex. */
export const digest = async (bytes: Uint8Array): Promise<string> => toHex(new Uint8Array(await crypto.subtle.digest('SHA-256', bytes)))

const keyOf = async (secret: string): Promise<CryptoKey> =>
  crypto.subtle.importKey('raw', await crypto.subtle.digest('SHA-256', encoder.encode(secret)), 'AES-GCM', false, ['encrypt', 'decrypt'])

/** Seals a text so that only who knows the secret can read it: the database alone tells nothing. */
export const seal = async (secret: string, text: string): Promise<string> => {
  const nonce = crypto.getRandomValues(new Uint8Array(NONCE_BYTES))
  const sealed = await crypto.subtle.encrypt({ name: 'AES-GCM', iv: nonce }, await keyOf(secret), encoder.encode(text))
  return toHex(nonce) + toHex(new Uint8Array(sealed))
}

/**
 * The text that was sealed with this secret.
 * @throws where it was sealed with another, or is not whole
 */
export const unseal = async (secret: string, sealed: string): Promise<string> => {
  const bytes = fromHex(sealed)
  const [iv, data] = [bytes.subarray(0, NONCE_BYTES), bytes.subarray(NONCE_BYTES)]
  return new TextDecoder().decode(await crypto.subtle.decrypt({ name: 'AES-GCM', iv }, await keyOf(secret), data))
}
