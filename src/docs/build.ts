import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { sha256, toBase64Url } from '../runtime/hash.ts'

/** Runs `build-pages.ts`, unless dist/ was built from the same sources. wrangler runs this before it serves or deploys. */

const root = join(import.meta.dirname, '../..')
/** The hash of the sources of the last build. */
const stamp = join(root, 'dist/.sources')

/** Returns a hash of all files in src/ and at the top level, which include the versions of packages. The output depends on no others. */
const hashSources = async (): Promise<string> => {
  const entries = await Promise.all([
    readdir(root, { withFileTypes: true }),
    readdir(join(root, 'src'), { recursive: true, withFileTypes: true }),
  ])
  const paths = entries.flat().flatMap((entry) => (entry.isFile() ? [join(entry.parentPath, entry.name)] : []))
  const contents = await Promise.all(paths.toSorted().map(async (path) => [relative(root, path), await readFile(path, 'base64')]))
  return toBase64Url(await sha256(JSON.stringify(contents)))
}

const hash = await hashSources()
if ((await readFile(stamp, 'utf8').catch(() => '')) !== hash) {
  await import('./build-pages.ts')
  await writeFile(stamp, hash)
}
