import { join } from 'node:path'
import { rolldown } from 'rolldown'
import type { OutputChunk } from 'rolldown'

/** The pages that the dashboard loads on demand, each with the file that starts it. */
const PAGE_FILES = ['sprockets.ts', 'keys/keys-page.ts', 'organisation.ts', 'audit/audit-page.ts']

/** The modules of the dashboard, with their imports. */
interface Graph {
  getModuleInfo(id: string): { importedIds: string[] } | null
}

/** Returns a file and all files that it imports at once. */
const listModules = (graph: Graph, id: string, found = new Set<string>()): Set<string> => {
  if (found.has(id)) return found
  found.add(id)
  for (const next of graph.getModuleInfo(id)?.importedIds ?? []) listModules(graph, next, found)
  return found
}

/**
 * Bundles the code of the dashboard. Code that the first view of a page needs is in few bundles, because each one costs a request:
 * the start, the frame with the overview and the wall, and the page of a factory. Code that is loaded on demand has its own bundles.
 * esbuild cannot group code: it makes a bundle for each set of pages that share it.
 */
export const bundleDashboard = async (directory: string) => {
  const files = new Map<string, string>()
  const file = (name: string) => join(directory, name)
  const findGroup = (id: string, graph: Graph): string | null => {
    const has = (name: string) => listModules(graph, file(name)).has(id)
    if (id === file('start.ts')) return null
    // The texts of a language import it, and must not run the dashboard.
    if (has('start.ts') || has('texts/plural.ts')) return 'language'
    if (has('dashboard.ts') || (has('factory.ts') && PAGE_FILES.some(has))) return 'frame'
    return has('factory.ts') ? 'factory' : null
  }
  const build = await rolldown({
    input: { start: file('start.ts') },
    platform: 'browser',
    transform: { target: 'es2022' },
    preserveEntrySignatures: 'allow-extension',
  })
  const { output } = await build.generate({
    format: 'esm',
    minify: true,
    entryFileNames: 'assets/[name]-[hash].js',
    chunkFileNames: 'assets/[name]-[hash].js',
    codeSplitting: { includeDependenciesRecursively: false, groups: [{ debugName: 'first views', name: findGroup }] },
  })
  const chunks = new Map(output.filter((each): each is OutputChunk => each.type === 'chunk').map((chunk) => [chunk.fileName, chunk]))
  for (const { fileName, code } of chunks.values()) files.set(fileName, code)
  return {
    files,
    /** Returns the paths of the bundles with these files of the dashboard, and of all bundles that they import at once. */
    listBundles(...names: string[]): string[] {
      const found = new Set<string>()
      const add = (path: string) => {
        if (found.has(path)) return
        found.add(path)
        chunks.get(path)!.imports.forEach(add)
      }
      for (const name of names) add([...chunks.values()].find(({ moduleIds }) => moduleIds.includes(file(name)))!.fileName)
      return [...found]
    },
  }
}
