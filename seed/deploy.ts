import { deploy, deployLine } from './deploying.ts'
import { runCommand } from './failure.ts'
import { readCommandLine } from './options.ts'
import { runWrangler } from './wrangler.ts'

const { values } = await readCommandLine(deployLine)

/** `npm run deploy` */
await runCommand(() => deploy(runWrangler, values, console.log))
