import { runMany, tell } from './many.ts'
import { plantNothing } from './plants.ts'

/** npm run prove -- [SEEDS] [FIRST SEED]: how many interleavings, each in both modes, and from which seed on. */
const [count = 50_000, first = 1] = process.argv.slice(2).map(Number)

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
