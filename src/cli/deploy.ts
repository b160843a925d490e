import { deploy, deployLine } from './deploy-steps.ts'
import { runCommand } from './cli-error.ts'
import { readCommandLine } from './options.ts'
import { runWrangler } from './wrangler.ts'

const { values } = await readCommandLine(deployLine)

/** `npm run deploy` */
await runCommand(() => deploy(runWrangler, values, console.log))
