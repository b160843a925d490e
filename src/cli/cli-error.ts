/** An expected error that stops a command. Its message is for the user of the command and is printed without a stack. */
export class CliError extends Error {
  override name = 'CliError'
  /** The exit status of the command. */
  readonly status: number = 1
}

/** An invalid command line. The command has changed nothing. */
export class UsageError extends CliError {
  override name = 'UsageError'
  override readonly status = 2
}

/** Prints an error and sets the exit status. Errors other than CliError are defects and are printed with their stack. */
export const reportError = (error: unknown): void => {
  console.error(error instanceof UsageError ? error.message : error instanceof CliError ? `\n${error.message}` : error)
  process.exitCode = error instanceof CliError ? error.status : 1
}

/** Runs a command and prints its error. */
export const runCommand = async (command: () => Promise<void>): Promise<void> => {
  try {
    await command()
  } catch (error) {
    reportError(error)
  }
}
