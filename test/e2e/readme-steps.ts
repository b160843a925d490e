import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { GUIDES } from '../../src/docs/guide-list.ts'
import { root } from './npm-start.ts'

/** A command of a document, and the output that the document shows; `…` stands for any text. */
export interface Step {
  command: string
  answer: string
}

/** Returns the code blocks of a text with their language. */
export const blocksOf = (text: string): { language: string; code: string }[] =>
  [...text.matchAll(/^ *```(\w*)\n([^]*?)^ *```$/gm)].map(([, language, code]) => ({ language: language!, code: code! }))

/** Returns the steps in the console blocks of a text. */
export const stepsOf = (text: string): Step[] =>
  blocksOf(text)
    .filter(({ language }) => language === 'console')
    .flatMap(({ code }) => code.split(/^\$ /m).slice(1))
    .map((step) => ({ command: step.slice(0, step.indexOf('\n')), answer: step.slice(step.indexOf('\n') + 1).trim() }))

/** Returns the commands in the `sh` blocks of a text, without comments. */
export const shellCommandsOf = (text: string): string[] =>
  blocksOf(text)
    .filter(({ language }) => language === 'sh')
    .flatMap(({ code }) => code.trim().split('\n'))
    .map((line) => line.replace(/ +#.*/, ''))

/** Reads a document by its path from the repository's root. */
export const readDocument = (file: string): Promise<string> => readFile(join(root, file), 'utf8')

/** Reads a guide by its group and name, such as `operate/access`. */
export const readGuide = (name: string): Promise<string> => readDocument(`src/docs/guides/${name}.md`)

/** Paths of all documents: the Markdown files at the root, and the guides. */
export const DOCUMENTS: string[] = [
  ...new Set([...(await readdir(root)).filter((name) => name.endsWith('.md')).toSorted(), ...GUIDES.map(({ file }) => file)]),
]

/** Reads the steps of the README. */
export const readTour = async (): Promise<Step[]> => stepsOf(await readDocument('README.md'))

/** True if an output is the expected one, in which `…` stands for any text. */
export const fits = (expected: string, answer: string): boolean =>
  new RegExp(
    `^${expected
      .split('…')
      .map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
      .join('[^]*?')}$`,
  ).test(answer.replaceAll('\r', '').trim())
