import { createServer, isIP } from 'node:net'
import { CliError, UsageError } from './cli-error.ts'

export const MAX_PORT = 65_535

/** Whether nothing listens there. An address that this machine does not have is no obstacle. */
const isFree = (port: number, host: string): Promise<boolean> =>
  new Promise((resolve) => {
    const server = createServer()
    server.once('error', (error: NodeJS.ErrnoException) => resolve(error.code !== 'EADDRINUSE'))
    server.listen({ port, host, exclusive: true }, () => server.close(() => resolve(true)))
  })

/**
 * Checks an address to listen on.
 * @throws UsageError
 */
export const checkAddress = (address: string): void => {
  if (address !== 'localhost' && isIP(address) === 0) throw new UsageError(`--ip takes an IP address or localhost, not '${address}'.`)
}

/** Returns the first free port from a port on, or 0, which lets the system choose, where the last one is passed. */
const findFreePort = async (from: number, hosts: string[]): Promise<number> => {
  for (let port = from; port <= MAX_PORT; port++) {
    const free = await Promise.all(hosts.map((host) => isFree(port, host)))
    if (free.every(Boolean)) return port
  }
  return 0
}

/**
 * Checks that a port is free, before anything is prepared. Port 0 always is: the system chooses.
 * @throws Failure with a free port if something listens there
 */
export const requirePort = async (port: number, host?: string): Promise<void> => {
  if (port === 0) return
  const hosts = host === undefined || host === 'localhost' ? ['127.0.0.1', '::1'] : [host]
  const free = await findFreePort(port, hosts)
  if (free === port) return
  throw new CliError(`Port ${port} is in use, perhaps by another npm start. Stop that, or choose a free port: npm start -- --port ${free}`)
}
