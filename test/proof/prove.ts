import { loadCode } from './code.ts'
import { runOnce } from './run.ts'
import type { Mode } from './run.ts'

const [runs = 100, first = 1] = process.argv.slice(2).map(Number)
const code = await loadCode(`${import.meta.dirname}/../../src`)
console.log = () => {}
console.warn = () => {}
console.error = () => {}
const out = (text: string) => process.stdout.write(`${text}\n`)
const started = performance.now()
let bad = 0
let puts = 0
for (let seed = first; seed < first + runs; seed++) {
  for (const mode of ['well', 'ill'] as Mode[]) {
    const verdict = await runOnce(code, seed, mode)
    puts += verdict.puts
    if (verdict.violations.length) {
      bad++
      out(`${mode} ${seed}: ${verdict.violations.slice(0, 3).join('; ').slice(0, 400)}`)
    }
  }
}
out(`${runs} seeds, ${bad} bad, ${puts} puts, ${Math.round(performance.now() - started)} ms`)
