/** A media range of Accept with its quality. */
interface Range {
  type: string
  quality: number
}

/** A quality value (RFC 9110, section 12.4.2). */
const QUALITY = /^(?:0(?:\.\d{0,3})?|1(?:\.0{0,3})?)$/

/** Parses the ranges of Accept in lower case. Parameters other than `q` are dropped; a range with an invalid `q` is ignored. */
const parseAccept = (accept: string): Range[] =>
  accept
    .toLowerCase()
    .split(',')
    .flatMap((part) => {
      const [type = '', ...parameters] = part.split(';').map((each) => each.trim())
      const quality = parameters.find((parameter) => parameter.startsWith('q='))?.slice(2) ?? '1'
      return QUALITY.test(quality) ? [{ type, quality: Number(quality) }] : []
    })

/** Returns the most specific range that matches a type, with its specificity and its place in the header. */
const findRange = (ranges: Range[], type: string) => {
  const names = [type, `${type.split('/')[0]}/*`, '*/*']
  const [precision] = names.flatMap((name, index) => (ranges.some((range) => range.type === name) ? [index] : []))
  if (precision === undefined) return { type, quality: 0, precision: names.length, place: ranges.length }
  const place = ranges.findIndex((range) => range.type === names[precision])
  return { type, quality: ranges[place]!.quality, precision, place }
}

/**
 * Returns the media type that Accept prefers (RFC 9110, section 12.5.1). Types of equal quality are ranked by the specificity of the
 * matching range, then by its place in Accept, then by the order of `offered`. Returns the first type if Accept matches none.
 */
export const chooseMediaType = <T extends string>(accept: string | null | undefined, offered: readonly [T, ...T[]]): T => {
  if (!accept || accept === '*/*') return offered[0]
  const ranges = parseAccept(accept)
  const [best] = offered
    .map((type) => ({ ...findRange(ranges, type), type }))
    .toSorted((a, b) => b.quality - a.quality || a.precision - b.precision || a.place - b.place)
  return best!.quality > 0 ? best!.type : offered[0]
}
