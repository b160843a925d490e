import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'

/**
 * Installs the packages of the lock file if they are not installed. It is plain JavaScript because it runs on the Node version of the
 * machine. All other commands run on the Node version that it installs.
 */
const installed = 'node_modules/.package-lock.json'

/** Returns the packages of a lock file by path. Optional packages of other platforms are in the lock file but are not installed. */
const readPackages = (file) => Object.entries(JSON.parse(readFileSync(file, 'utf8')).packages).filter(([path]) => path !== '')

const isComplete = () => {
  if (!existsSync(installed)) return false
  const present = new Map(readPackages(installed).map(([path, { version }]) => [path, version]))
  return readPackages('package-lock.json').every(
    ([path, { version, optional }]) => present.get(path) === version || (optional && !present.has(path)),
  )
}

if (!isComplete()) {
  // Standard output may be the result of a command, as in KEY=$(npm run --silent key -- local).
  console.error('Installing the packages of package-lock.json. The first time, this takes a minute.')
  // Some packages need a newer Node than the machine has. Their warnings are hidden, because that Node is one of the packages.
  const { status } = spawnSync('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], {
    stdio: ['ignore', 'ignore', 'inherit'],
    shell: process.platform === 'win32',
  })
  if (status !== 0) process.exit(status ?? 1)
}
