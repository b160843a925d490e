import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { relativePath } from './relative-path.ts'

const run = promisify(execFile)
const vitepress = join(dirname(createRequire(import.meta.url).resolve('vitepress/package.json')), 'bin/vitepress.js')
const site = join(import.meta.dirname, 'site')
const packages = join(import.meta.dirname, '../../node_modules')

/** Files that VitePress writes and that no page needs: the Worker answers 404, and the list of pages is in a script. */
const UNUSED = new Set(['404.html', 'hashmap.json'])

/** Reads all files of a directory, by their relative path. */
const readFiles = async (directory: string): Promise<Map<string, Buffer>> => {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true })
  const paths = entries.filter((entry) => entry.isFile()).map((entry) => relativePath(directory, join(entry.parentPath, entry.name)))
  return new Map(await Promise.all(paths.map(async (path) => [path, await readFile(join(directory, path))] as const)))
}

/**
 * Renders Markdown, by address, with VitePress. Returns the files of the site. VitePress runs in a separate process and in a
 * temporary directory, because it writes its work files next to the Markdown, and two builds may run at once.
 */
export const buildSite = async (pages: Map<string, string>): Promise<Map<string, Buffer>> => {
  const directory = await mkdtemp(join(tmpdir(), 'site-'))
  const write = async (path: string, text: string) => {
    await mkdir(dirname(join(directory, path)), { recursive: true })
    await writeFile(join(directory, path), text)
  }
  try {
    await symlink(packages, join(directory, 'node_modules'), 'junction')
    for (const [address, text] of pages) await write(`${address}.md`, text)
    await write('.vitepress/config.mts', `export { default } from ${JSON.stringify(join(site, 'config.ts'))}\n`)
    await write('.vitepress/theme/index.ts', `export { default } from ${JSON.stringify(join(site, 'theme/index.ts'))}\n`)
    await run(process.execPath, [vitepress, 'build', directory]).catch((error: Error & { stdout?: string; stderr?: string }) => {
      throw new Error(`VitePress failed to build the guides:\n${error.stdout ?? ''}${error.stderr ?? ''}`, { cause: error })
    })
    const files = await readFiles(join(directory, '.vitepress/dist'))
    return new Map([...files].filter(([path]) => !UNUSED.has(path)))
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
}
