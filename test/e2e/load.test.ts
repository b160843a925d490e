import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Database } from '../../src/cli/database.ts'
import { CliError } from '../../src/cli/cli-error.ts'
import { openLocalDatabase } from '../../src/cli/local-database.ts'
import { readSeedFile } from '../../src/cli/read-file.ts'
import { run } from './npm-start.ts'
import { series } from './seed-files.ts'

// Promise: npm run load upserts files all or nothing, can be repeated, and deletes nothing.

describe('npm run load', () => {
  let directory: string
  let database: Database
  const load = (...args: string[]) => run('npm', ['run', '--silent', 'load', '--', '--persist-to', join(directory, 'state'), ...args])
  const write = async (name: string, content: unknown) => {
    const file = join(directory, name)
    await writeFile(file, typeof content === 'string' ? content : JSON.stringify(content))
    return file
  }
  const query = async <Row>(query: string) => database.query<Row>('Asking', [sql.raw(query)])
  /** All tables that a load without a change must not touch. */
  const everything = async () =>
    query(`select (select json_group_array(json_array(commit_seq, request_id)) from audit_log) as changes,
      (select json_group_array(json_array(series_pk, start, times, actual, goal)) from chunks) as chunks,
      (select json_group_array(pk) from series) as series,
      (select json_group_array(json_array(slug, next_factory_id, next_sprocket_id, factory_count, sprocket_count)) from organisations) as organisations`)

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'load-'))
    database = await openLocalDatabase({ 'persist-to': join(directory, 'state') })
  })
  afterAll(async () => {
    await database.close()
    await rm(directory, { recursive: true, force: true })
  })

  test('npm run load loads the seed once, and changes nothing the second time', async () => {
    expect(await load('seed/factories.json', 'seed/sprockets.json')).toEqual({
      code: 0,
      output: 'Loaded: 3 factories and 3 sprocket types created, 60 readings added or changed.\n',
    })
    const before = await everything()
    expect(await load('seed/factories.json', 'seed/sprockets.json')).toEqual({
      code: 0,
      output: 'The database has all of this already. Nothing was written.\n',
    })
    expect(await everything()).toEqual(before)
  })

  test('npm run load creates new factories, upserts existing ones, deletes none, and does not restore deleted ones', async () => {
    const organisationPk = `(select pk from organisations where slug = 'demo')`
    await database.run('Deleting', [`delete from factories where id = 1 and organisation_pk = ${organisationPk}`])
    const file = await write('more.json', {
      factories: [
        { factory: series([1_611_194_818, 1_611_000_000], [99, 1], [32, null]) },
        { factory: series([1_611_194_818], [1], [1]) },
        { factory: { name: "Plant O'Hara; BEGIN TRANSACTION", time_zone: 'Europe/Berlin', ...series([], [], []) } },
        { factory: { name: 'Fourth', ...series([5, 5, -60], [1, 2, 3], [null, null, 4]) } },
      ],
    })
    const { code, output } = await load(file)
    expect(output).toContain('their ids are never reused: 1.')
    expect(output).toContain('Loaded: 1 factory created, 1 entry updated, 4 readings added or changed.')
    expect(code).toBe(0)
    expect(
      await query(`select id, name, time_zone, (select sum(readings_0 + readings_1 + readings_2 + readings_3) from chunks where series_pk = factories.series_pk) as readings
      from factories where organisation_pk = ${organisationPk} order by id`),
    ).toEqual([
      { id: 0, name: null, time_zone: 'UTC', readings: 21 },
      { id: 2, name: "Plant O'Hara; BEGIN TRANSACTION", time_zone: 'Europe/Berlin', readings: 20 },
      { id: 3, name: 'Fourth', time_zone: 'UTC', readings: 2 },
    ])
    expect(
      await query(
        `select start, times, actual, goal from chunks where series_pk = (select series_pk from factories where id = 3) order by start`,
      ),
    ).toEqual([
      { start: -3600, times: '3540', actual: '3', goal: '4' },
      { start: 0, times: '5', actual: '2', goal: null },
    ])
    expect(
      await query(
        `select verb, target, user_agent, key_pk, before from audit_log where subject = 'readings' order by commit_seq desc limit 1`,
      ),
    ).toEqual([
      {
        verb: 'corrected',
        target: '',
        user_agent: 'npm run load',
        key_pk: null,
        before: '[{"factory":0,"time":1611194818,"actual":32,"goal":32}]',
      },
    ])
  })

  test('npm run load marks the leased entries that it changes as stale, and no others, for cron to publish', async () => {
    const organisationPk = (await query<{ pk: number }>(`select pk from organisations where slug = 'demo'`))[0]!.pk
    const paths = ['/api/factory/0', '/api/factory/0/time', '/api/factory/0/profile', '/api/factory/2', '/api/factories', '/api/sprockets']
    await database.run(
      'Leasing',
      paths.map(
        (path) =>
          `insert into cache_entries (path, version, leased_until, stale_seq, published_seq) values ('${organisationPk}${path}', 1, ${Date.now() + 3_600_000}, 0, 0)`,
      ),
    )
    const file = await write('one.json', { factories: [{ factory: series([1_611_194_818], [98], [32]) }] })
    expect((await load(file)).code).toBe(0)
    expect(
      await query(
        `select path, stale_seq = (select max(commit_seq) from audit_log where organisation_pk = ${organisationPk}) as stale, claimed_until from cache_entries where stale_seq > published_seq order by path`,
      ),
    ).toEqual(
      ['/api/factories', '/api/factory/0', '/api/factory/0/time'].map((path) => ({
        path: `${organisationPk}${path}`,
        stale: 1,
        claimed_until: 0,
      })),
    )
  })

  test('npm run load loads thousands of readings into a new organisation', async () => {
    const count = 12_345
    const time = Array.from({ length: count }, (_, index) => 1_500_000_000 + 60 * index)
    const actual = time.map((_, index) => (index % 7 ? index % 40 : null))
    const file = await write('large.json', { factories: [{ factory: series(time, actual, actual.toReversed()) }] })
    expect((await load('--organisation', 'north-works', file)).output).toBe(
      'Loaded: 1 factory created, 12,345 readings added or changed.\n',
    )
    expect(
      await query(`select slug, count(*) as readings, sum(figure.value) as actual from chunks cross join json_each('[' || actual || ']') as figure
        join factories on factories.series_pk = chunks.series_pk join organisations on organisations.pk = factories.organisation_pk
        where slug = 'north-works'`),
    ).toEqual([{ slug: 'north-works', readings: count, actual: actual.reduce<number>((sum, figure) => sum + (figure ?? 0), 0) }])
  })

  test('npm run load stores scrap, and changes nothing if a reading would get more scrap than actual production', async () => {
    const loadInto = async (factory: object) =>
      load('--organisation', 'scrap-works', await write('scrap.json', { factories: [{ factory }] }))
    expect((await loadInto(series([60, 120], [5, 6], [null, null], [2, null]))).code).toBe(0)
    const refused = await loadInto(series([60, 180], [1, 1], [null, null]))
    expect(refused).toMatchObject({ code: 1, output: expect.stringContaining('more scrap than actual production') as string })
    expect(await query(`select actual, goal, scrap, scrap_0, inspected_0 from chunks where scrap is not null`)).toEqual([
      { actual: '5,6', goal: null, scrap: '2,null', scrap_0: 2, inspected_0: 5 },
    ])
  })

  describe('a file with a schedule', () => {
    const early = { name: 'Early', days: ['mon'], start: '06:00', end: '14:00' }
    const scheduleOf = (...shifts: object[]) => ({ versions: [{ valid_from: '2026-01-05', shifts }], exceptions: [] })
    const jam = { code: 'jam', name: 'Jam', category: 'unplanned' }
    const loadInto = async (content: object) => load('--organisation', 'shift-works', await write('shifts.json', content))
    const stored = async () =>
      query(`select f.id, f.name, f.ideal_per_hour, f.stop_after_seconds, f.schedule ->> '$.versions[0].shifts[0].end' as ends, o.stop_reasons ->> '$.reasons[0].name' as reason
        from factories as f join organisations as o on o.pk = f.organisation_pk where o.slug = 'shift-works' order by f.id`)

    test('npm run load stores schedules, settings and stop reasons, and replaces only those that the file has', async () => {
      const first = await loadInto({
        factories: [
          { factory: {} },
          { factory: { name: 'North', ideal_per_hour: 90.5, schedule: scheduleOf(early), ...series([60], [1], [1]) } },
        ],
        reasons: [jam],
      })
      expect(first).toEqual({
        code: 0,
        output: 'Loaded: 2 factories created, 1 schedule replaced, 1 list of stop reasons replaced, 1 reading added or changed.\n',
      })
      const north = { id: 1, name: 'North', ideal_per_hour: 90.5, stop_after_seconds: null, ends: '14:00', reason: 'Jam' }
      const empty = { ...north, id: 0, name: null, ideal_per_hour: null, ends: null }
      expect(await stored()).toEqual([empty, north])
      const schedule = scheduleOf({ ...early, end: '15:00' })
      const second = await loadInto({ factories: [{ factory: {} }, { factory: { stop_after_seconds: 60, schedule } }] })
      expect(second).toEqual({ code: 0, output: 'Loaded: 1 entry updated, 1 schedule replaced.\n' })
      expect(await stored()).toEqual([empty, { ...north, stop_after_seconds: 60, ends: '15:00' }])
    })

    test('npm run load keeps a stop reason that an annotation uses, and names the cause', async () => {
      await database.run('Annotating', [
        `insert into stop_annotations (organisation_pk, id, factory_id, start, until, reason, note, manual)
          select pk, 0, 1, 60, 120, 'jam', null, 0 from organisations where slug = 'shift-works'`,
      ])
      expect(await loadInto({ factories: [], reasons: [] })).toMatchObject({
        code: 1,
        output: expect.stringContaining('stop reason') as string,
      })
      expect(await loadInto({ factories: [], reasons: [{ ...jam, name: 'Blocked' }] })).toMatchObject({ code: 0 })
      expect(await stored()).toMatchObject([{ reason: 'Blocked' }, { reason: 'Blocked' }])
    })

    test('npm run load loads seed/plant.json once, and changes nothing the second time', async () => {
      const plant = () => load('--organisation', 'plant', 'seed/plant.json')
      expect(await plant()).toEqual({
        code: 0,
        output: 'Loaded: 1 factory created, 1 schedule replaced, 1 list of stop reasons replaced, 492 readings added or changed.\n',
      })
      expect((await plant()).output).toBe('The database has all of this already. Nothing was written.\n')
      expect(
        await query(
          `select name, json_array_length(schedule, '$.versions[0].shifts') as shifts from factories where organisation_pk = (select pk from organisations where slug = 'plant')`,
        ),
      ).toEqual([{ name: 'Plant North', shifts: 3 }])
    })

    const factoryWith = (schedule: unknown) => ({ factories: [{ factory: {} }, { factory: { schedule } }] })
    const at = '#/factories/1/factory/schedule/versions/0'
    test.each([
      ['a shift without an end', factoryWith(scheduleOf({ ...early, end: undefined })), `${at}/shifts/0/end`, ''],
      [
        'overlapping shifts',
        factoryWith(scheduleOf(early, { ...early, start: '13:00', end: '20:00' })),
        `${at}/shifts/1`,
        `Overlaps ${at}/shifts/0`,
      ],
      ['a schedule that is no object', factoryWith([]), '#/factories/1/factory/schedule', ''],
      ['a stop reason of an unknown category', { factories: [], reasons: [{ ...jam, category: 'other' }] }, '#/reasons/0/category', ''],
      ['two stop reasons with one code', { factories: [], reasons: [jam, jam] }, '#/reasons/1/code', '#/reasons/0'],
      [
        'a setting out of its bounds',
        { factories: [{ factory: { stop_after_seconds: 1 } }] },
        '#/factories/0/factory/stop_after_seconds',
        '60',
      ],
    ])('npm run load rejects %s with its place', async (_, content, pointer, reason) => {
      const error = (await readSeedFile(await write('bad.json', content), Date.now()).catch((reason: unknown) => reason)) as CliError
      expect(error.message).toContain(`  ${pointer}  `)
      expect(error.message).toContain(reason)
    })
  })

  test('npm run load rejects all files if one is malformed', async () => {
    const before = await everything()
    const fine = await write('fine.json', { factories: [{ factory: series([1], [1], [1]) }] })
    const bad = await write('bad.json', { factories: [{ factory: series([1], [-1], [1]) }] })
    expect(await load(fine, bad)).toEqual({
      code: 1,
      output: `\n${bad} was not loaded. Fix these errors first:\n  #/factories/0/factory/chart_data/sprocket_production_actual/0  Too small. Send a number of at least 0.\n`,
    })
    expect(await everything()).toEqual(before)
  })

  test('npm run load rejects a missing file, an invalid slug, no file, and an unknown option', async () => {
    expect(await load(join(directory, 'none.json'))).toMatchObject({ code: 1, output: expect.stringContaining('no such file') as string })
    for (const slug of ['Not A Slug', 'a'.repeat(64)])
      expect(await load('--organisation', slug, 'seed/factories.json')).toMatchObject({
        code: 2,
        output: expect.stringContaining(`Invalid slug '${slug}'. Use up to 63 `) as string,
      })
    expect(await load()).toMatchObject({ code: 2, output: expect.stringContaining('needs the files') as string })
    expect(await load('--organization', 'demo', 'seed/factories.json')).toMatchObject({
      code: 2,
      output: expect.stringContaining('--organization') as string,
    })
  })
})
