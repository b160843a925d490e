const encoder = new TextEncoder()

/** The secure algorithms of RFC 9530, with their names in WebCrypto. */
const ALGORITHMS = { 'sha-256': 'SHA-256', 'sha-512': 'SHA-512' } as const
export type HashAlgorithm = keyof typeof ALGORITHMS

/** True for the name of a supported algorithm, as in Content-Digest. */
export const isHashAlgorithm = (name: string): name is HashAlgorithm => Object.hasOwn(ALGORITHMS, name)

/** Returns the hash of bytes, or of a text in UTF-8. */
export const hash = async (algorithm: HashAlgorithm, content: BufferSource | string): Promise<Uint8Array<ArrayBuffer>> =>
  new Uint8Array(await crypto.subtle.digest(ALGORITHMS[algorithm], typeof content === 'string' ? encoder.encode(content) : content))

/** Returns the SHA-256 of bytes, or of a text in UTF-8. */
export const sha256 = (content: BufferSource | string): Promise<Uint8Array<ArrayBuffer>> => hash('sha-256', content)

/** Returns bytes in lower-case hex. */
export const toHex = (bytes: Uint8Array): string => Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')

/** Returns bytes in base64 (RFC 4648, section 4). */
export const toBase64 = (bytes: Uint8Array): string => btoa(String.fromCharCode(...bytes))

/** Returns bytes in the base64 of URLs and file names, without padding (RFC 4648, section 5). */
export const toBase64Url = (bytes: Uint8Array): string => toBase64(bytes).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')
