/** A media range of Accept: what it matches, and how much it is liked. */
interface Range {
  type: string
  quality: number
}

/** The weight of a range (RFC 9110, section 12.4.2). */
const QUALITY = /^(?:0(?:\.\d{0,3})?|1(?:\.0{0,3})?)$/

/** The ranges of Accept in lower case. Parameters other than `q` are left out; a range with a wrong `q` is ignored. */
const parseAccept = (accept: string): Range[] =>
  accept
    .toLowerCase()
    .split(',')
    .flatMap((part) => {
      const [type = '', ...parameters] = part.split(';').map((each) => each.trim())
      const quality = parameters.find((parameter) => parameter.startsWith('q='))?.slice(2) ?? '1'
      return QUALITY.test(quality) ? [{ type, quality: Number(quality) }] : []
    })

/** Returns the range that says most precisely how much a type is liked, and its place. */
const findRange = (ranges: Range[], type: string) => {
  const names = [type, `${type.split('/')[0]}/*`, '*/*']
  const [precision] = names.flatMap((name, index) => (ranges.some((range) => range.type === name) ? [index] : []))
  if (precision === undefined) return { type, quality: 0, precision: names.length, place: ranges.length }
  const place = ranges.findIndex((range) => range.type === names[precision])
  return { type, quality: ranges[place]!.quality, precision, place }
}

/**
 * Returns the media type that Accept prefers (RFC 9110, section 12.5.1). Types that are liked alike are ranked by how precisely
 * Accept names them, then by its order, then by the order of `offered`. The first is sent if Accept takes none of them.
 */
export const chooseMediaType = <T extends string>(accept: string | null | undefined, offered: readonly [T, ...T[]]): T => {
  if (!accept || accept === '*/*') return offered[0]
  const ranges = parseAccept(accept)
  const [best] = offered
    .map((type) => ({ ...findRange(ranges, type), type }))
    .toSorted((a, b) => b.quality - a.quality || a.precision - b.precision || a.place - b.place)
  return best!.quality > 0 ? best!.type : offered[0]
}
