/**
 * Puts sections between their markers, `<!-- bench:name -->` and `<!-- /bench:name -->`.
 * @throws where a section has no place
 */
export const fillIn = (page: string, sections: Record<string, string>): string =>
  Object.entries(sections).reduce((text, [name, section]) => {
    const place = new RegExp(`(<!-- bench:${name} -->)[^]*?(<!-- /bench:${name} -->)`)
    if (!place.test(text)) throw new Error(`The page has no place for ${name}.`)
    return text.replace(place, (_, begin: string, end: string) => `${begin}\n\n${section}\n\n${end}`)
  }, page)
