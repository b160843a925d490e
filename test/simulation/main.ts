import { parseInteger, readCommandLine } from '../../src/cli/options.ts'
import { runSeeds, formatVerdict } from './run-seeds.ts'
import { withoutMutation } from './mutants.ts'

/** Upper limit of COUNT and FIRST: years of runs, and exact as a number. */
const MAX_ARGUMENT = 1_000_000_000

const { count, first } = await readCommandLine(
  {
    command: 'npm run test:simulation',
    usage: '[COUNT] [FIRST]   runs COUNT seeds (default 50,000) from seed FIRST (default 1), each with faults and without',
    options: {},
    positionals: 2,
  },
  ({ positionals: [countText = '50000', firstText = '1'] }) => ({
    count: parseInteger('COUNT', countText, 1, MAX_ARGUMENT),
    first: parseInteger('FIRST', firstText, 0, MAX_ARGUMENT),
  }),
)

let reported = 0
const report = await runSeeds(withoutMutation(), {
  first,
  count,
  until: ({ runs, bad }) => {
    if (runs >= reported + 5_000) process.stderr.write(`${(reported = runs)} runs, ${bad.length} wrong\n`)
    return bad.length >= 20
  },
})
for (const verdict of report.bad) console.log(formatVerdict(verdict))
const { runs, bad, writes, reads, puts, trips, maxStatements, maxOperations, seconds } = report
console.log(
  `${count} seeds from ${first}, each with faults and cron and without, every tenth also with a publishing backlog and on a difficult platform: ${runs} runs, ${writes} writes, ${reads} reads, ` +
    `${puts} puts, ${trips} requests to D1; at most ${maxStatements} statements and ${maxOperations} KV operations in one invocation; ` +
    `${bad.length} runs found violations. ${Math.round(seconds)} s.`,
)
process.exitCode = bad.length ? 1 : 0
