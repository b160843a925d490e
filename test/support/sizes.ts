import { env } from 'cloudflare:workers'

// These functions fill tables with SQL, because thousands of requests take too long.

const run = (sql: string, ...values: unknown[]) =>
  env.DB.prepare(sql)
    .bind(...values)
    .run()

/** Adds factories without readings to organisation 1, until it has this many. Retention considers them done. */
export const addFactories = async (count: number): Promise<void> => {
  await env.DB.batch([
    env.DB.prepare(`with recursive n(id) as (select next_factory_id from organisations where pk = 1
        union all select id + 1 from n where id + 1 < ?1)
      insert into series (organisation_pk, factory_id, retention_due_at) select 1, id, 9007199254740991 from n where id < ?1`).bind(count),
    env.DB.prepare(`insert into factories (organisation_pk, id, time_zone, series_pk, created_at)
      select 1, factory_id, 'UTC', pk, 0 from series where organisation_pk = 1
      and factory_id >= (select next_factory_id from organisations where pk = 1)`),
    env.DB.prepare(`update organisations set next_factory_id = max(next_factory_id, ?1),
      factory_count = (select count(*) from factories where organisation_pk = 1) where pk = 1`).bind(count),
  ])
}

/** Seconds between added readings: one in every other hour. One year of them is fewer than 5,000. */
const APART_SECONDS = 7_200

const SUMS = ['actual', 'goal', 'compared', 'readings', 'goal_readings']
/** The columns of chunks without scrap. */
const CHUNK_COLUMNS = [
  'series_pk',
  'start',
  'last',
  'times',
  'actual',
  'goal',
  ...[0, 1, 2, 3].flatMap((quarter) => SUMS.map((name) => `${name}_${quarter}`)),
  'states',
]

/**
 * Adds readings to a factory of organisation 1 in UTC, with the sums of their days.
 * @param until Unix seconds: the first time after the added readings
 */
export const addReadings = async (factory: number, count: number, until: number): Promise<void> => {
  const shown = `(select series_pk from factories where organisation_pk = 1 and id = ${factory})`
  // D1 binds numbers as real ones, which do not divide as integers.
  const start = `(${until} - n * ${APART_SECONDS})`
  const hour = `(${start} - ${start} % 3600)`
  const quarter = (number: number) => {
    const isIn = `(${start} - ${hour}) / 900 = ${number}`
    return [`n % 40`, '30', `n % 40`].map((figure) => `case when ${isIn} then ${figure} end`).join(', ') + `, ${isIn}, ${isIn}`
  }
  await run(
    `with recursive n(n) as (select 1 union all select n + 1 from n where n < ?1)
      insert into chunks (${CHUNK_COLUMNS.join(', ')}) select ${shown}, ${hour}, ${start}, ${start} - ${hour}, n % 40, 30, ${[0, 1, 2, 3].map(quarter).join(', ')},
        '[1,' || (${start} - ${hour}) || ',' || (n % 40 > 0) || ',' || (${start} - ${hour}) || ']'
      from n where true on conflict do nothing`,
    count,
  )
  const sum = (name: string) => `sum(${[0, 1, 2, 3].map((number) => `coalesce(${name}_${number}, 0)`).join(' + ')})`
  await run(`delete from daily_sums where series_pk = ${shown}`)
  await run(`insert into daily_sums (series_pk, start, ${SUMS.join(', ')}) select series_pk, start - start % 86400, ${SUMS.map(sum).join(', ')}
    from chunks where series_pk = ${shown} group by start - start % 86400`)
}

/** Returns SQL for the ids from the next free one of a counter of organisation 1 up to a count. */
const idsUpTo = (counter: string) => `with recursive n(id) as (select ${counter} from organisations where pk = 1
  union all select id + 1 from n where id + 1 < ?1)`

/** Adds sprockets to organisation 1, until it has this many. */
export const addSprockets = async (count: number): Promise<void> => {
  await run(
    `${idsUpTo('next_sprocket_id')} insert into sprockets (organisation_pk, id, teeth, pitch_diameter, outside_diameter, pitch)
      select 1, id, 5, 5, 6, 1 from n where id < ?1`,
    count,
  )
  await run(
    `update organisations set next_sprocket_id = max(next_sprocket_id, ?1),
      sprocket_count = (select count(*) from sprockets where organisation_pk = 1) where pk = 1`,
    count,
  )
}

