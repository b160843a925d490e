import { expect, test } from 'vitest'
import { toPayload } from '../../../src/cache/assemble.ts'

// Promise: the entity tag of a payload changes with its bytes, and with the end of the previous page.

test('toPayload returns the bytes and a strong entity tag, which is the first half of their SHA-256', async () => {
  const { body, etag, previousPageEnd } = await toPayload('[1]')
  expect([new TextDecoder().decode(body), previousPageEnd]).toEqual(['[1]', undefined])
  const hash = new Uint8Array(await crypto.subtle.digest('SHA-256', body as Uint8Array<ArrayBuffer>))
  expect(etag).toBe(
    `"${btoa(String.fromCodePoint(...hash.slice(0, 16)))
      .replaceAll('+', '-')
      .replaceAll('/', '_')
      .replaceAll('=', '')}"`,
  )
})

test('toPayload returns another entity tag if the text or the end of the previous page differs', async () => {
  const payloads = [
    toPayload('[1]'),
    toPayload('[2]'),
    toPayload({ text: '[1]', previousPageEnd: 60 }),
    toPayload({ text: '[1]', previousPageEnd: 61 }),
    toPayload({ text: '[2]', previousPageEnd: 60 }),
    toPayload({ text: '[1]', previousPageEnd: 0 }),
  ]
  expect(new Set((await Promise.all(payloads)).map(({ etag }) => etag)).size).toBe(payloads.length)
})
