import fc from 'fast-check'
import { expect, test } from 'vitest'
import { chooseMediaType } from '../../../src/http/media-types.ts'

// Promise: `chooseMediaType` follows RFC 9110 for any Accept header.

const OFFERED = ['application/json', 'text/csv'] as const
const RANGES = ['application/json', 'application/*', 'text/csv', 'text/*', '*/*', 'image/png'] as const

/** Returns the quality of a type by RFC 9110, section 12.5.1: the most precise range decides. */
const qualityOf = (accept: { range: string; quality: number }[], type: string) => {
  for (const name of [type, `${type.split('/')[0]}/*`, '*/*']) {
    const found = accept.find(({ range }) => range === name)
    if (found) return found.quality
  }
  return 0
}

const accept = fc.uniqueArray(
  fc.record({ range: fc.constantFrom(...RANGES), quality: fc.integer({ min: 0, max: 1_000 }).map((thousandths) => thousandths / 1_000) }),
  { selector: ({ range }) => range, minLength: 1 },
)

test('chooseMediaType returns the type with the highest quality', () => {
  fc.assert(
    fc.property(accept, fc.constantFrom(', ', ',', ' ,\t'), (ranges, separator) => {
      const header = ranges.map(({ range, quality }) => `${range};q=${quality}`).join(separator)
      const [json, csv] = OFFERED.map((type) => qualityOf(ranges, type))
      const chosen = chooseMediaType(header, OFFERED)
      if (json! > csv! || (json === 0 && csv === 0)) expect(chosen, header).toBe('application/json')
      if (csv! > json!) expect(chosen, header).toBe('text/csv')
    }),
  )
})

/** Any UTF-16 code unit, unpaired surrogates too. `unit: 'binary'` takes seconds to set up. */
const codeUnit = fc.integer({ min: 0, max: 0xffff }).map((unit) => String.fromCharCode(unit))

test('chooseMediaType returns an offered type for any header', () => {
  fc.assert(
    fc.property(fc.string({ unit: codeUnit }), (header) => {
      expect(OFFERED).toContain(chooseMediaType(header, OFFERED))
    }),
  )
  for (const header of [undefined, null, '', '*/*']) expect(chooseMediaType(header, OFFERED)).toBe('application/json')
})
