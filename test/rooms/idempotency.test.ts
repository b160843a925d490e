import { env } from 'cloudflare:workers'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { tick } from '../../src/cron.ts'
import { seal, unseal } from '../../src/commands/seal.ts'
import { isCommit, LOST, makeFaultyD1 } from '../support/faulty.ts'
import { addKey, makeWorld, newIsolate } from '../support/world.ts'
import type { World } from '../support/world.ts'

let world: World
let d1: ReturnType<typeof makeFaultyD1>
beforeEach(async () => {
  d1 = makeFaultyD1()
  world = await makeWorld({ DB: d1.binding })
})

afterEach(async () => {
  d1.decide = () => undefined
  await world.settle()
})

const sprocket = { teeth: 7, pitch_diameter: 0.1 + 0.2, outside_diameter: 6, pitch: 1 }
const chart = '/api/factory/1/chart-data'
const under = (key: string) => ({ 'Idempotency-Key': key })
const KEY = under('"8e03978e-40d5-43e8-bc93-6894a57f9324"')
const told = async (response: Response): Promise<{ status: number; body: string } & Record<string, unknown>> => ({
  status: response.status,
  body: await response.text(),
  ...Object.fromEntries(
    ['Location', 'ETag', 'Content-Type', 'x-d1-bookmark', 'Cache-Control', 'Preference-Applied'].map((name) => [
      name,
      response.headers.get(name),
    ]),
  ),
})
const replayed = (response: Response) => response.headers.get('Idempotent-Replayed')
const countSprockets = async () => ((await (await world.viewer.get('/api/sprockets?limit=1')).json()) as { count: number }).count
const countRecords = () => env.DB.prepare('select count(*) as n from answers').first<number>('n')

test('what was created once is answered again, to the letter, whatever happened since', async () => {
  const before = await countSprockets()
  const first = await world.engineer.post('/api/sprockets', sprocket, KEY)
  expect([first.status, replayed(first)]).toEqual([201, null])
  const saying = await told(first)
  await world.settle()
  await world.engineer.delete(saying['Location'] as string)
  const again = await world.engineer.post('/api/sprockets', sprocket, KEY)
  expect(replayed(again)).toBe('true')
  expect(await told(again)).toEqual(saying)
  expect(await countSprockets()).toBe(before)
})

test('a reading that changed something goes on having changed it; a preference is kept too', async () => {
  const wish = { ...under('a-1'), Prefer: 'return=representation' }
  const first = await told(await world.operator.post(chart, { time: 7, actual: 1 }, wish))
  await world.settle()
  await world.operator.post(chart, { time: 7, actual: 2 })
  expect(await told(await world.operator.post(chart, { time: 7, actual: 1 }, wish))).toEqual(first)
  expect(first['Preference-Applied']).toBe('return=representation')
})

test('a request that changes nothing is remembered as well', async () => {
  await world.operator.post(chart, { time: 7, actual: 1 })
  const first = await told(await world.operator.post(chart, { time: 7, actual: 1 }, KEY))
  await world.settle()
  await world.operator.post(chart, { time: 7, actual: 2 })
  expect(await told(await world.operator.post(chart, { time: 7, actual: 1 }, KEY))).toEqual(first)
  expect(first.body).toContain('"changed":0')
})

test('another body, or another address, under the same key is refused', async () => {
  await world.operator.post(chart, { time: 7, actual: 1 }, KEY)
  for (const response of [
    await world.operator.post(chart, { time: 7, actual: 2 }, KEY),
    await world.operator.post('/api/factory/2/chart-data', { time: 7, actual: 1 }, KEY),
  ]) {
    expect(response.status).toBe(422)
    expect(((await response.json()) as { type: string }).type).toContain('idempotency-key-reused')
  }
})

test('two at once create one, and both are told of it', async () => {
  const before = await countSprockets()
  const other = world.elsewhere(newIsolate(world.clock))
  const both = await Promise.all([
    world.engineer.post('/api/sprockets', sprocket, KEY),
    world.engineer.post('/api/sprockets', sprocket, KEY),
    other.engineer.post('/api/sprockets', sprocket, KEY),
  ])
  const [one, two, three] = await Promise.all(both.map(told))
  expect(two).toMatchObject({ status: 201, body: one!.body, Location: one!['Location'], ETag: one!['ETag'] })
  expect(three).toMatchObject({ status: 201, body: one!.body, Location: one!['Location'] })
  expect(await countSprockets()).toBe(before + 1)
})

test('keys of API have keys of their own; bare and quoted are one', async () => {
  await addKey(1, 'colleague', 'engineer')
  const first = (await world.engineer.post('/api/sprockets', sprocket, under('"k"'))).headers.get('Location')
  await world.settle()
  expect((await world.engineer.post('/api/sprockets', sprocket, under('k'))).headers.get('Location')).toBe(first)
  expect((await world.as('colleague').post('/api/sprockets', sprocket, under('k'))).headers.get('Location')).not.toBe(first)
})

