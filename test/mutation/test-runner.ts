import { cpSync, globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { createVitest } from 'vitest/node'
import type { Vitest } from 'vitest/node'
import { PROJECT } from './mutants.ts'
import type { GeneratedMutant } from './mutants.ts'

/** Runs the Workers tests of a mutant in a copy of the project. Vitest keeps all other files, so that a run takes seconds. */

/** The copy: inside the project, so that it finds the packages, and ignored by git. */
const COPY = join(PROJECT, '.wrangler/mutation')
const COPIED = ['src', 'test', 'drizzle', 'seed', 'wrangler.toml', 'package.json', 'tsconfig.json']
// Without it, Miniflare asks the Internet before each run.
process.env['CLOUDFLARE_CF_FETCH_ENABLED'] ??= 'false'
/** Time limit of one test file. A mutant may loop forever. */
const LIMIT_MS = 300_000

/** Tests of each source folder: folders of integration tests, and files of other folders. */
const AREAS: Record<string, string[]> = {
  auth: ['auth/', 'http/cached-read', 'routes/keys', 'db/database-down'],
  cache: ['cache/', 'http/cached-read', 'db/database-down'],
  chunks: ['local-time/', 'commands/readings', 'routes/chart-data', 'documents/', 'jobs/trim-readings'],
  commands: [
    'commands/',
    'routes/audit-log',
    'routes/keys',
    'routes/organisation',
    'http/idempotency',
    'auth/revocation',
    'db/database-down',
    'jobs/trim',
  ],
  db: ['db/', 'cache/overdue', 'cache/publish'],
  http: ['http/cached-read', 'middleware/length-limits'],
  jobs: ['jobs/', 'routes/organisation', 'db/upgrade'],
  'local-time': ['local-time/', 'jobs/sweep-time-zones', 'jobs/trim-readings'],
}

/** Returns the tests of a source file: first those that import it or have its name, then the others of its area. */
export const testsOf = (file: string): [direct: string[], others: string[]] => {
  const [folder, name] = [dirname(file), basename(file, '.ts')]
  const tests = globSync('test/{unit,integration}/**/*.test.ts', { cwd: PROJECT })
  const isDirect = (test: string) =>
    test.endsWith(`/${folder}/${name}.test.ts`) || readFileSync(join(PROJECT, test), 'utf8').includes(`/src/${file}'`)
  const isNear = (test: string) => AREAS[folder]!.some((prefix) => test.includes(`/integration/${prefix}`))
  return [tests.filter(isDirect), tests.filter((test) => !isDirect(test) && isNear(test))]
}

export class TestRunner {
  /** The open test runners by their configuration: unit tests run in Node, which takes a tenth of the time. */
  readonly #runners = new Map<string, Vitest>()
  /** Durations of test files in ms. The shortest is run first. */
  readonly #durations = new Map<string, number>()
  /** Test files that pass without a mutant, and those that fail, which are not run again. */
  readonly #sound = new Set<string>()
  readonly broken = new Set<string>()

  constructor() {
    rmSync(COPY, { recursive: true, force: true })
    mkdirSync(COPY, { recursive: true })
    for (const name of COPIED) cpSync(join(PROJECT, name), join(COPY, name), { recursive: true })
  }

  /** True if a test fails with the mutant and passes without it. */
  async finds({ file, mutated, source }: GeneratedMutant, tests: string[]): Promise<boolean> {
    const durationOf = (test: string) => this.#durations.get(test) ?? (test.startsWith('test/unit/') ? 0 : 1)
    for (const test of tests.toSorted((a, b) => durationOf(a) - durationOf(b))) {
      if (this.broken.has(test)) continue
      this.#write(file, mutated)
      const passes = await this.#passes(test)
      this.#write(file, source)
      if (passes) continue
      if (!this.#sound.has(test) && !(await this.#passes(test))) {
        this.broken.add(test)
        continue
      }
      this.#sound.add(test)
      return true
    }
    return false
  }

  async close(): Promise<void> {
    const closing = Promise.all([...this.#runners.values()].map((runner) => runner.close()))
    await Promise.race([closing, new Promise((resolve) => setTimeout(resolve, 10_000).unref())])
    this.#runners.clear()
  }

  #write(file: string, text: string): void {
    const path = join(COPY, 'src', file)
    writeFileSync(path, text)
    for (const runner of this.#runners.values()) runner.invalidateFile(path)
  }

  async #open(config: string): Promise<Vitest> {
    const open = this.#runners.get(config)
    if (open) return open
    const runner = await createVitest('test', {
      config: join(COPY, config),
      root: COPY,
      watch: false,
      isolate: true,
      bail: 1,
      maxWorkers: 1,
      // A test may take longer than usual next to others on a busy machine.
      hookTimeout: LIMIT_MS,
      silent: true,
      reporters: [{}],
    })
    this.#runners.set(config, runner)
    return runner
  }

  /** Runs a test file up to its first failure. True if all tests pass within the time limit. */
  async #passes(test: string): Promise<boolean> {
    const runner = await this.#open(test.startsWith('test/unit/') ? 'test/unit/vitest.config.ts' : 'test/vitest.config.ts')
    const path = join(COPY, test)
    const specifications = await runner.globTestSpecifications([path])
    const started = performance.now()
    const timeout = Promise.withResolvers<undefined>()
    const timer = setTimeout(timeout.resolve, LIMIT_MS, undefined)
    const result = await Promise.race([runner.runTestSpecifications(specifications), timeout.promise])
    clearTimeout(timer)
    if (!result) {
      await this.close()
      return false
    }
    // The result contains every file that has run so far.
    const passes = result.testModules.find(({ moduleId }) => moduleId === path)?.state() === 'passed'
    if (passes) this.#durations.set(test, performance.now() - started)
    return passes
  }
}
