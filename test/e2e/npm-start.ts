import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { join } from 'node:path'

export const root = join(import.meta.dirname, '../..')

/** The environment of npm in a terminal, without the variables that the npm of the test run has set. */
const environment = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(npm_|INIT_CWD$|NODE_ENV$|VITEST)/i.test(name)))

/**
 * Returns a free port below 32,768. Linux gives higher ports to outgoing connections, so another process could take such a port
 * before the server of the test listens on it.
 */
export const freePort = async (): Promise<number> => {
  const port = 20_000 + Math.floor(Math.random() * 12_000)
  const server = createServer().listen(port, '127.0.0.1')
  const isFree = await once(server, 'listening').then(
    () => true,
    () => false,
  )
  await new Promise((resolve) => server.close(resolve))
  return isFree ? port : freePort()
}

/** The result of a command that has ended. */
export interface CommandResult {
  code: number | null
  output: string
}

/** Runs a command to its end. */
export const run = async (command: string, args: string[], env: Record<string, string> = {}): Promise<CommandResult> => {
  const child = spawn(command, args, { cwd: root, env: { ...environment, ...env }, stdio: ['ignore', 'pipe', 'pipe'] })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text: string) => (output += text))
  const [code] = (await once(child, 'close')) as [number | null]
  return { code, output }
}

/** Marks the end of the output of a shell command. */
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
  let output = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text))
  return {
    async type(command) {
      output = ''
      child.stdin.write(`{ ${command}\n} 2>&1; printf '${END}'\n`)
      while (!output.endsWith(END)) await once(child.stdout, 'data')
      return output.slice(0, -END.length)
    },
    close: () => child.stdin.end(),
  }
}

/** A running `npm start` that serves requests. */
export interface Started {
  base: string
  key: string
  output(): string
  /** Stops it with SIGTERM, as a closed terminal or a supervisor does, and waits until no process serves. */
  stop(): Promise<void>
}

/** Wrangler picks a port for an internal socket before it opens the socket. Two wranglers that start at once may pick the same. */
const PORT_TAKEN = 'Address already in use (socket "direct'
const MAX_STARTS = 3

/** Runs `npm start` until it serves requests. Starts again if wrangler has picked a port that is taken. */
export const npmStart = async (...args: Parameters<typeof startOnce>): Promise<Started> => {
  for (let startsLeft = MAX_STARTS; ; startsLeft--) {
    try {
      return await startOnce(...args)
    } catch (error) {
      if (startsLeft === 1 || !(error as Error).message.includes(PORT_TAKEN)) throw error
    }
  }
}

const startOnce = async (port: number, persistTo: string, ...more: string[]): Promise<Started> => {
  const child = spawn('npm', ['start', '--', '--port', String(port), '--persist-to', persistTo, ...more], {
    cwd: root,
    env: environment,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  const closed = once(child, 'close')
  const serves = new Promise<RegExpExecArray>((resolve, reject) => {
    const receive = (text: string) => {
      output += text
      const found = /export BASE=(\S+) KEY=(\S+)/.exec(output)
      if (found) resolve(found)
    }
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', receive)
    closed.then(() => reject(new Error(`npm start ended:\n${output}`)), reject)
  })
  const [, base, key] = await serves
  return {
    base: base!,
    key: key!,
    output: () => output,
    async stop() {
      child.kill('SIGTERM')
      // The pipes close when the last process of npm start has ended: wrangler and the runtime inherit them.
      await closed
    },
  }
}
