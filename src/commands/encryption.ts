const encoder = new TextEncoder()
/** The nonce of AES-GCM, 96 bits (NIST SP 800-38D), stands before the sealed bytes. */
const NONCE_BYTES = 12

/** SHA-256. */
export const sha256 = async (bytes: Uint8Array): Promise<Uint8Array<ArrayBuffer>> =>
  new Uint8Array(await crypto.subtle.digest('SHA-256', bytes))

const keyOf = async (secret: string): Promise<CryptoKey> =>
  crypto.subtle.importKey('raw', await crypto.subtle.digest('SHA-256', encoder.encode(secret)), 'AES-GCM', false, ['encrypt', 'decrypt'])

/** Seals a text so that only who knows the secret can read it: the database alone tells nothing. */
export const encrypt = async (secret: string, text: string): Promise<Uint8Array<ArrayBuffer>> => {
  const nonce = crypto.getRandomValues(new Uint8Array(NONCE_BYTES))
  const sealed = await crypto.subtle.encrypt({ name: 'AES-GCM', iv: nonce }, await keyOf(secret), encoder.encode(text))
  const bytes = new Uint8Array(NONCE_BYTES + sealed.byteLength)
  bytes.set(nonce)
  bytes.set(new Uint8Array(sealed), NONCE_BYTES)
  return bytes
}

/**
 * The text that was sealed with this secret.
 * @throws where it was sealed with another, or is not whole
 */
export const decrypt = async (secret: string, sealed: Uint8Array<ArrayBuffer>): Promise<string> => {
  const [iv, data] = [sealed.subarray(0, NONCE_BYTES), sealed.subarray(NONCE_BYTES)]
  return new TextDecoder().decode(await crypto.subtle.decrypt({ name: 'AES-GCM', iv }, await keyOf(secret), data))
}
