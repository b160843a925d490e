/** Something that a command cannot go on with, in words for the one who ran it. */
export class Failure extends Error {
  override name = 'Failure'
}

/** Runs a command; where it fails, says why in its own words and ends with status 1. What nobody foresaw keeps its stack. */
export const runCommand = async (command: () => Promise<void>): Promise<void> => {
  try {
    await command()
  } catch (error) {
    console.error(error instanceof Failure ? `\n${error.message}` : error)
    process.exitCode = 1
  }
}
