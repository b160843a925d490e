import { UsageError } from '../../src/cli/cli-error.ts'
import { parseInteger, readCommandLine } from '../../src/cli/options.ts'
import { formatVerdict, MODES, runSeeds } from './run-seeds.ts'
import type { Mode } from './scenario.ts'
import { withoutMutation } from './mutants.ts'

/** Upper limit of COUNT and FIRST: years of runs, and exact as a number. */
const MAX_ARGUMENT = 1_000_000_000

const { count, first, modes } = await readCommandLine(
  {
    command: 'npm run test:simulation',
    usage: `[--mode MODE] [COUNT] [FIRST]   runs COUNT seeds (default 50,000) from seed FIRST (default 1)
  --mode MODE  runs each seed in this mode: ${MODES.join(', ')}
               default: with faults and without, and every tenth in each other mode`,
    options: { mode: { type: 'string' } },
    positionals: 2,
  },
  ({ values: { mode }, positionals: [countText = '50000', firstText = '1'] }) => {
    if (mode !== undefined && !MODES.some((each) => each === mode)) throw new UsageError(`Unknown mode "${mode}". Use ${MODES.join(', ')}.`)
    return {
      count: parseInteger('COUNT', countText, 1, MAX_ARGUMENT),
      first: parseInteger('FIRST', firstText, 0, MAX_ARGUMENT),
      modes: mode === undefined ? undefined : [mode as Mode],
    }
  },
)

let reported = 0
const report = await runSeeds(withoutMutation(), {
  first,
  count,
  ...(modes && { modes }),
  until: ({ runs, bad }) => {
    if (runs >= reported + 5_000) process.stderr.write(`${(reported = runs)} runs, ${bad.length} wrong\n`)
    return bad.length >= 20
  },
})
for (const verdict of report.bad) console.log(formatVerdict(verdict))
const { runs, bad, writes, reads, puts, trips, maxStatements, maxOperations, seconds } = report
console.log(
  `${count} seeds from ${first}, ${modes ? `mode ${modes.join()}` : 'with faults and without, every tenth in each other mode'}: ${runs} runs, ${writes} writes, ${reads} reads, ` +
    `${puts} puts, ${trips} requests to D1; at most ${maxStatements} statements and ${maxOperations} KV operations in one invocation; ` +
    `${bad.length} runs found violations. ${Math.round(seconds)} s.`,
)
process.exitCode = bad.length ? 1 : 0
