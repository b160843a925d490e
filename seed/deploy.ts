import { deploy } from './deploying.ts'
import { runCommand } from './failure.ts'
import { runWrangler } from './wrangler.ts'

/** `npm run deploy`: what is after `--` reaches `wrangler deploy`. */
await runCommand(() => deploy(runWrangler, process.argv.slice(2), console.log))