test('a key that is none is refused', async () => {
  for (const key of ['', '""', 'a b', '"a', 'a,b', 'x'.repeat(256)])
    expect((await world.engineer.post('/api/sprockets', sprocket, under(key))).status, key).toBe(400)
})

test('what was refused may be mended and sent again under its key', async () => {
  expect((await world.engineer.post('/api/sprockets', { ...sprocket, teeth: -1 }, KEY)).status).toBe(422)
  expect((await world.operator.post('/api/factory/9/chart-data', { time: 7, actual: 1 }, KEY)).status).toBe(404)
  expect(await countRecords()).toBe(0)
  expect((await world.engineer.post('/api/sprockets', sprocket, KEY)).status).toBe(201)
})

test('an outcome that nobody could tell is told when the request comes again', async () => {
  const before = await countSprockets()
  let landed = false
  d1.decide = (trip) => {
    if (landed) return { before: LOST }
    landed = isCommit(trip)
    return landed ? { after: LOST } : undefined
  }
  expect((await world.engineer.post('/api/sprockets', sprocket, KEY)).status).toBe(503)
  d1.decide = () => undefined
  const again = await world.engineer.post('/api/sprockets', sprocket, KEY)
  expect([again.status, await again.json(), replayed(again)]).toEqual([201, { id: before, ...sprocket }, 'true'])
  await world.settle()
  expect(await told(await world.engineer.post('/api/sprockets', sprocket, KEY))).toMatchObject({
    status: 201,
    Location: `/api/sprocket/${before}`,
  })
  expect(await countSprockets()).toBe(before + 1)
})

test('a request that changed nothing and whose answer was lost on the way is not taken for undone', async () => {
  await world.operator.post(chart, { time: 7, actual: 1 })
  let commits = 0
  d1.decide = (trip) => (isCommit(trip) && commits++ === 0 ? { after: LOST } : undefined)
  expect((await world.operator.post(chart, { time: 7, actual: 1 }, KEY)).status).toBe(200)
  expect(commits).toBe(1)
})

test('an answer that was lost is made out anew, or said to be lost where what it told of is gone', async () => {
  d1.decide = ({ sql }) => (sql.startsWith('update "answers"') ? { before: LOST } : undefined)
  const first = await world.engineer.post('/api/sprockets', sprocket, KEY)
  const gone = await world.engineer.post('/api/sprockets', sprocket, under('gone'))
  await world.settle()
  await world.engineer.delete(gone.headers.get('Location')!)
  d1.decide = () => undefined
  const again = await world.engineer.post('/api/sprockets', sprocket, KEY)
  expect([again.status, await again.text(), again.headers.get('Location')]).toEqual([
    201,
    await first.text(),
    first.headers.get('Location'),
  ])
  expect((await world.engineer.post('/api/sprockets', sprocket, under('gone'))).status).toBe(409)
})

test('after a day the key is free again', async () => {
  const first = (await world.engineer.post('/api/sprockets', sprocket, KEY)).headers.get('Location')
  await world.settle()
  const ageTo = async (ms: number) => {
    await env.DB.prepare('update answers set at = ?')
      .bind(world.clock.now() - ms)
      .run()
    await tick(world.isolate, world.clock.now())
  }
  await ageTo(86_300_000)
  expect((await world.engineer.post('/api/sprockets', sprocket, KEY)).headers.get('Location')).toBe(first)
  await ageTo(86_500_000)
  expect((await world.engineer.post('/api/sprockets', sprocket, KEY)).headers.get('Location')).not.toBe(first)
})

test('the database alone does not tell what was answered, nor under which key', async () => {
  await world.engineer.post('/api/sprockets', sprocket, KEY)
  await world.settle()
  const row = await env.DB.prepare('select * from answers').first<{ name: string; answer: string }>()
  expect(row!.answer).toMatch(/^[0-9a-f]+$/)
  expect(row!.name).not.toContain('8e03978e')
  const sealed = await seal('secret', 'text')
  expect(await unseal('secret', sealed)).toBe('text')
  await expect(unseal('another', sealed)).rejects.toThrow()
})

test('a new API key is shown again as it is, and never made out anew', async () => {
  const ask = (key: string) => world.admin.post('/api/keys', { name: 'gateway', role: 'operator' }, under(key))
  const first = await told(await ask('one'))
  await world.settle()
  expect(await told(await ask('one'))).toEqual(first)
  d1.decide = ({ sql }) => (sql.startsWith('update "answers"') ? { before: LOST } : undefined)
  expect((await ask('two')).status).toBe(201)
  await world.settle()
  d1.decide = () => undefined
  const lost = await ask('two')
  expect([lost.status, lost.headers.get('Retry-After')]).toEqual([409, '1'])
})
