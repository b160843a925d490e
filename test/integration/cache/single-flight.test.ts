import { beforeEach, expect, test } from 'vitest'
import { singleFlight } from '../../../src/cache/single-flight.ts'
import type { Payload } from '../../../src/runtime/isolate.ts'
import { makeFaultyD1 } from '../../support/fault-injection.ts'
import { createHarness } from '../../support/harness.ts'
import type { Harness } from '../../support/harness.ts'

let world: Harness
let d1: ReturnType<typeof makeFaultyD1>
beforeEach(async () => {
  d1 = makeFaultyD1()
  world = await createHarness({ DB: d1.binding })
})

const bytes = (text: string): Payload => ({ body: new TextEncoder().encode(text), etag: `"${text}"` })
const assemblies = () => d1.trips.filter(({ start, sql }) => start === 'first-unconstrained' && sql.includes('"factories"')).length

test('readers who miss the same thing at the same time share one assembly, and the next one does not', async () => {
  const read = () => world.anonymous.get('/api/factory/1')
  // Whom the isolate knows already it need not ask for.
  await world.anonymous.get('/api/sprocket/1')
  const before = assemblies()
  const [one, ...others] = await Promise.all(Array.from({ length: 20 }, async () => (await read()).text()))
  expect(new Set(others)).toEqual(new Set([one]))
  expect(assemblies() - before).toBe(1)
  await Promise.all(['/api/factory/0', '/api/factory/2'].map((path) => world.anonymous.get(path)))
  expect(assemblies() - before).toBe(3)
  expect(world.isolate.memory.inFlight.size).toBe(0)
})

test('that there is nothing is shared too', async () => {
  await world.anonymous.get('/api/sprocket/1')
  const before = assemblies()
  const answers = await Promise.all(Array.from({ length: 5 }, () => world.anonymous.get('/api/factory/9')))
  expect(answers.map(({ status }) => status)).toEqual([404, 404, 404, 404, 404])
  expect(assemblies() - before).toBe(1)
})

test('who follows one that fails, or that was stopped, does the work alone', async () => {
  const waiting: Promise<unknown>[] = []
  const ask = (assemble: () => Promise<Payload | null>) => singleFlight(world.isolate, (work) => waiting.push(work), 'x', assemble)
  const failing = Promise.withResolvers<Payload>()
  const leader = ask(() => failing.promise)
  const follower = ask(async () => bytes('own'))
  failing.reject(new Error('stopped'))
  await expect(leader).rejects.toThrow('stopped')
  expect(await follower).toEqual(bytes('own'))
  await Promise.all(waiting)

  const stopped = Promise.withResolvers<Payload>()
  void ask(() => stopped.promise)
  expect(await ask(async () => bytes('own'))).toEqual(bytes('own'))
  // The leader's is kept alive for whoever comes, and only plain bytes are passed on.
  const late = ask(async () => bytes('own'))
  stopped.resolve(bytes('theirs'))
  expect(await late).toEqual(bytes('theirs'))
})
