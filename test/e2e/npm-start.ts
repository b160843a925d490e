import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'

export const root = join(import.meta.dirname, '../..')

/** npm as a person runs it, without what the npm that runs the tests has set. */
const environment = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(npm_|INIT_CWD$|NODE_ENV$|VITEST)/i.test(name)))

/** A port that nobody listens on. */
export const freePort = async (): Promise<number> => {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}

/** A command that has ended. */
export interface Ended {
  code: number | null
  said: string
}

/** Runs a command to its end. */
export const run = async (command: string, args: string[], env: Record<string, string> = {}): Promise<Ended> => {
  const child = spawn(command, args, { cwd: root, env: { ...environment, ...env }, stdio: ['ignore', 'pipe', 'pipe'] })
  let said = ''
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text: string) => (said += text))
  const [code] = (await once(child, 'close')) as [number | null]
  return { code, said }
}

/** The end of what a command in a shell says. */
const END = '\u001E'

/** A shell that keeps its variables from command to command. */
export interface Shell {
  /** Runs a command and returns what it printed. */
  type(command: string): Promise<string>
  close(): void
}

/** Opens a shell in a directory. */
export const openShell = (directory: string, env: Record<string, string>): Shell => {
  const child = spawn('bash', ['--norc'], { cwd: directory, env: { ...environment, ...env }, stdio: ['pipe', 'pipe', 'ignore'] })
  let said = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => (said += text))
  return {
    async type(command) {
      said = ''
      child.stdin.write(`{ ${command}\n} 2>&1; printf '${END}'\n`)
      while (!said.endsWith(END)) await once(child.stdout, 'data')
      return said.slice(0, -END.length)
    },
    close: () => child.stdin.end(),
  }
}

/** `npm start` that has come to serve. */
export interface Started {
  base: string
  key: string
  said(): string
  /** Ends it as a terminal that closes or a supervisor does; answers once nothing serves any more. */
  stop(): Promise<void>
}

/** Runs `npm start` until it serves. */
export const npmStart = async (port: number, persistTo: string, ...more: string[]): Promise<Started> => {
  const child = spawn('npm', ['start', '--', '--port', String(port), '--persist-to', persistTo, ...more], {
    cwd: root,
    env: environment,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let said = ''
  const closed = once(child, 'close')
  const serves = new Promise<RegExpExecArray>((resolve, reject) => {
    const hear = (text: string) => {
      said += text
      const found = /export BASE=(\S+) KEY=(\S+)/.exec(said)
      if (found) resolve(found)
    }
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', hear)
    closed.then(() => reject(new Error(`npm start ended:\n${said}`)), reject)
  })
  const [, base, key] = await serves
  return {
    base: base!,
    key: key!,
    said: () => said,
    async stop() {
      child.kill('SIGTERM')
      // The pipes close when the last process that npm started has ended: wrangler and the runtime hold them too.
      await closed
    },
  }
}
