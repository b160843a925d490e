import { join } from 'node:path'
import { loadavg } from 'node:os'
import { readCommandLine } from '../../../src/cli/options.ts'
import { renderTable, wrapParagraph } from '../markdown.ts'
import { describeOrigin } from '../origin.ts'
import { writeSections } from '../sections.ts'
import { spreadOf } from '../statistics.ts'
import { startSeries } from './series.ts'

// Measures the time in SQLite for the statements of writes, without Worker, network and compilation of statements.

/** The share that an append in order may take of the time of an upsert. */
const MAX_SHARE = 0.5
/** An append to a full hour may take this many times as long as the first append. */
const MAX_GROWTH = 3
const FACTORIES = 22
const DAYS = 10
const APPENDS = 4_000
/** Appends of the soak: as many as ten a second in an hour. Their readings are a second apart, so they fill ten hours. */
const SOAK = 36_000
/** Appends of which the soak takes the median. */
const WINDOW = 200
const HOUR = 3_600
const guide = join(import.meta.dirname, '../../../src/docs/guides/internals/benchmarks.md')

const { values } = await readCommandLine({
  command: 'npm run bench:sqlite',
  usage: `[--write-guides]
  --write-guides  writes the table into the guide benchmarks.md`,
  options: { 'write-guides': { type: 'boolean', default: false } },
})

const loadBefore = loadavg()[0]!
const series = startSeries(FACTORIES, DAYS)
const median = (microseconds: number[]) => spreadOf(microseconds).median

/** Times writes that take turns, so that all run under the same conditions. */
const inTurns = (writes: Record<string, (index: number) => number>): Record<string, number> => {
  const times = Object.fromEntries(Object.keys(writes).map((name) => [name, [] as number[]]))
  for (let index = 0; index < APPENDS; index++) for (const [name, write] of Object.entries(writes)) times[name]!.push(write(index))
  return Object.fromEntries(Object.entries(times).map(([name, found]) => [name, median(found)]))
}

const { bare, append, upsert } = inTurns({
  bare: (index) => series.upsertRow(index),
  append: (index) => series.append(index % FACTORIES),
  upsert: (index) => series.upsert(index % FACTORIES),
}) as { bare: number; append: number; upsert: number }

/** Microseconds of each append of the soak. */
const soak = Array.from({ length: SOAK }, () => series.appendAfterSecond())
const first = median(soak.slice(0, WINDOW))
const slowest = Math.max(...Array.from({ length: SOAK / WINDOW }, (_, index) => median(soak.slice(index * WINDOW, (index + 1) * WINDOW))))

const round = (microseconds: number) => microseconds.toFixed(0)
const ratio = (a: number, b: number) => (a / b).toFixed(1)
const rows = [
  ['upsert of one row', round(bare), '1.0'],
  ['append of one reading, in order', round(append), ratio(append, bare)],
  ['the same reading by the fallback', round(upsert), ratio(upsert, bare)],
  ['one reading a second: the first', round(first), ratio(first, bare)],
  [`one reading a second: the slowest of ${(SOAK / HOUR).toFixed(0)} hours`, round(slowest), ratio(slowest, bare)],
]
const text = `${wrapParagraph(
  `${describeOrigin('npm run bench:sqlite')}. SQLite of Node, in memory, prepared statements with the guards. ${FACTORIES} factories have ${DAYS} days of a reading a minute, and no cache entries. Medians of ${APPENDS.toLocaleString('en')} writes, and of ${WINDOW} in a row where there is a reading a second. The load average at the start was ${loadBefore.toFixed(1)}.`,
)}\n\n${renderTable(['Write', 'Microseconds', 'Of one row'], rows)}`
console.log(text)
if (values['write-guides']) await writeSections([guide], { sqlite: text })
if (append > MAX_SHARE * upsert) {
  console.error(`An append in order takes ${(append / upsert).toFixed(2)} of the time of an upsert (limit ${MAX_SHARE}).`)
  process.exitCode = 1
}
if (slowest > MAX_GROWTH * first) {
  console.error(`An append to a long hour takes ${ratio(slowest, first)} times as long as the first one (limit ${MAX_GROWTH}).`)
  process.exitCode = 1
}
