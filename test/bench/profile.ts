import type { CpuProfile } from './cpu-profile.ts'
import { inspect } from './inspector.ts'
import type { Case } from './cases.ts'
import { runLoad } from './load.ts'
import { nameOf } from './machine.ts'
import type { Machine } from './machine.ts'

/** The parts of a request, from the runtime outwards. */
export const PLACES = [
  'runtime: requests in and out',
  'garbage collection',
  'Response, Headers and Request',
  'other built-ins: KV, D1, timers, text',
  'Hono',
  'Drizzle',
  'this code, or the bare Worker',
] as const
type Place = (typeof PLACES)[number]

/** Microseconds of a request by part, on the thread of the Worker. `beside` is the time of other threads of the process. */
export interface Profile {
  group: string
  name: string
  perRequest: Partial<Record<Place, number>>
  beside: number | null
}

/** Built-ins that create a response or read a request. */
const HTTP = new Set([
  'Response',
  'Headers',
  'Request',
  'URL',
  'get',
  'set',
  'has',
  'delete',
  'append',
  'body',
  'headers',
  'status',
  'url',
  'method',
])

/** Returns the source file of each line of a bundle, from the comments of esbuild. */
const filesOf = (code: string): string[] => {
  let file = ''
  return code.split('\n').map((line) => (file = /^\s*\/\/ ((?:\.\.\/)*(?:src|node_modules)\/\S+)$/.exec(line)?.[1] ?? file))
}

const placeOf = ({ functionName, url, lineNumber }: CpuProfile['nodes'][number]['callFrame'], files: string[]): Place | undefined => {
  if (functionName === '(idle)') return undefined
  if (functionName === '(garbage collector)') return 'garbage collection'
  if (url === '') {
    if (HTTP.has(functionName)) return 'Response, Headers and Request'
    return functionName === '' || functionName.startsWith('(') ? 'runtime: requests in and out' : 'other built-ins: KV, D1, timers, text'
  }
  if (/^(cloudflare|node)(-internal)?:/.test(url)) return 'other built-ins: KV, D1, timers, text'
  const file = url.endsWith('production.js') ? (files[lineNumber] ?? '') : ''
  if (file.includes('/hono/')) return 'Hono'
  return file.includes('/drizzle-orm/') ? 'Drizzle' : 'this code, or the bare Worker'
}

/**
 * Profiles the Worker of a case. A profile slows it down, so only shares and differences are meaningful.
 * @param code the production bundle
 */
export const profileCase = async (machine: Machine, one: Case, code: string, seconds: number): Promise<Profile> => {
  await runLoad(one, Math.min(1, seconds))
  const { call, close } = await inspect(await machine.inspector(), nameOf(one.worker))
  await call('Profiler.enable')
  await call('Profiler.setSamplingInterval', { interval: 200 })
  await call('Profiler.start')
  const { perSecond, cpuMs } = await runLoad(one, seconds)
  const { profile } = await call<{ profile: CpuProfile }>('Profiler.stop')
  close()
  const files = filesOf(code)
  const frames = new Map(profile.nodes.map(({ id, callFrame }) => [id, callFrame]))
  const perRequest: Profile['perRequest'] = {}
  for (const [at, sample] of profile.samples.entries()) {
    const place = placeOf(frames.get(sample)!, files)
    if (place) perRequest[place] = (perRequest[place] ?? 0) + profile.timeDeltas[at]! / (perSecond * seconds)
  }
  const own = Object.values(perRequest).reduce((sum, each) => sum + each, 0)
  return { group: one.group, name: one.name, perRequest, beside: cpuMs === null ? null : Math.max(0, 1000 * cpuMs - own) }
}
