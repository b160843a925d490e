import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { CliError } from '../../src/cli/cli-error.ts'
import { readSeedFile } from '../../src/cli/read-file.ts'
import { series } from './seed-files.ts'

// Promise: a seed file with an error is rejected with the place of the error and what to send instead.

let directory: string
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'read-file-'))
})
afterAll(() => rm(directory, { recursive: true, force: true }))

const valid = { factory: series([1], [1], [1]) }
test.each([
  ['invalid JSON', '{"factories":[', '#', 'not JSON'],
  ['another shape', { plants: [] }, '#/factories', 'Send an array'],
  ['an unknown field', { factories: [{ factory: { ...valid.factory, color: 1 } }] }, '#/factories/0/factory/color', 'Unknown field'],
  [
    'a missing column',
    { factories: [valid, { factory: { chart_data: { time: [] } } }] },
    '#/factories/1/factory/chart_data/sprocket_production_actual',
    '',
  ],
  [
    'columns of unequal length',
    { factories: [{ factory: series([1, 2], [1], [1, 2]) }] },
    '#/factories/0/factory/chart_data/sprocket_production_actual',
    '1 values for 2 times',
  ],
  [
    'a figure below zero',
    { factories: [{ factory: series([1], [-1], [1]) }] },
    '#/factories/0/factory/chart_data/sprocket_production_actual/0',
    'at least 0',
  ],
  [
    'more scrap than actual production',
    { factories: [{ factory: series([1, 2], [1, 1], [1, 1], [1, 2]) }] },
    '#/factories/0/factory/chart_data/sprocket_production_scrap/1',
    'Send a whole number from 0 to 1',
  ],
  [
    'milliseconds',
    { factories: [{ factory: series([1_611_194_818_000], [1], [1]) }] },
    '#/factories/0/factory/chart_data/time/0',
    'milliseconds',
  ],
  [
    'half a tooth',
    { sprockets: [{ teeth: 2.5, pitch_diameter: 1, outside_diameter: 1, pitch: 1 }] },
    '#/sprockets/0/teeth',
    'a whole number',
  ],
  ['a NUL in a name', { factories: [{ factory: { name: 'a\0b', ...valid.factory } }] }, '#/factories/0/factory/name', 'U+0000'],
])('readSeedFile rejects %s', async (_, content, pointer, reason) => {
  const file = join(directory, 'bad.json')
  await writeFile(file, typeof content === 'string' ? content : JSON.stringify(content))
  const error = (await readSeedFile(file, Date.now()).catch((reason: unknown) => reason)) as CliError
  expect(error).toBeInstanceOf(CliError)
  expect(error.message).toContain(`${file} was not loaded`)
  expect(error.message).toContain(`  ${pointer}  `)
  expect(error.message).toContain(reason)
})
