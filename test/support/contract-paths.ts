const patterns = new Map<string, RegExp>()
const patternOf = (template: string): RegExp => {
  const pattern = patterns.get(template) ?? new RegExp(`^${template.replaceAll('.', String.raw`\.`).replaceAll(/\{\w+\}/g, '[^/]+')}$`)
  patterns.set(template, pattern)
  return pattern
}

/** Returns the documented path, such as `/api/factory/{id}`, of a URL. Trailing and doubled slashes are ignored. */
export const findTemplate = (templates: string[], path: string): string | undefined => {
  const normalized = path
    .split('?')[0]!
    .replaceAll(/\/{2,}/g, '/')
    .replace(/(?<=.)\/$/, '')
  const found = templates.filter((template) => patternOf(template).test(normalized))
  return found.find((template) => !template.includes('{')) ?? found[0]
}
