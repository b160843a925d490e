import { cpus } from 'node:os'

/** The processor of this machine. */
export const PROCESSOR = { processor: cpus()[0]!.model, cores: cpus().length }

/** Says when, with which command and on which processor figures were measured: the beginning of a sentence. */
export const describeOrigin = (command: string, { processor, cores } = PROCESSOR, at = new Date().toISOString()): string =>
  `Measured on ${at.slice(0, 10)} with \`${command}\` on ${cores} cores of ${processor}`
