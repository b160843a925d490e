import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { CliError, runCommand } from './cli-error.ts'
import { readCommandLine } from './options.ts'

/** The part of package.json that describes commands: the scripts, and one line of help for each. */
interface Package {
  scripts: Record<string, string>
  help: Record<string, string>
}

const packageFile = join(import.meta.dirname, '../../package.json')

/** True for a script that npm runs before or after another script, such as `prestart`. */
const isHook = (name: string, scripts: Record<string, string>) =>
  /^(pre|post)/.test(name) && Object.hasOwn(scripts, name.replace(/^(pre|post)/, ''))

/** `npm run help`: prints the scripts of package.json with their lines of help. A script without a line is an error. */
await readCommandLine({ command: 'npm run help', usage: '(no options)', options: {} })

await runCommand(async () => {
  const { scripts, help } = JSON.parse(await readFile(packageFile, 'utf8')) as Package
  const names = Object.keys(scripts).filter((name) => !isHook(name, scripts))
  const width = Math.max(...names.map((name) => name.length))
  for (const name of names) console.log(`npm ${/^(start|test)$/.test(name) ? '' : 'run '}${name}`.padEnd(width + 10) + (help[name] ?? ''))
  const missing = names.filter((name) => !help[name])
  const unused = Object.keys(help).filter((name) => !names.includes(name))
  if (missing.length) throw new CliError(`"help" in package.json has no line for these scripts: ${missing.join(', ')}. Add one for each.`)
  if (unused.length) throw new CliError(`"help" in package.json has lines without a script: ${unused.join(', ')}. Remove them.`)
})
