import { afterEach, describe, expect, test, vi } from 'vitest'
import { generateApiKey, hashApiKey, isApiKey, parseToken, withChecksum } from '../../../src/auth/api-key.ts'

// Promise: an API key has 160 random bits and a checksum, so that a mistyped key is recognised without a query.

afterEach(() => {
  vi.restoreAllMocks()
})

const BODY = 'Ab0Cd1Ef2Gh3Ij4Kl5Mn6Op7Qr8'

/** Generates a key from bytes of one value. After a rejection, the bytes are 0. Returns the key and the number of requests for bytes. */
const generateFrom = (byte: number) => {
  let calls = 0
  vi.spyOn(crypto, 'getRandomValues').mockImplementation((bytes) => {
    // A loop without an end must not block the process.
    if (++calls > 3) throw new Error('Too many calls.')
    return (bytes as unknown as Uint8Array).fill(calls === 1 ? byte : 0) as never
  })
  return { key: generateApiKey(), calls }
}

describe('generateApiKey', () => {
  test('generateApiKey chooses each character for the same number of values of a random byte', () => {
    const counts = new Map<string, number>()
    let rejected = 0
    for (let byte = 0; byte < 256; byte++) {
      const { key, calls } = generateFrom(byte)
      const characters = new Set(key.slice(4, 31))
      expect(characters.size).toBe(1)
      if (calls > 1) rejected++
      else for (const character of characters) counts.set(character, (counts.get(character) ?? 0) + 1)
    }
    expect(counts.size).toBe(62)
    expect(new Set(counts.values())).toEqual(new Set([4]))
    expect(rejected).toBe(8)
  })

  test('generateApiKey returns different keys of 27 random characters and their checksum', () => {
    const keys = Array.from({ length: 50 }, generateApiKey)
    for (const key of keys) {
      expect(key).toMatch(/^spk_[0-9A-Za-z]{33}$/)
      expect(isApiKey(key), key).toBe(true)
    }
    expect(new Set(keys).size).toBe(50)
  })
})

describe('withChecksum', () => {
  // The CRC-32 of these texts is 0, 0xCBF43926 (the check value of ISO 3309), 0xE8B7BE43 and 0x352441C2.
  test.each([
    ['', 'spk_000000'],
    ['123456789', 'spk_1234567893jZRME'],
    ['a', 'spk_a4GEHKN'],
    ['abc', 'spk_abc0yKviM'],
  ])('withChecksum appends the CRC-32 of "%s" as six characters', (body, key) => {
    expect(withChecksum(body)).toBe(key)
  })
})

describe('isApiKey', () => {
  const key = withChecksum(BODY)

  test('isApiKey accepts a key with a correct checksum', () => {
    expect(isApiKey(key)).toBe(true)
  })

  test('isApiKey rejects a key in which one character is wrong', () => {
    for (let index = 0; index < key.length; index++) {
      const wrong = key[index] === 'x' ? 'y' : 'x'
      expect(isApiKey(key.slice(0, index) + wrong + key.slice(index + 1)), String(index)).toBe(false)
    }
  })

  test.each([
    '',
    'spk_',
    BODY,
    key.slice(4),
    key.slice(0, -1),
    `${key}0`,
    ` ${key}`,
    `${key}\n`,
    key.toUpperCase(),
    withChecksum(`${BODY}0`),
  ])('isApiKey rejects a text of another form: "%s"', (text) => {
    expect(isApiKey(text)).toBe(false)
  })
})

describe('parseToken', () => {
  test.each([
    ['Bearer abc', 'abc'],
    ['bearer abc', 'abc'],
    ['BEARER   abc  ', 'abc'],
    ['Token abc', undefined],
    ['Basic abc', undefined],
    ['Bearer', undefined],
    ['Bearer ', undefined],
    ['Bearer a b', undefined],
    ['abc', undefined],
    ['', undefined],
  ])('parseToken of "%s" returns %s', (header, token) => {
    expect(parseToken(header)).toBe(token)
  })

  test.each(['Token abc', 'token abc', 'Bearer abc', 'bearer abc'])(
    'parseToken accepts "%s" with the additional scheme Token',
    (header) => {
      expect(parseToken(header, 'Token')).toBe('abc')
    },
  )

  test('parseToken rejects a third scheme', () => {
    expect(parseToken('Basic abc', 'Token')).toBeUndefined()
  })
})

test('hashApiKey returns the SHA-256 in lower-case hex', async () => {
  expect(await hashApiKey('abc')).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad')
})
