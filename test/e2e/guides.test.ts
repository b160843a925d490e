import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { GUIDES } from '../../src/docs/guides.ts'
import { freePort, npmStart, root, run } from './newcomer.ts'
import type { Started } from './newcomer.ts'
import { fits, stepsOf } from './tour.ts'

const missing = async (tool: string) => (await run('bash', ['-c', `${tool} --version`]).catch(() => ({ code: 1 }))).code !== 0
const withoutCurl = await missing('curl')
const withoutPython = await missing('python3')

/** Programs that a guide shows, by the name in their first line. */
const programsOf = (text: string) =>
  [...text.matchAll(/^```\w+\n(?:#|\/\/) (\S+\.\w+)\n([^]*?)^```$/gm)].map(([, name, program]) => ({ name: name!, program: program! }))

const guides = await Promise.all(
  GUIDES.map(async ([name]) => {
    const text = await readFile(join(root, 'src/docs/guides', `${name}.md`), 'utf8')
    return { name, steps: stepsOf(text), programs: programsOf(text) }
  }),
)

/** One who follows the guides, from the first to the last, with the programs in a directory of their own. */
describe.skipIf(withoutCurl)('the guides as they stand', () => {
  let place: string
  let started: Started
  beforeAll(async () => {
    place = await mkdtemp(join(tmpdir(), 'guides-'))
    started = await npmStart(await freePort(), join(place, 'state'))
    for (const { name, program } of guides.flatMap(({ programs }) => programs)) await writeFile(join(place, name), program)
  })
  afterAll(async () => {
    await started.stop()
    await rm(place, { recursive: true, force: true })
  })

  test('show programs', () => {
    expect(guides.flatMap(({ programs }) => programs.map(({ name }) => name))).toEqual(['device.py', 'device.mjs'])
  })

  test.each(guides.flatMap(({ name, steps }) => steps.map((step) => ({ name, ...step }))))(
    '$name: $command',
    async ({ command, answer }) => {
      if (withoutPython && command.startsWith('python3')) return
      const { said } = await run('bash', ['-c', `cd ${place} && ${command}`], { BASE: started.base, KEY: started.key })
      expect(fits(answer, said) ? answer : said).toBe(answer)
    },
  )
})
