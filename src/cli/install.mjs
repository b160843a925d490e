import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'

/**
 * Installs what the lock file names, where it is not installed. Plain JavaScript, for it runs on whatever Node the machine
 * has; everything after it runs on the Node that it installs.
 */
const installed = 'node_modules/.package-lock.json'

/** What a lock file pins, without the packages of other platforms: those are in the lock and not in the tree. */
const packagesOf = (file) => Object.entries(JSON.parse(readFileSync(file, 'utf8')).packages).filter(([path]) => path !== '')

const isComplete = () => {
  if (!existsSync(installed)) return false
  const present = new Map(packagesOf(installed).map(([path, { version }]) => [path, version]))
  return packagesOf('package-lock.json').every(
    ([path, { version, optional }]) => present.get(path) === version || (optional && !present.has(path)),
  )
}

if (!isComplete()) {
  console.log('Installing the packages of package-lock.json; the first time this takes a minute.')
  // Packages that ask for a newer Node than the machine's get it: it is one of the packages.
  const { status } = spawnSync('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], {
    stdio: ['ignore', 'ignore', 'inherit'],
    shell: process.platform === 'win32',
  })
  if (status !== 0) process.exit(status ?? 1)
}
