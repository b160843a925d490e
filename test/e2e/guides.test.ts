import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { InfluxDB, Point } from '@influxdata/influxdb-client'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { freePort, npmStart, openShell, root, run } from './npm-start.ts'
import type { Shell, Started } from './npm-start.ts'
import { blocksOf, DOCUMENTS, fits, readDocument, readGuide, stepsOf } from './readme-steps.ts'

// Promise: every command and program in the guides works as written, in any order of the guides.

const missing = async (tool: string) => (await run('bash', ['-c', `${tool} --version`]).catch(() => ({ code: 1 }))).code !== 0
const withoutCurl = await missing('curl')
/** Programs that this machine cannot run, by the first word of their command. */
const absent = new Set((await Promise.all(['python3', 'java'].map(async (tool) => ((await missing(tool)) ? [tool] : [])))).flat())

/** Returns the programs of a guide, by the name in their first line. */
const programsOf = (text: string) =>
  [...text.matchAll(/^```\w+\n(?:#|\/\/) (\S+\.\w+)\n([^]*?)^```$/gm)].map(([, name, program]) => ({ name: name!, program: program! }))

/**
 * Parses Telegraf's configuration: the subset of TOML with names, strings, lists of strings, and tables of strings in
 * one line.
 */
const settingsOf = (toml: string, env: Record<string, string>): Record<string, unknown> =>
  Object.fromEntries(
    toml
      .replaceAll(/\$\{(\w+)\}/g, (_, name: string) => env[name]!)
      .split('\n')
      .filter((line) => line.includes(' = '))
      .map((line) => [
        line.slice(0, line.indexOf(' = ')),
        JSON.parse(line.slice(line.indexOf(' = ') + 3).replaceAll('" = ', '": ')) as unknown,
      ]),
  )

const documents = await Promise.all(
  DOCUMENTS.map(async (file) => {
    const text = await readDocument(file)
    return {
      name: file.replace(/^src\/docs\/guides\/|\.md$/g, ''),
      steps: stepsOf(text),
      programs: programsOf(text),
      blocks: blocksOf(text),
    }
  }),
)
const withSteps = documents.filter(({ steps }) => steps.length > 0)

/** Every document in order, then in reverse, so that none relies on state that another one left. */
const visits = [...withSteps, ...withSteps.toReversed()].map(({ name, steps }, index) => ({ name: `${index + 1} ${name}`, steps }))

/** Runs the guides like a reader, with their programs in a separate directory. */
describe.skipIf(withoutCurl)('the guides', () => {
  let directory: string
  let started: Started
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'guides-'))
    started = await npmStart(await freePort(), join(directory, 'state'))
    for (const { name, program } of documents.flatMap(({ programs }) => programs)) await writeFile(join(directory, name), program)
  })
  afterAll(async () => {
    await started.stop()
    await rm(directory, { recursive: true, force: true })
  })

  test('the guides contain the programs of the quick starts and of devices', () => {
    expect(documents.flatMap(({ programs }) => programs.map(({ name }) => name))).toEqual([
      'quick-start.mjs',
      'quick_start.py',
      'Program.cs',
      'QuickStart.java',
      'quick_start.go',
      'device.py',
      'device.mjs',
    ])
  })

  test('the guides contain only kinds of code that a test runs', () => {
    const kinds = documents.flatMap(({ name, blocks }) => blocks.map(({ language }) => `${name}: ${language}`))
    // The tests do not run C# and Go, whose compilers are large.
    // governing.test.ts accounts for `sh`, client-package.test.ts for `ts`; blocks without a language are diagrams and addresses.
    expect(kinds.filter((kind) => !/: (console|sh|)$/.test(kind))).toEqual([
      'use/quick-start: js',
      'use/quick-start: python',
      'use/quick-start: csharp',
      'use/quick-start: java',
      'use/quick-start: go',
      'use/client: ts',
      'use/client: ts',
      'use/client: js',
      'use/devices: python',
      'use/devices: js',
      'use/devices: toml',
      'operate/deploying: toml',
    ])
    for (const { name, blocks } of documents)
      for (const { language, code } of blocks) expect([name, language === 'console'], code).toEqual([name, code.startsWith('$ ')])
  })

  describe.each(visits)('guide $name', ({ steps }) => {
    let shell: Shell
    beforeAll(() => void (shell = openShell(directory, { BASE: started.base, KEY: started.key })))
    afterAll(() => shell.close())

    test.each(steps)('the command prints the documented output: $command', async ({ command, answer }) => {
      if (absent.has(command.split(' ')[0]!)) return
      const output = await shell.type(command)
      expect(fits(answer, output) ? answer : output).toBe(answer)
    })
  })

  test('Telegraf writes with the configuration of the guide', async () => {
    const { code } = blocksOf(await readGuide('use/devices')).find(({ language }) => language === 'toml')!
    expect(code).toMatch(/^\[\[outputs\.influxdb_v2\]\]$/m)
    const { urls, token, organization, bucket, namepass } = settingsOf(code, { BASE: started.base, KEY: started.key })
    // Telegraf writes nanoseconds, like the client of InfluxDB.
    const write = new InfluxDB({ url: (urls as string[])[0]!, token: token as string }).getWriteApi(
      organization as string,
      bucket as string,
    )
    const { headers } = await fetch(`${started.base}/api/factories`, {
      method: 'POST',
      headers: { Authorization: `Bearer ${started.key}`, 'Content-Type': 'application/json' },
      body: '{}',
    })
    const path = headers.get('Location')!
    const point = new Point((namepass as string[])[0]).tag('factory', path.split('/').at(-1)!).tag('host', 'press-7').intField('actual', 28)
    write.writePoint(point.timestamp(new Date(1_611_196_318_000)))
    await write.close()
    const { output } = await run('curl', ['-s', `${started.base}${path}/chart-data/1611196318`])
    expect(output).toBe('{"time":1611196318,"actual":28,"goal":null}')
  })

  test('the program of the client guide runs', async () => {
    const block = blocksOf(await readGuide('use/client')).find(({ language }) => language === 'js')
    const { base, key } = started
    await writeFile(
      join(directory, 'client-guide.mjs'),
      `import { createClient } from './client.mjs'\nconst [base, key] = ${JSON.stringify([base, key])}\n${block!.code}\nconsole.log('factory', id)`,
    )
    await run('bash', ['-c', `curl -s ${base}/client.js -o ${directory}/client.mjs`])
    const ran = await run('node', [join(directory, 'client-guide.mjs')])
    const [, id] = /^(?:\d+\n)+factory (\d+)\n$/.exec(ran.output) ?? []
    const { output } = await run('curl', ['-s', `${base}/api/factory/${id}/chart-data/1611206018`])
    expect(output).toBe('{"time":1611206018,"actual":31,"goal":null}')
  })

  test('the entry of the package is the client, smaller than 3,000 bytes gzipped', async () => {
    const program = `import { createClient } from 'sprocket-telemetry/client'
      console.log((await createClient({ base: '${started.base}' }).get('/api/sprocket/{id}', { id: 2 })).data.teeth)`
    expect(await run('node', ['--input-type=module', '-e', program])).toEqual({ code: 0, output: '5\n' })
    expect(gzipSync(await readFile(join(root, 'dist/client.js'))).length).toBeLessThan(3_000)
  })
})
