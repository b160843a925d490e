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

with v(time_zone, start, until, offset, day, next_day, renew, aligned_from) as (values
  ('UTC', -9007199254740991, 9007199254740991, 0, -9007199254740991, -9007199254740991, 0, -9007199254740991))
insert into time_zone_offsets (time_zone, start, until, offset, day, next_day, renew, aligned_from)
select v.time_zone, v.start, v.until, v.offset, v.day, v.next_day, v.renew, v.aligned_from
from organisations as o cross join v where o.slug = 'demo' and o.deleted_at is null and o.next_factory_id = 0 and o.next_sprocket_id = 0
  and not exists (select 1 from time_zone_offsets as z where z.time_zone = v.time_zone);

with v(factory_id, dropped_at, trimmed_before, retention_due_at) as (values
  (0, null, null, 0),
  (1, null, null, 0),
  (2, null, null, 0))
insert into series (organisation_pk, factory_id, dropped_at, trimmed_before, retention_due_at)
select o.pk, v.factory_id, v.dropped_at, v.trimmed_before, v.retention_due_at
from organisations as o cross join v where o.slug = 'demo' and o.deleted_at is null and o.next_factory_id = 0 and o.next_sprocket_id = 0;

with v(id, name, time_zone, series_pk, schedule, ideal_per_hour, stop_after_seconds) as (values
  (0, null, 'UTC', 0, null, null, null),
  (1, null, 'UTC', 1, null, null, null),
  (2, null, 'UTC', 2, null, null, null))
insert into factories (organisation_pk, id, name, time_zone, series_pk, created_at, schedule, ideal_per_hour, stop_after_seconds)
select o.pk, v.id, v.name, v.time_zone, (select max(pk) from series where organisation_pk = o.pk and factory_id = v.series_pk), unixepoch() * 1000, v.schedule, v.ideal_per_hour, v.stop_after_seconds
from organisations as o cross join v where o.slug = 'demo' and o.deleted_at is null and o.next_factory_id = 0 and o.next_sprocket_id = 0;

with v(series_pk, start, last, times, actual, goal, actual_0, goal_0, compared_0, readings_0, goal_readings_0, actual_1, goal_1, compared_1, readings_1, goal_readings_1, actual_2, goal_2, compared_2, readings_2, goal_readings_2, actual_3, goal_3, compared_3, readings_3, goal_readings_3, states, scrap, scrap_0, inspected_0, scrap_1, inspected_1, scrap_2, inspected_2, scrap_3, inspected_3) as (values
  (0, 1611194400, 1611195958, '418,478,538,598,658,718,778,838,898,958,1018,1078,1138,1198,1258,1318,1378,1438,1498,1558', '32,29,31,30,32,32,29,31,30,32,32,29,31,30,32,32,29,31,30,32', '32,30,31,29,32,32,30,31,29,32,32,30,31,29,32,32,30,31,29,32', 276, 276, 276, 9, 9, 340, 340, 340, 11, 11, null, null, null, 0, 0, null, null, null, 0, 0, '[20,418,1,1558]', null, null, null, null, null, null, null, null, null),
  (1, 1611201600, 1611205178, '3218,3278,3338,3398,3458,3518,3578', '32,28,31,30,30,32,29', '31,33,29,29,32,30,30', null, null, null, 0, 0, null, null, null, 0, 0, null, null, null, 0, 0, 212, 214, 212, 7, 7, '[7,3218,1,3578]', null, null, null, null, null, null, null, null, null),
  (1, 1611205200, 1611205958, '38,98,158,218,278,338,398,458,518,578,638,698,758', '28,30,32,32,29,31,30,31,32,29,29,33,30', '31,29,31,31,30,28,29,32,29,30,31,28,32', 396, 391, 396, 13, 13, null, null, null, 0, 0, null, null, null, 0, 0, null, null, null, 0, 0, '[13,38,1,758]', null, null, null, null, null, null, null, null, null),
  (2, 1611302400, 1611305958, '2418,2478,2538,2598,2658,2718,2778,2838,2898,2958,3018,3078,3138,3198,3258,3318,3378,3438,3498,3558', '32,29,31,30,30,32,29,29,30,32,32,29,31,30,30,32,29,29,33,31', '31,31,29,30,32,30,30,31,29,31,30,30,28,29,32,29,31,31,28,32', null, null, null, 0, 0, null, null, null, 0, 0, 152, 153, 152, 5, 5, 458, 451, 458, 15, 15, '[20,2418,1,3558]', null, null, null, null, null, null, null, null, null))
insert into chunks (series_pk, start, last, times, actual, goal, actual_0, goal_0, compared_0, readings_0, goal_readings_0, actual_1, goal_1, compared_1, readings_1, goal_readings_1, actual_2, goal_2, compared_2, readings_2, goal_readings_2, actual_3, goal_3, compared_3, readings_3, goal_readings_3, states, scrap, scrap_0, inspected_0, scrap_1, inspected_1, scrap_2, inspected_2, scrap_3, inspected_3)
select (select max(pk) from series where organisation_pk = o.pk and factory_id = v.series_pk), v.start, v.last, v.times, v.actual, v.goal, v.actual_0, v.goal_0, v.compared_0, v.readings_0, v.goal_readings_0, v.actual_1, v.goal_1, v.compared_1, v.readings_1, v.goal_readings_1, v.actual_2, v.goal_2, v.compared_2, v.readings_2, v.goal_readings_2, v.actual_3, v.goal_3, v.compared_3, v.readings_3, v.goal_readings_3, v.states, v.scrap, v.scrap_0, v.inspected_0, v.scrap_1, v.inspected_1, v.scrap_2, v.inspected_2, v.scrap_3, v.inspected_3
from organisations as o cross join v where o.slug = 'demo' and o.deleted_at is null and o.next_factory_id = 0 and o.next_sprocket_id = 0;

with v(id, teeth, pitch_diameter, outside_diameter, pitch) as (values
  (0, 5, 5, 6, 1),
  (1, 5, 5, 6, 1),
  (2, 5, 5, 6, 1))
insert into sprockets (organisation_pk, id, teeth, pitch_diameter, outside_diameter, pitch)
select o.pk, v.id, v.teeth, v.pitch_diameter, v.outside_diameter, v.pitch
from organisations as o cross join v where o.slug = 'demo' and o.deleted_at is null and o.next_factory_id = 0 and o.next_sprocket_id = 0;

update cache_entries set stale_seq = (select max(commit_seq) from audit_log where organisation_pk = cast(path as integer)) where exists (
  select 1 from organisations as o where o.slug = 'demo' and o.deleted_at is null and o.next_factory_id = 0 and o.next_sprocket_id = 0 and cache_entries.path >= o.pk || '/' and cache_entries.path < o.pk || '0');

update organisations as o set next_factory_id = 3, next_sprocket_id = 3, factory_count = 3, sprocket_count = 3
where o.slug = 'demo' and o.deleted_at is null and o.next_factory_id = 0 and o.next_sprocket_id = 0;
