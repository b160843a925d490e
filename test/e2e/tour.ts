import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { root } from './newcomer.ts'

/** A command of the README, and what the README says that it answers; `…` stands for anything. */
export interface Step {
  command: string
  answer: string
}

/** The blocks of code in a text, by the language that they say they are in. */
export const blocksOf = (text: string): { language: string; code: string }[] =>
  [...text.matchAll(/^ *```(\w*)\n([^]*?)^ *```$/gm)].map(([, language, code]) => ({ language: language!, code: code! }))

/** The steps in the console blocks of a text. */
export const stepsOf = (text: string): Step[] =>
  [...text.matchAll(/^```console\n([^]*?)^```$/gm)].flatMap(([, block]) =>
    block!
      .split(/^\$ /m)
      .slice(1)
      .map((step) => ({ command: step.slice(0, step.indexOf('\n')), answer: step.slice(step.indexOf('\n') + 1).trim() })),
  )

export const readReadme = (): Promise<string> => readFile(join(root, 'README.md'), 'utf8')

/** The steps of the README's tour. */
export const readTour = async (): Promise<Step[]> => {
  const readme = await readReadme()
  const [, tour = ''] = /^## A tour\n([^]*?)^## /m.exec(readme) ?? []
  return stepsOf(tour)
}

/** Whether an answer is the expected one. */
export const fits = (expected: string, answer: string): boolean =>
  new RegExp(
    `^${expected
      .split('…')
      .map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
      .join('[^]*?')}$`,
  ).test(answer.replaceAll('\r', '').trim())
