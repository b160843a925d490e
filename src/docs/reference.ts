import { readFile } from 'node:fs/promises'
import { join } from 'node:path'

/** Renders the page of the reference. Scalar renders the routes in the browser, from `/openapi.json`. */
export const renderReference = async (bundles: Record<'style' | 'scalar' | 'script', string>): Promise<string> => {
  const page = await readFile(join(import.meta.dirname, 'browser/reference.html'), 'utf8')
  return page.replaceAll(/\{(style|scalar|script)\}/g, (_, name: keyof typeof bundles) => bundles[name])
}
