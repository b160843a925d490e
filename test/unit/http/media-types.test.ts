import fc from 'fast-check'
import { expect, test } from 'vitest'
import { chooseMediaType } from '../../../src/http/media-types.ts'

const OFFERED = ['application/json', 'text/csv'] as const
const ranges = ['application/json', 'application/*', 'text/csv', 'text/*', '*/*', 'image/png'] as const

/** What RFC 9110, section 12.5.1, says: the most precise range decides on a type. */
const qualityOf = (accept: { range: string; quality: number }[], type: string) => {
  for (const name of [type, `${type.split('/')[0]}/*`, '*/*']) {
    const found = accept.find(({ range }) => range === name)
    if (found) return found.quality
  }
  return 0
}

const accept = fc.uniqueArray(
  fc.record({ range: fc.constantFrom(...ranges), quality: fc.integer({ min: 0, max: 1_000 }).map((thousandths) => thousandths / 1_000) }),
  { selector: ({ range }) => range, minLength: 1 },
)

test('chooseMediaType returns the type with the highest quality', () => {
  fc.assert(
    fc.property(accept, fc.constantFrom(', ', ',', ' ,\t'), (given, between) => {
      const header = given.map(({ range, quality }) => `${range};q=${quality}`).join(between)
      const [json, csv] = OFFERED.map((type) => qualityOf(given, type))
      const chosen = chooseMediaType(header, OFFERED)
      if (json! > csv! || (json === 0 && csv === 0)) expect(chosen, header).toBe('application/json')
      if (csv! > json!) expect(chosen, header).toBe('text/csv')
    }),
  )
})

test('chooseMediaType takes any header', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (header) => {
      expect(OFFERED).toContain(chooseMediaType(header, OFFERED))
    }),
  )
  for (const none of [undefined, null, '', '*/*']) expect(chooseMediaType(none, OFFERED)).toBe('application/json')
})
