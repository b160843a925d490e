import { build } from 'esbuild'
import { parseAst } from 'vitest/node'

/** A regular expression: its pattern and its flags. */
export interface Expression {
  pattern: string
  flags: string
}

/** Returns the source text of an expression, as it stands between slashes. */
export const sourceOf = ({ pattern, flags }: Expression): string => `/${pattern}/${flags}`

/** Returns every regular expression literal of a program. */
export const findLiterals = (program: string): Expression[] => {
  const found: Expression[] = []
  const visit = (node: unknown): void => {
    if (typeof node !== 'object' || node === null) return
    if ('regex' in node) found.push(node.regex as Expression)
    for (const child of Object.values(node)) visit(child)
  }
  visit(parseAst(program))
  return found
}

/** Returns the whole Worker as one program, libraries included. */
export const bundle = async (entry: string): Promise<string> => {
  const { outputFiles } = await build({ entryPoints: [entry], bundle: true, write: false, format: 'esm', target: 'es2024' })
  return outputFiles[0]!.text
}

/** Returns the expressions that loading a module constructs from text. */
export const findConstructed = async (load: () => Promise<unknown>): Promise<Expression[]> => {
  const found: Expression[] = []
  const original = globalThis.RegExp
  globalThis.RegExp = new Proxy(original, {
    construct: (target, args: [string | RegExp, string?]) => {
      const expression = new target(...args)
      found.push({ pattern: expression.source, flags: expression.flags })
      return expression
    },
  })
  try {
    await load()
  } finally {
    globalThis.RegExp = original
  }
  return found
}
