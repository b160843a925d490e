import { execFile } from 'node:child_process'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join, parse, relative } from 'node:path'
import { promisify } from 'node:util'

/**
 * Builds the type declarations of the client as one file with plain types. The types in src/schemas are inferred from
 * schemas, and a user of the client has neither the schemas nor their library. `tsc` infers them here: it writes the type of a
 * constant without an annotation in full.
 */

const root = join(import.meta.dirname, '../..')
const source = (path: string) => join(root, 'src', path)
const compiler = join(dirname(createRequire(import.meta.url).resolve('typescript/package.json')), 'bin/tsc')

/** Files whose exports are the public types of the client, in the order in which they appear. */
const PUBLIC_FILES = ['client/client', 'client/api-error', 'client/operations']

/** Matches a type that is inferred from the schema of the same name. */
const INFERRED_TYPE = /^export type (\w+) = z\.(?:input|output)<typeof \1>$/gm
const DOCUMENTED_SCHEMA = /(\/\*\*(?:(?!\*\/)[^])*\*\/\n)export declare const (\w+):/g
const IMPORT_OR_REEXPORT = /^(?:import|export) [^;]*? from ['"][^'"]+['"];\n/gm
/** Matches a reference to another file, which a user of the client does not have. `any` is what `tsc` infers without that file. */
const OUTSIDE_REFERENCE = /^import\b|\bimport\(|^export .* from |\btypeof\b|\bz\.|[:=] any;$/m

const run = promisify(execFile)

/** Runs `tsc` in a temporary directory. Returns a function that reads the declarations of a file. */
const emitDeclarations = async (directory: string, files: string[]): Promise<(file: string) => Promise<string>> => {
  const output = join(directory, 'output')
  const top = parse(root).root
  const config = {
    extends: join(root, 'tsconfig.json'),
    compilerOptions: {
      lib: ['es2024', 'dom', 'dom.iterable'],
      types: [],
      noEmit: false,
      // `npm run check` reports type errors.
      noCheck: true,
      declaration: true,
      emitDeclarationOnly: true,
      rootDir: top,
      outDir: output,
    },
    files,
    include: [],
    exclude: [],
  }
  await writeFile(join(directory, 'tsconfig.json'), JSON.stringify(config))
  await run(process.execPath, [compiler, '-p', directory]).catch((error: Error & { stdout?: string }) => {
    throw new Error(`tsc failed to write the declarations of the client:\n${error.stdout ?? ''}`, { cause: error })
  })
  return (file) => readFile(join(output, relative(top, file)).replace(/\.ts$/, '.d.ts'), 'utf8')
}

/** Reads the comments of all schemas, by the name of the schema. */
const readSchemaComments = async (readDeclarations: (file: string) => Promise<string>): Promise<Map<string, string>> => {
  const files = (await readdir(source('schemas'))).filter((name) => name.endsWith('.ts'))
  // Schemas that the client does not import have no declarations.
  const texts = await Promise.all(files.map((name) => readDeclarations(source(`schemas/${name}`)).catch(() => '')))
  return new Map(texts.flatMap((text) => [...text.matchAll(DOCUMENTED_SCHEMA)].map(([, comment, name]) => [name!, comment!])))
}

/** Builds the text of `client.d.ts`. */
export const buildClientDeclarations = async (): Promise<string> => {
  const bodies = source('client/bodies.ts')
  const files = Array.from((await readFile(bodies, 'utf8')).matchAll(/'\.\.\/(schemas\/.*)'/g), ([, file]) => file!)
  const texts = await Promise.all(files.map((file) => readFile(source(file), 'utf8')))
  const names = texts.flatMap((text) => Array.from(text.matchAll(INFERRED_TYPE), ([, name]) => name!))
  const directory = await mkdtemp(join(tmpdir(), 'client-declarations-'))
  try {
    const constants = join(directory, 'bodies.ts')
    const lines = names.map((name) => `export const ${name} = infer<bodies.${name}>()`)
    await writeFile(
      constants,
      `import type * as bodies from ${JSON.stringify(bodies)}\ndeclare const infer: <T>() => T\n${lines.join('\n')}\n`,
    )
    const readDeclarations = await emitDeclarations(directory, [constants, source('client/client.ts')])

    const comments = await readSchemaComments(readDeclarations)
    const types = (await readDeclarations(constants)).replaceAll(
      /^export declare const (\w+): /gm,
      (_, name: string) => `${comments.get(name) ?? ''}export type ${name} = `,
    )
    const publicTexts = await Promise.all(PUBLIC_FILES.map((name) => readDeclarations(source(`${name}.ts`))))
    const declarations = [...publicTexts, types]
      .map((text) => text.replaceAll(IMPORT_OR_REEXPORT, '').replaceAll('export {};\n', ''))
      .concat('export {};\n')
      .join('')
    const reference = OUTSIDE_REFERENCE.exec(declarations)
    if (reference)
      throw new Error(
        `client.d.ts refers to another file at "${declarations.slice(reference.index, reference.index + 100)}". ` +
          'Write the exports of src/client as plain types, and the types of bodies next to their schemas.',
      )
    return declarations
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
}
