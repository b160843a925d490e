import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { freePort, npmStart, root, run } from './npm-start.ts'
import type { Started } from './npm-start.ts'
import { blocksOf, readDocument } from './readme-steps.ts'

// Promise: the packed client can be installed in an empty project, programs compile against it, and one runs against a local server.

const tsc = (...args: string[]) => run(join(root, 'node_modules/.bin/tsc'), args)

const OPTIONS = {
  strict: true,
  noEmit: true,
  exactOptionalPropertyTypes: true,
  noUncheckedIndexedAccess: true,
  skipLibCheck: false,
  target: 'es2022',
  lib: ['es2022', 'dom'],
  types: [],
}

/** Each line after a comment has one mistake. `tsc` fails if it accepts the line. */
const MISTAKES = `
import { ApiError, createClient } from 'sprocket-telemetry-client'
import type { Client, FactoryPage, Reads } from 'sprocket-telemetry-client'

const client: Client = createClient({ base: 'https://api.test', key: undefined })
// @ts-expect-error -- the API has no such path
await client.get('/api/machines')
// @ts-expect-error -- the parameter of the path is missing
await client.get('/api/factory/{id}')
const { data } = await client.get('/api/factory/{id}', { id: 1 })
// @ts-expect-error -- a factory has no such member
console.log(data.factory.colour)
// @ts-expect-error -- a factory without readings has no newest reading
console.log(data.factory.latest.time)
// @ts-expect-error -- the time is a number
const time: string | undefined = data.factory.latest?.time
// @ts-expect-error -- the format of this path is CSV
console.log((await client.get('/api/factory/{id}/chart-data?format=csv', { id: 1 })).data.time)
// @ts-expect-error -- the collection has no DELETE
await client.send('DELETE /api/factories', {}, undefined)
// @ts-expect-error -- the member is spelt "name"
await client.send('POST /api/factories', {}, { nmae: 'Plant North' })
// @ts-expect-error -- no such role
await client.send('POST /api/keys', {}, { name: 'Gateway', role: 'owner' })
// @ts-expect-error -- a page has factories
for await (const page of client.pages('/api/factories')) console.log(page.sprockets)
// @ts-expect-error -- a problem has no such member
console.log(time, new ApiError(new Response(), {}).problem.reason)
const chosen = { id: 1, fields: 'scrap' }
// @ts-expect-error -- a chart with the figures of \`fields\` may have no actual
console.log((await client.get('/api/factory/{id}/chart-data', chosen)).data.sprocket_production_actual.length)
// @ts-expect-error -- a page of such a chart neither
for await (const { sprocket_production_goal: goals } of client.pages('/api/factory/{id}/chart-data', chosen)) console.log(goals.length)
const represented = await client.send('POST /api/factory/{id}/chart-data', { id: 1 }, { time: 1 }, { prefer: 'return=representation' })
// @ts-expect-error -- with return=representation, the response is the chart
console.log(represented.data.changed)

// These lines have no mistake.
const page: FactoryPage = { factories: [], count: 0, next: null }
const reads: keyof Reads = '/health'
console.log(page.factories[0]?.factory.chart_data?.time[0], reads)
console.log((await client.get('/api/factory/{id}/chart-data', { id: 1 })).data.sprocket_production_actual.length)
console.log((await client.get('/api/factory/{id}/chart-data', chosen)).data.sprocket_production_scrap?.length)
console.log((await client.get('/api/factory/{id}/chart-data?format=rows', chosen)).data[0]?.scrap)
console.log((await client.send('POST /api/factory/{id}/chart-data', { id: 1 }, { time: 1 }, { prefer: 'handling=lenient' })).data.changed)
console.log(represented.data.sprocket_production_actual.length)
`

/** Compares the types of the package with the types of the sources, which the schemas give. */
const COMPARISON = `
import type { Client as Packed, Reads as PackedReads, Writes as PackedWrites } from '${root}/dist/package/client.js'
import type { Client, Reads, Writes } from '${root}/src/client/client.ts'

type Different<A, B> = {
  [Name in keyof A | keyof B]: Name extends keyof A & keyof B ? ([A[Name], B[Name]] extends [B[Name], A[Name]] ? never : Name) : Name
}[keyof A | keyof B]
// The compiler names each different member as a missing property.
export const differences: Record<Different<Reads, PackedReads> | Different<Writes, PackedWrites> | Different<Client, Packed>, never> = {}
`

let place: string
let tarball: string
let started: Started

