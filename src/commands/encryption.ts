import { sha256 } from '../runtime/hash.ts'

const encoder = new TextEncoder()
/** Length of the nonce of AES-GCM, 96 bits (NIST SP 800-38D). The nonce precedes the ciphertext. */
const NONCE_BYTES = 12

const deriveKey = async (secret: string): Promise<CryptoKey> =>
  crypto.subtle.importKey('raw', await sha256(secret), 'AES-GCM', false, ['encrypt', 'decrypt'])

/** Encrypts a text with a secret. The database does not contain the secret, so it does not reveal the text. */
export const encrypt = async (secret: string, text: string): Promise<Uint8Array<ArrayBuffer>> => {
  const nonce = crypto.getRandomValues(new Uint8Array(NONCE_BYTES))
  const ciphertext = await crypto.subtle.encrypt({ name: 'AES-GCM', iv: nonce }, await deriveKey(secret), encoder.encode(text))
  const bytes = new Uint8Array(NONCE_BYTES + ciphertext.byteLength)
  bytes.set(nonce)
  bytes.set(new Uint8Array(ciphertext), NONCE_BYTES)
  return bytes
}

/**
 * Decrypts bytes that `encrypt` returned.
 * @throws OperationError if they were encrypted with another secret or are damaged
 */
export const decrypt = async (secret: string, encrypted: Uint8Array<ArrayBuffer>): Promise<string> => {
  const [iv, data] = [encrypted.subarray(0, NONCE_BYTES), encrypted.subarray(NONCE_BYTES)]
  return new TextDecoder().decode(await crypto.subtle.decrypt({ name: 'AES-GCM', iv }, await deriveKey(secret), data))
}
