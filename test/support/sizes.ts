import { env } from 'cloudflare:workers'

/** Adds factories without readings to organisation 1, until it has this many. Written with SQL, because it must be fast. */
export const addFactories = async (count: number): Promise<void> => {
  await env.DB.batch([
    env.DB.prepare(`with recursive n(id) as (select next_factory_id from organisations where number = 1
        union all select id + 1 from n where id + 1 < ?1)
      insert into series (organisation, factory) select 1, id from n where id < ?1`).bind(count),
    env.DB.prepare(`insert into factories (organisation, id, time_zone, series, created_at)
      select 1, factory, 'UTC', number, 0 from series where organisation = 1
      and factory >= (select next_factory_id from organisations where number = 1)`),
    env.DB.prepare(`insert into calendars (series, zone) select series, time_zone from factories
      where organisation = 1 and not exists (select 1 from calendars where calendars.series = factories.series)`),
    env.DB.prepare(
      `update series set calendar = (select number from calendars where calendars.series = series.number) where calendar is null`,
    ),
    env.DB.prepare(`update organisations set next_factory_id = max(next_factory_id, ?1),
      factory_count = (select count(*) from factories where organisation = 1) where number = 1`).bind(count),
  ])
}