beforeAll(async () => {
  place = await mkdtemp(join(tmpdir(), 'client-package-'))
  expect(await run('npm', ['run', 'build'])).toMatchObject({ code: 0 })
  const packed = await run('npm', ['pack', './dist/package', '--silent', '--pack-destination', place])
  expect(packed.code, packed.output).toBe(0)
  tarball = packed.output.trim()
  await writeFile(join(place, 'package.json'), JSON.stringify({ name: 'consumer', private: true, type: 'module' }))
  const cache = join(place, 'cache')
  const installed = await run('npm', ['install', '--offline', '--cache', cache, '--prefix', place, join(place, tarball)])
  expect(installed.code, installed.output).toBe(0)
  started = await npmStart(await freePort(), join(place, 'state'))
})
afterAll(async () => {
  await started?.stop()
  await rm(place, { recursive: true, force: true })
})

const installedFile = (name: string) => join(place, 'node_modules/sprocket-telemetry-client', name)

test('the package contains the client, its declarations and its documentation, and has no dependencies', async () => {
  const { version } = JSON.parse(await readDocument('package.json')) as { version: string }
  const manifest = JSON.parse(await readFile(installedFile('package.json'), 'utf8')) as Record<string, unknown>
  expect(manifest).toMatchObject({ name: 'sprocket-telemetry-client', version, license: 'MIT', type: 'module' })
  expect(manifest).not.toHaveProperty('dependencies')
  expect((await readdir(installedFile('.'))).toSorted()).toEqual(['LICENSE', 'README.md', 'client.d.ts', 'client.js', 'package.json'])
  expect(await readdir(join(place, 'node_modules'))).toEqual(['.package-lock.json', 'sprocket-telemetry-client'])
  expect((await readFile(join(place, tarball))).length).toBeLessThan(20_000)
})

test('the README of the package and the client guide name the tarball', async () => {
  expect(await readFile(installedFile('README.md'), 'utf8')).toContain(`npm install ./${tarball}`)
  expect(await readDocument('src/docs/guides/use/client.md')).toContain(tarball)
})

test('the declarations of the package import nothing and name no library', async () => {
  const declarations = await readFile(installedFile('client.d.ts'), 'utf8')
  expect(declarations).not.toMatch(/\bimport\b|\bfrom ['"]|\bz\.|zod|hono|drizzle|cloudflare|\btypeof\b|reference types/i)
})

describe.each([
  ['nodenext', 'nodenext'],
  ['esnext', 'bundler'],
])('with module %s and module resolution %s', (module, moduleResolution) => {
  const compile = async (name: string, text: string) => {
    await writeFile(join(place, name), text)
    const config = join(place, 'tsconfig.json')
    await writeFile(config, JSON.stringify({ compilerOptions: { ...OPTIONS, module, moduleResolution }, files: [name] }))
    return tsc('-p', config)
  }

  test('the program in the README of the package compiles', async () => {
    const { code } = blocksOf(await readFile(installedFile('README.md'), 'utf8')).find(({ language }) => language === 'ts')!
    expect(await compile('readme.ts', code)).toEqual({ code: 0, output: '' })
  })

  test('a program with a wrong path, parameter, body or member does not compile', async () => {
    expect(await compile('mistakes.ts', MISTAKES)).toEqual({ code: 0, output: '' })
  })
})

test('the types of the package equal the types of the sources', async () => {
  await writeFile(join(place, 'comparison.ts'), COMPARISON)
  const config = join(place, 'tsconfig.json')
  const compilerOptions = { lib: ['es2024', 'esnext.iterator', 'dom', 'dom.iterable'], types: [] }
  const project = { extends: join(root, 'tsconfig.json'), compilerOptions, files: ['comparison.ts'], include: [], exclude: [] }
  await writeFile(config, JSON.stringify(project))
  expect(await tsc('-p', config)).toEqual({ code: 0, output: '' })
})

test('the program in the README of the package runs in Node against a local server', async () => {
  const { code } = blocksOf(await readFile(installedFile('README.md'), 'utf8')).find(({ language }) => language === 'ts')!
  const program = code.replace('https://api.example.com', started.base).replace('spk_…', started.key)
  await writeFile(join(place, 'readme.mjs'), program)
  expect(await run('node', [join(place, 'readme.mjs')])).toEqual({ code: 0, output: '31 false\nPlant North\n404 not-found\n' })
})

test.each([
  ['client.js', 'text/javascript; charset=utf-8'],
  ['client.d.ts', 'application/typescript; charset=utf-8'],
])('a server serves the file %s of the package as %s, to any origin', async (name, type) => {
  const response = await fetch(`${started.base}/${name}`)
  expect([response.status, response.headers.get('Content-Type'), response.headers.get('Access-Control-Allow-Origin')]).toEqual([
    200,
    type,
    '*',
  ])
  expect(await response.text()).toBe(await readFile(installedFile(name), 'utf8'))
})

test('a server does not serve the directory of the package', async () => {
  expect((await fetch(`${started.base}/package/package.json`)).status).toBe(404)
})
