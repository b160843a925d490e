import { createServer, isIP } from 'node:net'
import { CliError, UsageError } from './cli-error.ts'

export const MAX_PORT = 65_535

/** True if no process listens on the port. An address that this machine does not have counts as free. */
const isFree = (port: number, host: string): Promise<boolean> =>
  new Promise((resolve) => {
    const server = createServer()
    server.once('error', (error: NodeJS.ErrnoException) => resolve(error.code !== 'EADDRINUSE'))
    server.listen({ port, host, exclusive: true }, () => server.close(() => resolve(true)))
  })

/**
 * Checks the address of `--ip`.
 * @throws UsageError if it is neither an IP address nor `localhost`
 */
export const checkAddress = (address: string): void => {
  if (address !== 'localhost' && isIP(address) === 0) throw new UsageError(`--ip takes an IP address or localhost, not '${address}'.`)
}

/** Returns the first free port at or above `from`. Returns 0 if all are in use: with port 0, the system chooses. */
const findFreePort = async (from: number, hosts: string[]): Promise<number> => {
  for (let port = from; port <= MAX_PORT; port++) {
    const free = await Promise.all(hosts.map((host) => isFree(port, host)))
    if (free.every(Boolean)) return port
  }
  return 0
}

/**
 * Checks that a port is free, before the database is prepared. Port 0 is always free: the system chooses a port.
 * @throws CliError that suggests a free port
 */
export const requirePort = async (port: number, host?: string): Promise<void> => {
  if (port === 0) return
  const hosts = host === undefined || host === 'localhost' ? ['127.0.0.1', '::1'] : [host]
  const free = await findFreePort(port, hosts)
  if (free === port) return
  throw new CliError(`Port ${port} is in use, perhaps by another npm start. Stop it, or use a free port: npm start -- --port ${free}`)
}
