-- Generated from factories.json and sprockets.json by "npm run seed:sql"; do not edit.
-- npx wrangler d1 execute sprocket-telemetry --local --file=seed/seed.sql

insert into organisations (slug, name, created_at)
select 'demo', 'demo', unixepoch() * 1000 where not exists (select 1 from organisations where slug = 'demo' and deleted_at is null);

with v(commit_seq, subject, verb, target, key_pk, country, before, after, detail) as (values
  (1, 'organisation', 'created', '/api/organisation', null, null, null, '{"slug":"demo","name":"demo"}', null),
  (2, 'factory', 'created', '/api/factory/0', null, null, null, '{"id":0,"name":null,"time_zone":"UTC"}', '{"readings":20}'),
  (3, 'factory', 'created', '/api/factory/1', null, null, null, '{"id":1,"name":null,"time_zone":"UTC"}', '{"readings":20}'),
  (4, 'factory', 'created', '/api/factory/2', null, null, null, '{"id":2,"name":null,"time_zone":"UTC"}', '{"readings":20}'),
  (5, 'sprocket', 'created', '/api/sprocket/0', null, null, null, '{"id":0,"teeth":5,"pitch_diameter":5,"outside_diameter":6,"pitch":1}', null),
  (6, 'sprocket', 'created', '/api/sprocket/1', null, null, null, '{"id":1,"teeth":5,"pitch_diameter":5,"outside_diameter":6,"pitch":1}', null),
  (7, 'sprocket', 'created', '/api/sprocket/2', null, null, null, '{"id":2,"teeth":5,"pitch_diameter":5,"outside_diameter":6,"pitch":1}', null))
insert into audit_log (organisation_pk, commit_seq, at, subject, verb, target, key_pk, request_id, commit_id, user_agent, country, before, after, detail)
select o.pk, v.commit_seq + max(o.commit_seq_base, coalesce((select max(commit_seq) from audit_log where organisation_pk = o.pk), 0)), unixepoch() * 1000, v.subject, v.verb, v.target, v.key_pk, 'seed.sql', lower(hex(randomblob(16))), 'seed.sql', v.country, v.before, v.after, v.detail
from organisations as o cross join v where o.slug = 'demo' and o.deleted_at is null and o.next_factory_id = 0 and o.next_sprocket_id = 0
  and (v.subject <> 'organisation' or not exists (
    select 1 from audit_log where organisation_pk = o.pk union all select 1 from old_audit_log where organisation_pk = o.pk));

with v(time_zone, start, until, offset, day, next_day, renew) as (values
  ('UTC', -9007199254740991, 9007199254740991, 0, -9007199254740991, -9007199254740991, 0))
insert into time_zone_offsets (time_zone, start, until, offset, day, next_day, renew)
select v.time_zone, v.start, v.until, v.offset, v.day, v.next_day, v.renew
from organisations as o cross join v where o.slug = 'demo' and o.deleted_at is null and o.next_factory_id = 0 and o.next_sprocket_id = 0
  and not exists (select 1 from time_zone_offsets as z where z.time_zone = v.time_zone);

with v(factory_id, revision, dropped_at, latest_time, latest_actual, latest_goal, day_actual, day_goal, day_compared, day_readings, day_goal_readings, trimmed_before, retention_due_at) as (values
  (0, 1, null, 1611195958, 32, 32, 616, 616, 616, 20, 20, null, 0),
  (1, 1, null, 1611205958, 30, 32, 608, 605, 608, 20, 20, null, 0),
  (2, 1, null, 1611305958, 31, 32, 610, 604, 610, 20, 20, null, 0))
insert into series (organisation_pk, factory_id, revision, dropped_at, latest_time, latest_actual, latest_goal, day_actual, day_goal, day_compared, day_readings, day_goal_readings, trimmed_before, retention_due_at)
select o.pk, v.factory_id, v.revision, v.dropped_at, v.latest_time, v.latest_actual, v.latest_goal, v.day_actual, v.day_goal, v.day_compared, v.day_readings, v.day_goal_readings, v.trimmed_before, v.retention_due_at
from organisations as o cross join v where o.slug = 'demo' and o.deleted_at is null and o.next_factory_id = 0 and o.next_sprocket_id = 0;

with v(id, name, time_zone, series_pk, revision) as (values
  (0, null, 'UTC', 0, 0),
  (1, null, 'UTC', 1, 0),
  (2, null, 'UTC', 2, 0))
insert into factories (organisation_pk, id, name, time_zone, series_pk, revision, created_at)
select o.pk, v.id, v.name, v.time_zone, (select max(pk) from series where organisation_pk = o.pk and factory_id = v.series_pk), v.revision, unixepoch() * 1000
from organisations as o cross join v where o.slug = 'demo' and o.deleted_at is null and o.next_factory_id = 0 and o.next_sprocket_id = 0;

with v(series_pk, time_zone, built_until, dropped_at) as (values
  (0, 'UTC', null, null),
  (1, 'UTC', null, null),
  (2, 'UTC', null, null))
insert into rollups (series_pk, time_zone, built_until, dropped_at)
select (select max(pk) from series where organisation_pk = o.pk and factory_id = v.series_pk), v.time_zone, v.built_until, v.dropped_at
from organisations as o cross join v where o.slug = 'demo' and o.deleted_at is null and o.next_factory_id = 0 and o.next_sprocket_id = 0;

