import { parseInteger, readCommandLine } from '../../src/cli/options.ts'
import { runMany, tell } from './run-seeds.ts'
import { plantNothing } from './mutants.ts'

/** More than anyone can wait for, and exact as a number. */
const MOST = 1_000_000_000

const { count, first } = await readCommandLine(
  {
    command: 'npm run test:simulation',
    usage: '[COUNT] [FIRST]   COUNT interleavings (default 50,000), each in both modes, from seed FIRST (default 1) on',
    options: {},
    positionals: 2,
  },
  ({ positionals: [howMany = '50000', from = '1'] }) => ({
    count: parseInteger('COUNT', howMany, 1, MOST),
    first: parseInteger('FIRST', from, 0, MOST),
  }),
)

let told = 0
const report = await runMany(plantNothing(), {
  first,
  count,
  until: ({ runs, bad }) => {
    if (runs >= told + 5_000) process.stderr.write(`${(told = runs)} runs, ${bad.length} bad\n`)
    return bad.length >= 20
  },
})
for (const verdict of report.bad) console.log(tell(verdict))
const { runs, bad, writes, reads, puts, trips, mostStatements, mostOperations, seconds } = report
console.log(
  `${count} interleavings from seed ${first}, each with cron and failures and without, every tenth while publishing falls behind: ${runs} runs, ${writes} writes, ${reads} reads, ` +
    `${puts} puts, ${trips} trips to D1; at most ${mostStatements} statements and ${mostOperations} operations of KV in one invocation; ` +
    `${bad.length} runs found something wrong. ${Math.round(seconds)} s.`,
)
process.exitCode = bad.length ? 1 : 0
