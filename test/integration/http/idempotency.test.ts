import { env } from 'cloudflare:workers'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { runCron } from '../../../src/jobs/cron.ts'
import { encrypt, decrypt } from '../../../src/commands/encryption.ts'
import { LIMITS } from '../../../src/schemas/limits.ts'
import { isCommit, LOST, makeFaultyD1 } from '../../support/fault-injection.ts'
import { addKey, createHarness, newIsolate } from '../../support/harness.ts'
import type { Harness } from '../../support/harness.ts'
import { problemOf } from '../../support/problem.ts'

let world: Harness
let d1: ReturnType<typeof makeFaultyD1>
beforeEach(async () => {
  d1 = makeFaultyD1()
  world = await createHarness({ DB: d1.binding })
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
const totals = async () => (await env.DB.prepare('select records, bytes from answer_totals').all()).results
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

test('a request that changes nothing is remembered as well, and no answer is kept of it', async () => {
  const wish = { ...KEY, Prefer: 'return=representation' }
  await world.operator.post(chart, { time: 7, actual: 1 })
  for (const headers of [wish, under('effect')]) {
    await world.operator.post(chart, { time: 7, actual: 1 }, headers)
    await world.settle()
  }
  expect(await totals()).toEqual([{ records: 2, bytes: 0 }])
  const size = await env.DB.prepare(
    'select sum(length(name) + length(request) + length(commit_id) + coalesce(length(answer), 0)) as n from answers',
  ).first('n')
  expect(size).toBe(200)
  await world.operator.post(chart, { time: 7, actual: 2 })
  const again = await world.operator.post(chart, { time: 7, actual: 1 }, under('effect'))
  expect([replayed(again), await again.json()]).toEqual(['true', expect.objectContaining({ changed: 0 })])
  const shown = await world.operator.post(chart, { time: 7, actual: 1 }, wish)
  expect([shown.status, shown.headers.get('ETag')]).toEqual([200, (await world.viewer.get(chart)).headers.get('ETag')])
  await world.settle()
  expect(await (await world.viewer.get(`${chart}/7`)).json()).toMatchObject({ actual: 2 })
  expect(await totals()).toEqual([{ records: 2, bytes: 0 }])
})

describe('what an API key has sent within a day', () => {
  const fill = (records: number, bytes: number) =>
    env.DB.prepare('update answer_totals set records = ?, bytes = ?').bind(records, bytes).run()

  test('is counted when it is sent, answered and dropped, by record and by byte', async () => {
    await world.engineer.post('/api/sprockets', sprocket, KEY)
    await world.engineer.post('/api/sprockets', sprocket, under('two'))
    await world.settle()
    await world.engineer.post('/api/sprockets', sprocket, KEY)
    await world.settle()
    const kept = await env.DB.prepare('select count(*) as records, sum(length(answer)) as bytes from answers').first()
    expect(await totals()).toEqual([kept])
    await env.DB.prepare('update answers set at = at - 86500000 where commit_id = (select min(commit_id) from answers)').run()
    await runCron(world.isolate, world.clock.now())
    expect(await totals()).toEqual([await env.DB.prepare('select count(*) as records, sum(length(answer)) as bytes from answers').first()])
    await env.DB.prepare('update answers set at = at - 86500000').run()
    await runCron(world.isolate, world.clock.now())
    expect(await totals()).toEqual([{ records: 0, bytes: 0 }])
  })

  test('has a limit: beyond it a request is refused, sent before or without a key it is not', async () => {
    await addKey(1, 'colleague', 'engineer')
    const first = await told(await world.engineer.post('/api/sprockets', sprocket, KEY))
    await world.settle()
    const before = await countSprockets()
    await fill(LIMITS.idempotencyRecords, 0)
    const refused = await world.engineer.post('/api/sprockets', sprocket, under('next'))
    expect((await problemOf(refused, 429)).detail).toContain(`${LIMITS.idempotencyRecords.toLocaleString('en')} per API key in 24 hours`)
    expect(refused.headers.get('Retry-After')).toBe('3600')
    expect(await countSprockets()).toBe(before)
    expect(await told(await world.engineer.post('/api/sprockets', sprocket, KEY))).toEqual(first)
    expect((await world.engineer.post('/api/sprockets', sprocket)).status).toBe(201)
    expect((await world.as('colleague').post('/api/sprockets', sprocket, under('next'))).status).toBe(201)
    await fill(LIMITS.idempotencyRecords - 1, 0)
    expect((await world.engineer.post('/api/sprockets', sprocket, under('next'))).status).toBe(201)
  })

  test('is answered anew where its answers would take too many bytes', async () => {
    await world.engineer.post('/api/sprockets', sprocket, under('first'))
    await world.settle()
    await fill(1, LIMITS.idempotencyBytes - 20)
    const first = await world.engineer.post('/api/sprockets', sprocket, KEY)
    await world.settle()
    expect(await totals()).toEqual([{ records: 2, bytes: LIMITS.idempotencyBytes - 20 }])
    const again = await world.engineer.post('/api/sprockets', sprocket, KEY)
    expect([replayed(again), await again.text(), again.headers.get('Location')]).toEqual([
      'true',
      await first.text(),
      first.headers.get('Location'),
    ])
  })
})

describe('under one key', () => {
  const csv = 'time,actual\n7,1\n'
  const send = (headers: Record<string, string>, body: string | Uint8Array<ArrayBuffer> = csv) =>
    world.operator.send('POST', chart, { body, headers: { 'Content-Type': 'text/csv', ...KEY, ...headers } })
  const gzip = async (text: string) =>
    new Uint8Array(await new Response(new Blob([text]).stream().pipeThrough(new CompressionStream('gzip'))).arrayBuffer())

  test.each<[string, Record<string, string>]>([
    ['media type', { 'Content-Type': 'application/json' }],
    ['preference for the answer', { Prefer: 'return=representation' }],
    ['preference for leniency', { Prefer: 'handling=lenient' }],
    ['If-Match', { 'If-Match': '*' }],
    ['If-None-Match', { 'If-None-Match': '"other"' }],
    ['Accept', { Accept: 'text/csv' }],
  ])('another %s is another request', async (_, headers) => {
    expect((await send({})).status).toBe(200)
    const problem = await problemOf(await send(headers), 422)
    expect(problem.type).toContain('idempotency-key-reused')
  })

  test('the same in other words is the same', async () => {
    await send({ Prefer: 'return=representation, handling=lenient' })
    await world.settle()
    for (const headers of [
      { Prefer: 'handling=lenient; return=representation, respond-async' },
      { 'Content-Type': 'Text/CSV; charset="UTF-8"', Prefer: 'handling=lenient,return=representation' },
      { 'User-Agent': 'another', Prefer: 'handling=lenient, return=representation' },
    ]) {
      const response = await send(headers)
      expect([response.status, replayed(response)]).toEqual([200, 'true'])
    }
    const packed = await send({ Prefer: 'handling=lenient, return=representation', 'Content-Encoding': 'gzip' }, await gzip(csv))
    expect([packed.status, replayed(packed)]).toEqual([200, 'true'])
  })
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
  for (const key of ['', '""', 'a b', '"a', 'Schlüssel', '"a", "b"', 'x'.repeat(256)])
    expect((await world.engineer.post('/api/sprockets', sprocket, under(key))).status, key).toBe(400)
})

test.each(['{8e03978e-40d5-43e8-bc93-6894a57f9324}', 'order/17?part=a,b&c', "it's#1!", '[1]', 'a"b', 'x'.repeat(255)])(
  '%s is a key',
  async (key) => {
    const first = (await world.engineer.post('/api/sprockets', sprocket, under(key))).headers.get('Location')
    await world.settle()
    expect((await world.engineer.post('/api/sprockets', sprocket, under(key))).headers.get('Location')).toBe(first)
    if (!key.includes('"'))
      expect((await world.engineer.post('/api/sprockets', sprocket, under(`"${key}"`))).headers.get('Location')).toBe(first)
  },
)

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
    await runCron(world.isolate, world.clock.now())
  }
  await ageTo(86_300_000)
  expect((await world.engineer.post('/api/sprockets', sprocket, KEY)).headers.get('Location')).toBe(first)
  await ageTo(86_500_000)
  expect((await world.engineer.post('/api/sprockets', sprocket, KEY)).headers.get('Location')).not.toBe(first)
})

test('the database alone does not tell what was answered, nor under which key', async () => {
  await world.engineer.post('/api/sprockets', sprocket, KEY)
  await world.settle()
  const row = await env.DB.prepare('select * from answers').first<{ name: number[]; answer: number[] }>()
  const textOf = (bytes: number[]) => new TextDecoder().decode(Uint8Array.from(bytes))
  expect(row!.name.length).toBe(32)
  expect(textOf(row!.name)).not.toContain('8e03978e')
  expect(textOf(row!.answer)).not.toContain('teeth')
  const sealed = await encrypt('secret', 'text')
  expect(await decrypt('secret', sealed)).toBe('text')
  await expect(decrypt('another', sealed)).rejects.toThrow()
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
