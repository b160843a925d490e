import { createServer } from 'node:net'
import { Failure } from './failure.ts'

/** Whether nothing listens there. An address that this machine does not have is no obstacle. */
const isFree = (port: number, host: string): Promise<boolean> =>
  new Promise((resolve) => {
    const server = createServer()
    server.once('error', (error: NodeJS.ErrnoException) => resolve(error.code !== 'EADDRINUSE'))
    server.listen({ port, host, exclusive: true }, () => server.close(() => resolve(true)))
  })

/**
 * Makes sure of a port before anything is prepared that would then not be served.
 * @throws Failure if something listens there
 */
export const needPort = async (port: number, host?: string): Promise<void> => {
  const hosts = host === undefined || host === 'localhost' ? ['127.0.0.1', '::1'] : [host]
  for (const each of hosts) {
    if (!(await isFree(port, each)))
      throw new Failure(
        `Port ${port} is in use, perhaps by another npm start. Stop that, or choose a port: npm start -- --port ${port + 1}`,
      )
  }
}
