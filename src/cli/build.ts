import { readCommandLine } from './options.ts'

/** `npm run build`: builds the pages. wrangler runs the same build before it serves or deploys. */
await readCommandLine({ command: 'npm run build', usage: '(no options)', options: {} })
await import('../docs/build.ts')
