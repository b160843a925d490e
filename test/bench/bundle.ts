import { mkdtemp, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { build } from 'esbuild'
import { mustRun, runWrangler } from '../../src/cli/wrangler.ts'

/**
 * What a release may weigh, gzipped, and what running its top level may take here. A cold start loads the one and runs the
 * other. Whoever moves a figure says why.
 */
export const BUDGET = {
  /** A sixth above what it weighed when this was set, 294 KiB; the platform refuses 10 MB. */
  gzipKiB: 350,
  /** The platform refuses a Worker that takes a second. It was 98 to 146 ms when this was set; a machine of tests may be slow. */
  startupMs: 400,
}

/** The Worker as it is deployed. */
export interface Bundle {
  code: string
  kiB: number
  gzipKiB: number
  startupMs: number
}

/** Time that the samples of a CPU profile cover, without the idle ones. */
const busyMs = (profile: {
  nodes: { id: number; callFrame: { functionName: string } }[]
  samples: number[]
  timeDeltas: number[]
}): number => {
  const idle = new Set(profile.nodes.filter(({ callFrame }) => callFrame.functionName === '(idle)').map(({ id }) => id))
  return profile.timeDeltas.reduce((sum, delta, at) => sum + (idle.has(profile.samples[at]!) ? 0 : delta), 0) / 1000
}

/** Builds what `wrangler deploy` would send, and has wrangler profile its start. */
export const buildProduction = async (): Promise<Bundle> => {
  const directory = await mkdtemp(join(tmpdir(), 'bench-'))
  try {
    await mustRun(runWrangler, 'Building the Worker', ['deploy', '--dry-run', '--outdir', directory])
    const profile = join(directory, 'startup.cpuprofile')
    await mustRun(runWrangler, 'Profiling the start', ['check', 'startup', '--outfile', profile])
    const code = await readFile(join(directory, 'index.js'), 'utf8')
    return {
      code,
      kiB: (await stat(join(directory, 'index.js'))).size / 1024,
      gzipKiB: gzipSync(code).length / 1024,
      startupMs: busyMs(JSON.parse(await readFile(profile, 'utf8')) as Parameters<typeof busyMs>[0]),
    }
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
}

/** The name under which the bench's own Workers import the production bundle. */
export const PRODUCTION = './production.js'

/** Bundles a Worker of the bench; what it imports from src/index.ts stays an import of the production bundle. */
export const buildEntry = async (name: 'baseline' | 'production' | 'instrumented' | 'soak'): Promise<string> => {
  const result = await build({
    entryPoints: [join(import.meta.dirname, `workers/${name}.ts`)],
    bundle: true,
    write: false,
    format: 'esm',
    target: 'es2024',
    plugins: [
      {
        name: 'production',
        setup: (building) => building.onResolve({ filter: /\/src\/index\.ts$/ }, () => ({ path: PRODUCTION, external: true })),
      },
    ],
  })
  return result.outputFiles[0]!.text
}