with v(series_pk, time, actual, goal) as (values
  (0, 1611194818, 32, 32),
  (0, 1611194878, 29, 30),
  (0, 1611194938, 31, 31),
  (0, 1611194998, 30, 29),
  (0, 1611195058, 32, 32),
  (0, 1611195118, 32, 32),
  (0, 1611195178, 29, 30),
  (0, 1611195238, 31, 31),
  (0, 1611195298, 30, 29),
  (0, 1611195358, 32, 32),
  (0, 1611195418, 32, 32),
  (0, 1611195478, 29, 30),
  (0, 1611195538, 31, 31),
  (0, 1611195598, 30, 29),
  (0, 1611195658, 32, 32),
  (0, 1611195718, 32, 32),
  (0, 1611195778, 29, 30),
  (0, 1611195838, 31, 31),
  (0, 1611195898, 30, 29),
  (0, 1611195958, 32, 32),
  (1, 1611204818, 32, 31),
  (1, 1611204878, 28, 33),
  (1, 1611204938, 31, 29),
  (1, 1611204998, 30, 29),
  (1, 1611205058, 30, 32),
  (1, 1611205118, 32, 30),
  (1, 1611205178, 29, 30),
  (1, 1611205238, 28, 31),
  (1, 1611205298, 30, 29),
  (1, 1611205358, 32, 31),
  (1, 1611205418, 32, 31),
  (1, 1611205478, 29, 30),
  (1, 1611205538, 31, 28),
  (1, 1611205598, 30, 29),
  (1, 1611205658, 31, 32),
  (1, 1611205718, 32, 29),
  (1, 1611205778, 29, 30),
  (1, 1611205838, 29, 31),
  (1, 1611205898, 33, 28),
  (1, 1611205958, 30, 32),
  (2, 1611304818, 32, 31),
  (2, 1611304878, 29, 31),
  (2, 1611304938, 31, 29),
  (2, 1611304998, 30, 30),
  (2, 1611305058, 30, 32),
  (2, 1611305118, 32, 30),
  (2, 1611305178, 29, 30),
  (2, 1611305238, 29, 31),
  (2, 1611305298, 30, 29),
  (2, 1611305358, 32, 31),
  (2, 1611305418, 32, 30),
  (2, 1611305478, 29, 30),
  (2, 1611305538, 31, 28),
  (2, 1611305598, 30, 29),
  (2, 1611305658, 30, 32),
  (2, 1611305718, 32, 29),
  (2, 1611305778, 29, 31),
  (2, 1611305838, 29, 31),
  (2, 1611305898, 33, 28),
  (2, 1611305958, 31, 32))
insert into readings (series_pk, time, actual, goal)
select (select max(pk) from series where organisation_pk = o.pk and factory_id = v.series_pk), v.time, v.actual, v.goal
from organisations as o cross join v where o.slug = 'demo' and o.deleted_at is null and o.next_factory_id = 0 and o.next_sprocket_id = 0;

with v(rollup_pk, start, day, actual, goal, compared, readings, goal_readings) as (values
  (0, 1611194400, 1611187200, 616, 616, 616, 20, 20),
  (1, 1611201600, 1611187200, 212, 214, 212, 7, 7),
  (1, 1611205200, 1611187200, 396, 391, 396, 13, 13),
  (2, 1611302400, 1611273600, 610, 604, 610, 20, 20))
insert into hourly_rollups (rollup_pk, start, day, actual, goal, compared, readings, goal_readings)
select (select max(pk) from rollups where series_pk = (select max(pk) from series where organisation_pk = o.pk and factory_id = v.rollup_pk)), v.start, v.day, v.actual, v.goal, v.compared, v.readings, v.goal_readings
from organisations as o cross join v where o.slug = 'demo' and o.deleted_at is null and o.next_factory_id = 0 and o.next_sprocket_id = 0;

with v(rollup_pk, start, actual, goal, compared, readings, goal_readings) as (values
  (0, 1611187200, 616, 616, 616, 20, 20),
  (1, 1611187200, 608, 605, 608, 20, 20),
  (2, 1611273600, 610, 604, 610, 20, 20))
insert into daily_rollups (rollup_pk, start, actual, goal, compared, readings, goal_readings)
select (select max(pk) from rollups where series_pk = (select max(pk) from series where organisation_pk = o.pk and factory_id = v.rollup_pk)), v.start, v.actual, v.goal, v.compared, v.readings, v.goal_readings
from organisations as o cross join v where o.slug = 'demo' and o.deleted_at is null and o.next_factory_id = 0 and o.next_sprocket_id = 0;

with v(id, teeth, pitch_diameter, outside_diameter, pitch, revision) as (values
  (0, 5, 5, 6, 1, 0),
  (1, 5, 5, 6, 1, 0),
  (2, 5, 5, 6, 1, 0))
insert into sprockets (organisation_pk, id, teeth, pitch_diameter, outside_diameter, pitch, revision)
select o.pk, v.id, v.teeth, v.pitch_diameter, v.outside_diameter, v.pitch, v.revision
from organisations as o cross join v where o.slug = 'demo' and o.deleted_at is null and o.next_factory_id = 0 and o.next_sprocket_id = 0;

update series set rollup_pk = (select max(pk) from rollups where series_pk = series.pk)
where organisation_pk in (select o.pk from organisations as o where o.slug = 'demo' and o.deleted_at is null and o.next_factory_id = 0 and o.next_sprocket_id = 0);

update cache_entries set stale_seq = (select max(commit_seq) from audit_log where organisation_pk = cast(path as integer)) where exists (
  select 1 from organisations as o where o.slug = 'demo' and o.deleted_at is null and o.next_factory_id = 0 and o.next_sprocket_id = 0 and cache_entries.path >= o.pk || '/' and cache_entries.path < o.pk || '0');

update organisations as o set next_factory_id = 3, next_sprocket_id = 3, factory_count = 3, sprocket_count = 3
where o.slug = 'demo' and o.deleted_at is null and o.next_factory_id = 0 and o.next_sprocket_id = 0;
