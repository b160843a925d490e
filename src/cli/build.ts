import { readCommandLine } from './options.ts'

/** `npm run build`: makes the pages, as wrangler does by itself. */
await readCommandLine({ command: 'npm run build', usage: '(no options)', options: {} })
await import('../docs/build.ts')
