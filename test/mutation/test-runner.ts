import { spawnSync } from 'node:child_process'
import { cpSync, globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { createVitest } from 'vitest/node'
import type { Vitest } from 'vitest/node'
import { PROJECT } from './mutants.ts'
import type { GeneratedMutant } from './mutants.ts'

/** Runs the tests of a mutant in a copy of the project. Vitest keeps all other files, so that a run takes seconds. */

/** The copy: inside the project, so that it finds the packages, and ignored by git. */
const COPY = join(PROJECT, '.wrangler/mutation')
const COPIED = ['src', 'test', 'drizzle', 'seed', 'wrangler.toml', 'package.json', 'tsconfig.json']
// Without it, Miniflare asks the Internet before each run.
process.env['CLOUDFLARE_CF_FETCH_ENABLED'] ??= 'false'
/** Time limit of the tests of a mutant, which take half a minute, and two minutes on a busy machine. A mutant may loop forever. */
const LIMIT_MS = 240_000

/** Tests of the source files whose path begins with a prefix: folders and files of test/integration and test/invariants. */
const AREAS: Record<string, string[]> = {
  auth: ['auth/', 'http/cached-read', 'routes/keys', 'db/database-down'],
  cache: ['cache/', 'http/cached-read', 'db/database-down', 'db/platform-limits', 'jobs/cache-upkeep', 'jobs/purge-organisations'],
  chunks: [
    'local-time/buckets',
    'local-time/days',
    'commands/readings',
    'routes/chart-data',
    'documents/',
    'jobs/trim-readings',
    'invariants/counts.test',
  ],
  commands: [
    'commands/',
    'routes/audit-log',
    'routes/keys',
    'routes/organisation',
    'http/idempotency',
    'auth/revocation',
    'db/database-down',
    'jobs/trim',
    'invariants/preconditions',
    'invariants/guards',
    'invariants/counts-routes',
  ],
  'commands/factories': ['routes/factory-settings', 'local-time/days'],
  'commands/move-audit-entries': ['db/upgrade'],
  'commands/key': ['routes/last-admin-key'],
  'commands/readings': ['routes/scrap', 'local-time/days'],
  'commands/re': ['ingest/readings', 'documents/known-defects'],
  'commands/schedules': ['routes/schedule'],
  'commands/stop-': ['routes/stop-', 'routes/used-stop-reasons', 'documents/open-annotations'],
  db: ['db/', 'cache/overdue', 'cache/publish', 'invariants/tables'],
  http: ['http/cached-read', 'middleware/length-limits'],
  jobs: ['jobs/', 'routes/organisation', 'db/upgrade'],
  // local-time/time-zones takes a minute, so only mutants of the file that it imports run it.
  'local-time': ['local-time/buckets', 'local-time/days', 'jobs/sweep-time-zones', 'jobs/trim-readings'],
}

const UNIT = 'test/unit/'

/**
 * Returns the tests of a source file: the unit tests that import it or have its name, then such tests of the Workers runtime and the
 * others of its area.
 */
export const testsOf = (file: string): [unit: string[], workers: string[]] => {
  const [folder, name] = [dirname(file), basename(file, '.ts')]
  const tests = globSync('test/{unit,integration,invariants}/**/*.test.ts', { cwd: PROJECT })
  const isDirect = (test: string) =>
    test.endsWith(`/${folder}/${name}.test.ts`) || readFileSync(join(PROJECT, test), 'utf8').includes(`/src/${file}'`)
  const area = Object.entries(AREAS).flatMap(([prefix, names]) => (file.startsWith(prefix) ? names : []))
  const isNear = (test: string) => area.some((prefix) => test.startsWith(`test/integration/${prefix}`) || test.startsWith(`test/${prefix}`))
  const [direct, others] = [tests.filter(isDirect), tests.filter((test) => !isDirect(test) && isNear(test))]
  return [direct.filter((test) => test.startsWith(UNIT)), [...direct.filter((test) => !test.startsWith(UNIT)), ...others]]
}

/** Runs test files in the given order. */
class GivenOrder {
  sort = async <T>(files: T) => files
  shard = async <T>(files: T) => files
}

export class TestRunner {
  /** The open test runners by their configuration: unit tests run in Node, which takes a tenth of the time. */
  readonly #runners = new Map<string, Vitest>()
  /** Results of the test files that have ended in the current run. */
  readonly #ended = new Map<string, boolean>()
  /** Test files that have passed, and those that fail without a mutant, which are not run again. */
  readonly #sound = new Set<string>()
  /** Number of mutants of a source file that a test file has found. The most successful is run first. */
  readonly #found = new Map<string, number>()
  readonly broken = new Set<string>()

  constructor() {
    rmSync(COPY, { recursive: true, force: true })
    mkdirSync(COPY, { recursive: true })
    for (const name of COPIED) cpSync(join(PROJECT, name), join(COPY, name), { recursive: true })
  }

  /** True if a test fails with the mutant and passes without it. The tests are all unit tests, or none is. */
  async finds(mutant: GeneratedMutant, tests: string[]): Promise<boolean> {
    const { file, mutated, source } = mutant
    const foundBy = (test: string) => this.#found.get(`${file} ${test}`) ?? 0
    const usable = tests.filter((test) => !this.broken.has(test)).toSorted((a, b) => foundBy(b) - foundBy(a))
    this.#write(file, mutated)
    const failed = await this.#findFailed(usable)
    this.#write(file, source)
    if (failed === undefined) return false
    if (this.#sound.has(failed) || (await this.#findFailed([failed])) === undefined) {
      this.#found.set(`${file} ${failed}`, foundBy(failed) + 1)
      return true
    }
    this.broken.add(failed)
    return this.finds(mutant, usable)
  }

  /** True if the type checker rejects the mutant. */
  isRejected({ file, mutated, source }: GeneratedMutant): boolean {
    this.#write(file, mutated)
    const { status } = spawnSync('tsc', ['-p', join(COPY, 'tsconfig.json')])
    this.#write(file, source)
    return status !== 0
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
      // The files of a run share one process, whose start takes longer than most of them.
      isolate: false,
      bail: 1,
      maxWorkers: 1,
      sequence: { sequencer: GivenOrder },
      // A test may take longer than usual next to others on a busy machine.
      hookTimeout: LIMIT_MS,
      silent: true,
      reporters: [{ onTestModuleEnd: (module) => void this.#ended.set(module.moduleId, module.state() === 'passed') }],
    })
    this.#runners.set(config, runner)
    return runner
  }

  /** Runs test files up to the first failure, and returns the file that failed. A file that does not end in time has failed. */
  async #findFailed(tests: string[]): Promise<string | undefined> {
    if (tests.length === 0) return undefined
    const runner = await this.#open(tests[0]!.startsWith(UNIT) ? 'test/unit/vitest.config.ts' : 'test/vitest.config.ts')
    const specifications = await Promise.all(tests.map((test) => runner.globTestSpecifications([join(COPY, test)])))
    this.#ended.clear()
    const timeout = Promise.withResolvers<undefined>()
    const timer = setTimeout(timeout.resolve, LIMIT_MS, undefined)
    const result = await Promise.race([runner.runTestSpecifications(specifications.flat()), timeout.promise])
    clearTimeout(timer)
    if (!result) await this.close()
    const passed = tests.filter((test) => this.#ended.get(join(COPY, test)))
    for (const test of passed) this.#sound.add(test)
    return tests.find((test) => !passed.includes(test))
  }
}