/** Adds annotations of ten seconds to factory 1 of organisation 1, until the organisation has this many. They end before the tour. */
export const addAnnotations = async (count: number): Promise<void> => {
  await run(
    `${idsUpTo('next_annotation_id')} insert into stop_annotations (organisation_pk, id, factory_id, start, until, reason, manual)
      select 1, id, 1, 1600000000 - 60 * id, 1600000010 - 60 * id, 'jam', 0 from n where id < ?1`,
    count,
  )
  await run('update organisations set next_annotation_id = max(next_annotation_id, ?1) where pk = 1', count)
}

/**
 * Adds keys of six kinds in turn to organisation 1, until it has this many: a viewer, a viewer limited to factory 2, an
 * admin limited to factory 2, an expired admin, a revoked admin, and an admin that expires. None of them can replace the
 * last admin key without expiry.
 */
export const addKeys = async (count: number): Promise<void> => {
  await run(
    `${idsUpTo('next_key_id')} insert into api_keys (organisation_pk, id, hash, name, role, factories, created_at, expires_at, revoked_at)
      select 1, id, 'key ' || id, 'added', iif(id % 6 < 2, 'viewer', 'admin'), iif(id % 6 in (1, 2), '[2]', null), 0,
        case id % 6 when 3 then id when 5 then 9000000000000 + id end, iif(id % 6 = 4, 1, null) from n where id < ?1`,
    count,
  )
  await run('update organisations set next_key_id = max(next_key_id, ?1) where pk = 1', count)
}

/** Adds audit entries about appended readings to organisation 1. They are recent, so cron does not delete them. */
export const addEntries = async (count: number): Promise<void> => {
  await run(
    `with recursive n(n) as (select 1 union all select n + 1 from n where n < ?1)
      insert into audit_log (organisation_pk, commit_seq, at, subject, verb, target, key_pk, request_id, commit_id)
      select 1, n + (select coalesce(max(commit_seq), 0) from audit_log where organisation_pk = 1), ?2, 'readings', 'appended',
        '/api/factory/1/chart-data', 1, 'added', 'added ' || n from n`,
    count,
    Date.now(),
  )
}

/**
 * Adds other organisations, each with a factory, a sprocket, a key, an audit entry and a leased cache entry. Cron considers their audit
 * logs trimmed.
 */
export const addOrganisations = async (count: number): Promise<void> => {
  const others = `from organisations where slug like 'added %'`
  await run(
    `with recursive n(n) as (select 1 union all select n + 1 from n where n < ?1)
      insert into organisations (slug, name, created_at, next_factory_id, factory_count, next_sprocket_id, sprocket_count, next_key_id,
        audit_due_at)
      select 'added ' || n, 'added', 0, 1, 1, 1, 1, 1, 9007199254740991 from n`,
    count,
  )
  await run(`insert into series (organisation_pk, factory_id, retention_due_at) select pk, 0, 9007199254740991 ${others}`)
  await run(`insert into factories (organisation_pk, id, time_zone, series_pk, created_at)
    select organisation_pk, 0, 'UTC', pk, 0 from series where organisation_pk in (select pk ${others})`)
  await run(
    `insert into chunks (${CHUNK_COLUMNS.join(', ')}) select pk, 0, 60, '60', '1', '1', 1, 1, 1, 1, 1, ${'null, null, null, 0, 0, '.repeat(3)} '[1,60,1,60]' from series where organisation_pk in (select pk ${others})`,
  )
  await run(
    `insert into sprockets (organisation_pk, id, teeth, pitch_diameter, outside_diameter, pitch) select pk, 0, 5, 5, 6, 1 ${others}`,
  )
  await run(`insert into api_keys (organisation_pk, id, hash, name, role, created_at) select pk, 0, slug, 'added', 'admin', 0 ${others}`)
  await run(
    `insert into audit_log (organisation_pk, commit_seq, at, subject, verb, target, request_id, commit_id)
      select pk, 1, ?1, 'factory', 'created', '/api/factory/0', 'added', 'of ' || slug ${others}`,
    Date.now(),
  )
  // A claim without end, so that no job publishes them.
  await run(`insert into cache_entries (path, version, leased_until, stale_seq, published_seq, claimed_until)
    select pk || '/api/factories', 1, 9007199254740991, 0, 0, 9007199254740991 ${others}`)
}
