import { describe, expect, test } from 'vitest'
import { CAUSES } from '../../src/docs/causes.ts'
import { ERRORS } from '../../src/errors.ts'
import type { ErrorCode } from '../../src/errors.ts'

// Promise: the page of errors explains every error that the source can return.

const sources: Record<string, string> = import.meta.glob('../../src/**/*.ts', { query: '?raw', import: 'default', eager: true })
const contract = Object.values<string>(import.meta.glob('./openapi.json', { query: '?raw', import: 'default', eager: true }))[0]!

/** Returns the beginning of a detail. A constant stands for its text. */
const textAfter = (text: string, at: number) => {
  const detail = text.slice(at, at + 300).replaceAll(/\s+/g, ' ')
  return detail.replace(/^[A-Z_]+\b/, (name) => new RegExp(`const ${name} = (.+)`).exec(text)![1]!)
}

/** Every error with a detail in the source: `new Problem('code', 'detail')`, or a call of a function that makes one. */
const details = Object.entries(sources).flatMap(([path, text]) => {
  const name = path.replace(/^.*src\//, '')
  const functions = [...text.matchAll(/const (\w+) = \(detail: string\) => \(\) => new Problem\('([a-z-]+)', detail\)/g)]
  return [
    ...[...text.matchAll(/new Problem\(\s*'([a-z-]+)',\s*(?!detail\))/g)].map(({ 0: { length }, 1: code, index }) => ({
      name,
      code,
      detail: textAfter(text, index + length),
    })),
    ...functions.flatMap(([, called, code]) =>
      [...text.matchAll(new RegExp(`\\b${called}\\(\\s*'`, 'g'))].map(({ index }) => ({ name, code, detail: textAfter(text, index) })),
    ),
  ]
})

describe('the page of errors', () => {
  test.each(details)('the page of errors explains the cause of $code in $name, $detail', ({ code, detail }) => {
    const { causes } = CAUSES[code as ErrorCode]
    expect(causes.flatMap(({ words }) => words).some((each) => detail.includes(each))).toBe(true)
  })

  test('the page of errors explains every code, each with a cause and a remedy', () => {
    expect(Object.keys(CAUSES).toSorted()).toEqual(Object.keys(ERRORS).toSorted())
    for (const { causes, remedy } of Object.values(CAUSES)) expect([causes.length > 0, remedy.length > 0]).toEqual([true, true])
  })

  test('the page of errors explains the example of every error in the contract', () => {
    const shown = [...contract.matchAll(/docs\/errors#([a-z-]+)",[^}]*?"detail": "((?:[^"\\]|\\.)*)"/g)]
    expect(new Set(shown.map(([, code]) => code)).size).toBeGreaterThan(15)
    for (const [, code, detail] of shown) {
      const words = CAUSES[code as ErrorCode].causes.flatMap((each) => each.words)
      if (words.length) expect([code, detail, words.some((each) => detail!.includes(each))]).toEqual([code, detail, true])
    }
  })

  test('the page of errors takes every figure from a table', () => {
    for (const name of ['causes', 'errors']) {
      const prose = sources[`../../src/docs/${name}.ts`]!.replaceAll(/\$\{[^}]*\}/g, '').replaceAll(
        /RFC ?\d+|rfc\d+|UTF-8|d1|\/\*[^]*?\*\//g,
        '',
      )
      const example = prose.replace(/\\`\\`\\`json[^]*?\\`\\`\\`/, '')
      expect(
        [...example.matchAll(/\d+/g)].map(([found]) => found).filter((found) => found !== '0'),
        name,
      ).toEqual([])
    }
  })

  test('the page of errors names every media type that the routes accept', () => {
    const { remedy } = CAUSES['unsupported-media-type']
    for (const word of ['application/json', 'text/csv', 'text/plain', 'application/merge-patch+json', 'gzip'])
      expect(remedy).toContain(word)
  })
})
