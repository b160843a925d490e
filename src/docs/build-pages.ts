import { readdir, readFile, rm, mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { build } from 'esbuild'
import { bundleDashboard } from './bundle-dashboard.ts'
import { buildClientDeclarations } from './client-declarations.ts'
import { externalize, hashedPath } from './externalize.ts'
import { renderLlmsTxt, renderMarkdown } from './guides.ts'
import { relativePath } from './relative-path.ts'
import { scalarBundle } from './scalar.ts'
import { buildSite } from './site.ts'
import { renderNoScript, renderNotFound } from './static-texts.ts'

/**
 * Builds the pages that the Worker serves: bundles browser code, and renders the documentation from the guides, the contract
 * and the table of errors. Builds the package of the client, which `npm pack ./dist/package` packs. The output depends only on
 * the sources, and files that have it already are not written again, so two concurrent runs cannot damage each other.
 */
const root = join(import.meta.dirname, '../..')
const dashboard = join(root, 'src/dashboard')
const target = join(root, 'dist')

const files = new Map<string, string | Uint8Array>()
/** Starts the compiler and VitePress first, in separate processes: they take longer than the rest of the build. */
const declarations = buildClientDeclarations()
const markdown = await renderMarkdown()
const site = buildSite(markdown)

const common = { absWorkingDir: root, outdir: target, bundle: true, minify: true, write: false, format: 'esm', target: 'es2022' } as const

/** The bundles of code and styles. Their names contain a hash of the content, so that browsers can cache them without expiry. */
const bundled = await build({
  ...common,
  entryPoints: {
    style: join(dashboard, 'style.css'),
    reference: join(dashboard, 'reference.ts'),
    'reference-style': join(dashboard, 'reference.css'),
  },
  entryNames: 'assets/[name]-[hash]',
})
const { files: dashboardFiles, listBundles } = await bundleDashboard(dashboard)
const client = await build({ ...common, entryPoints: { client: join(root, 'src/client/client.ts') } })
for (const { path, contents } of [...bundled.outputFiles, ...client.outputFiles]) files.set(relativePath(target, path), contents)
for (const [path, code] of dashboardFiles) files.set(path, code)

files.set(await hashedPath('scalar', 'js', scalarBundle), scalarBundle)

/** Returns the address of a bundle, such as `/assets/style-GXKPJGJG.css`. */
const findBundle = (name: string) => `/${[...files.keys()].find((path) => path.replace(/-[\w-]{8}\.\w+$/, '') === `assets/${name}`)!}`

/** The bundles of the first view of the overview and the wall. */
const firstBundles = listBundles('start.ts', 'dashboard.ts')
/** The bundles that the page of a factory needs as well. */
const factoryBundles = listBundles('factory.ts').filter((path) => !firstBundles.includes(path))
/** Links to bundles. Without them, a browser requests an import only after it has read the file before it. */
const preloads = firstBundles.map((path) => `<link rel="modulepreload" href="/${path}" />`).join('')

for (const [path, contents] of await externalize(await site)) files.set(path, contents)
for (const [address, text] of markdown) files.set(`${address.slice(1)}.md`, text)
files.set('llms.txt', renderLlmsTxt())
/** The pages that are not guides, with the names of their files. Scalar renders the reference in the browser. */
const PAGES = {
  'index.html': 'index.html',
  '404.html': '404.html',
  'docs/reference.html': 'reference.html',
}
for (const [path, name] of Object.entries(PAGES)) {
  const page = await readFile(join(dashboard, name), 'utf8')
  files.set(
    path,
    page
      .replace('<!-- modulepreload -->', preloads)
      .replace('<!-- noscript -->', renderNoScript())
      .replace('<!-- not found -->', renderNotFound())
      .replace('{factory-code}', factoryBundles.map((bundle) => `/${bundle}`).join(' '))
      .replaceAll(/\{(style|start|reference|reference-style|scalar)\}/g, (_, bundle: string) => findBundle(bundle)),
  )
}
files.set('icon.svg', await readFile(join(dashboard, 'icon.svg')))
for (const name of ['_headers', '_redirects']) files.set(name, await readFile(join(dashboard, name)))

files.set('client.d.ts', await declarations)
const { version, license, engines } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as Record<string, unknown>
const manifest = {
  name: 'sprocket-telemetry-client',
  version,
  description: 'Typed client of the Sprocket Telemetry API for browsers, Node and Workers',
  license,
  type: 'module',
  exports: { '.': { types: './client.d.ts', default: './client.js' } },
  files: ['client.js', 'client.d.ts'],
  sideEffects: false,
  engines,
}
files.set('package/package.json', `${JSON.stringify(manifest, null, 2)}\n`)
for (const name of ['client.js', 'client.d.ts']) files.set(`package/${name}`, files.get(name)!)
files.set('package/README.md', await readFile(join(root, 'src/client/README.md')))
files.set('package/LICENSE', await readFile(join(root, 'LICENSE')))
// Keeps the package and the hash of the sources out of the files that wrangler serves.
files.set('.assetsignore', 'package\n.sources\n')

for (const [path, contents] of files) {
  const file = join(target, path)
  const present = await readFile(file).catch(() => undefined)
  if (present?.equals(Buffer.from(contents))) continue
  await mkdir(dirname(file), { recursive: true })
  await writeFile(file, contents)
}
// Deletes files of earlier builds, because wrangler deploys the whole folder.
for (const entry of await readdir(target, { recursive: true, withFileTypes: true })) {
  const path = relativePath(target, join(entry.parentPath, entry.name))
  if (entry.isFile() && !files.has(path)) await rm(join(target, path), { force: true })
}
