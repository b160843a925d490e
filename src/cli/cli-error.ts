/** A reason that stops a command, worded for the person who ran it. */
export class CliError extends Error {
  override name = 'Failure'
  /** The exit status of the command. */
  readonly status: number = 1
}

/** A command line that a command cannot run. Nothing has been done yet. */
export class UsageError extends CliError {
  override name = 'UsageError'
  override readonly status = 2
}

/** Prints why a command stopped, and sets its exit status. Only an error that is not a Failure keeps its stack. */
export const reportFailure = (error: unknown): void => {
  console.error(error instanceof UsageError ? error.message : error instanceof CliError ? `\n${error.message}` : error)
  process.exitCode = error instanceof CliError ? error.status : 1
}

/** Runs a command and reports its failure. */
export const runCommand = async (command: () => Promise<void>): Promise<void> => {
  try {
    await command()
  } catch (error) {
    reportFailure(error)
  }
}
