import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { CliError, runCommand } from './cli-error.ts'
import { readCommandLine } from './options.ts'

/** What stands in package.json: the scripts, and a line on each. */
interface Package {
  scripts: Record<string, string>
  help: Record<string, string>
}

const packageFile = join(import.meta.dirname, '../../package.json')

/** npm runs these by itself, before or after the script that they are named after. */
const isHook = (name: string, scripts: Record<string, string>) =>
  /^(pre|post)/.test(name) && Object.hasOwn(scripts, name.replace(/^(pre|post)/, ''))

/** `npm run help`: the scripts of package.json, each with its line from `help` there. One without a line fails this and its test. */
await readCommandLine({ command: 'npm run help', usage: '(no options)', options: {} })

await runCommand(async () => {
  const { scripts, help } = JSON.parse(await readFile(packageFile, 'utf8')) as Package
  const names = Object.keys(scripts).filter((name) => !isHook(name, scripts))
  const width = Math.max(...names.map((name) => name.length))
  for (const name of names) console.log(`npm ${/^(start|test)$/.test(name) ? '' : 'run '}${name}`.padEnd(width + 10) + (help[name] ?? ''))
  const missing = names.filter((name) => !help[name])
  const idle = Object.keys(help).filter((name) => !names.includes(name))
  if (missing.length) throw new CliError(`Without a line in package.json's "help": ${missing.join(', ')}`)
  if (idle.length) throw new CliError(`In package.json's "help" without a script: ${idle.join(', ')}`)
})
