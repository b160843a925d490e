import { readFile, writeFile } from 'node:fs/promises'

/**
 * Replaces sections between their markers, `<!-- bench:name -->` and `<!-- /bench:name -->`.
 * @param pages text by file name
 * @throws Error if no page has the markers of a section
 */
const fillIn = (pages: Record<string, string>, sections: Record<string, string>): Record<string, string> => {
  const filled = { ...pages }
  for (const [name, section] of Object.entries(sections)) {
    const place = new RegExp(`(<!-- bench:${name} -->)[^]*?(<!-- /bench:${name} -->)`)
    const files = Object.keys(filled).filter((file) => place.test(filled[file]!))
    if (files.length === 0) throw new Error(`No page has the markers of bench:${name}. Add them to ${Object.keys(pages).join(' or ')}.`)
    for (const file of files)
      filled[file] = filled[file]!.replace(place, (_, begin: string, end: string) => `${begin}\n\n${section}\n\n${end}`)
  }
  return filled
}

/** Writes sections into files between their markers. */
export const writeSections = async (files: string[], sections: Record<string, string>): Promise<void> => {
  const pages = Object.fromEntries(await Promise.all(files.map(async (file) => [file, await readFile(file, 'utf8')] as const)))
  for (const [file, text] of Object.entries(fillIn(pages, sections))) await writeFile(file, text)
}
