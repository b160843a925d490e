import { readdir, readFile, rm, mkdir, writeFile } from 'node:fs/promises'
import { dirname, join, relative } from 'node:path'
import { build } from 'esbuild'
import { createApp } from '../app.ts'
import { createIsolate } from '../runtime/isolate.ts'
import type { Env } from '../runtime/env.ts'
import { errorsPage } from './errors.ts'
import { guidePages } from './guides.ts'
import { limitsPage } from './limits.ts'
import { renderPage } from './page.ts'
import { referencePage } from './reference.ts'
import type { OpenApi } from './reference.ts'

/**
 * Builds the pages that the Worker serves: bundles browser code, and renders the documentation from the guides, the contract
 * and the table of errors. wrangler runs this before it serves or deploys. The output depends only on the sources, so two
 * concurrent runs do no harm.
 */
const root = join(import.meta.dirname, '../..')
const dashboard = join(root, 'src/dashboard')
const target = join(root, 'dist')

const made = new Map<string, string | Uint8Array>()

const common = { absWorkingDir: root, outdir: target, bundle: true, minify: true, write: false, format: 'esm', target: 'es2022' } as const

/** Bundles with a hash in their names, so that browsers can cache them without expiry. */
const bundled = await build({
  ...common,
  entryPoints: Object.fromEntries(
    ['style.css', 'dashboard.ts', 'reference.ts', 'copy-buttons.ts'].map((name) => [name.split('.')[0]!, join(dashboard, name)]),
  ),
  // The page loads the chart's code only when it draws a chart.
  splitting: true,
  entryNames: 'assets/[name]-[hash]',
  chunkNames: 'assets/[name]-[hash]',
})
const client = await build({ ...common, entryPoints: { client: join(root, 'src/client/client.ts') } })
for (const { path, contents } of [...bundled.outputFiles, ...client.outputFiles]) made.set(relative(target, path), contents)

const addressOf = (name: string) => `/${[...made.keys()].find((path) => path.startsWith(`assets/${name}-`))!}`
const bundles = { style: addressOf('style') }

const contract = (await (await createApp(createIsolate({} as Env, undefined, () => {})).request('/openapi.json')).json()) as OpenApi
for (const page of [...(await guidePages(addressOf('copy-buttons'))), limitsPage(), referencePage(contract, addressOf('reference')), errorsPage()])
  made.set(`${page.at.slice(1)}.html`, await renderPage(page, bundles))

const board = await readFile(join(dashboard, 'index.html'), 'utf8')
made.set('index.html', board.replace('{style}', bundles.style).replace('{dashboard}', addressOf('dashboard')))
for (const name of ['icon.svg', '_headers']) made.set(name, await readFile(join(dashboard, name)))

for (const [path, contents] of made) {
  await mkdir(dirname(join(target, path)), { recursive: true })
  await writeFile(join(target, path), contents)
}
// Removes files of earlier builds, which would be deployed too.
for (const entry of await readdir(target, { recursive: true, withFileTypes: true })) {
  const path = relative(target, join(entry.parentPath, entry.name))
  if (entry.isFile() && !made.has(path)) await rm(join(target, path), { force: true })
}
