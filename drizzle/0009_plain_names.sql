-- Renames tables and columns. A renamed table or column keeps its rows, so the migration copies no data. SQLite cannot rename an index
-- or a trigger. Those of small tables are created again under their new names. Those of the audit log keep their names, because building
-- them again for millions of entries would take longer than the 30 s that D1 allows.
DROP TRIGGER `copies_counted_in`;--> statement-breakpoint
DROP TRIGGER `copies_counted_out`;--> statement-breakpoint
DROP INDEX `copies_stale`;--> statement-breakpoint
DROP INDEX `copies_lapsed`;--> statement-breakpoint
DROP INDEX `answers_at`;--> statement-breakpoint
DROP INDEX `calendars_series`;--> statement-breakpoint
DROP INDEX `calendars_zone`;--> statement-breakpoint
DROP INDEX `calendars_unbuilt`;--> statement-breakpoint
DROP INDEX `calendars_dropped`;--> statement-breakpoint
DROP INDEX `zone_offsets_renew`;--> statement-breakpoint
ALTER TABLE `copies` RENAME TO `cache_entries`;--> statement-breakpoint
ALTER TABLE `changes` RENAME TO `audit_log`;--> statement-breakpoint
ALTER TABLE `answers` RENAME TO `idempotency_records`;--> statement-breakpoint
ALTER TABLE `answer_totals` RENAME TO `idempotency_totals`;--> statement-breakpoint
ALTER TABLE `calendars` RENAME TO `rollups`;--> statement-breakpoint
ALTER TABLE `hours` RENAME TO `hourly_rollups`;--> statement-breakpoint
ALTER TABLE `days` RENAME TO `daily_rollups`;--> statement-breakpoint
ALTER TABLE `zone_offsets` RENAME TO `time_zone_offsets`;--> statement-breakpoint
ALTER TABLE `epochs` RENAME TO `cache_epochs`;--> statement-breakpoint
ALTER TABLE `organisations` RENAME COLUMN `number` TO `pk`;--> statement-breakpoint
ALTER TABLE `organisations` RENAME COLUMN `copy_count` TO `cache_entry_count`;--> statement-breakpoint
ALTER TABLE `api_keys` RENAME COLUMN `number` TO `pk`;--> statement-breakpoint
ALTER TABLE `api_keys` RENAME COLUMN `organisation` TO `organisation_pk`;--> statement-breakpoint
ALTER TABLE `api_keys` RENAME COLUMN `created_by` TO `created_by_pk`;--> statement-breakpoint
ALTER TABLE `series` RENAME COLUMN `number` TO `pk`;--> statement-breakpoint
ALTER TABLE `series` RENAME COLUMN `organisation` TO `organisation_pk`;--> statement-breakpoint
ALTER TABLE `series` RENAME COLUMN `factory` TO `factory_id`;--> statement-breakpoint
ALTER TABLE `series` RENAME COLUMN `calendar` TO `rollup_pk`;--> statement-breakpoint
ALTER TABLE `factories` RENAME COLUMN `number` TO `pk`;--> statement-breakpoint
ALTER TABLE `factories` RENAME COLUMN `organisation` TO `organisation_pk`;--> statement-breakpoint
ALTER TABLE `factories` RENAME COLUMN `series` TO `series_pk`;--> statement-breakpoint
ALTER TABLE `readings` RENAME COLUMN `series` TO `series_pk`;--> statement-breakpoint
ALTER TABLE `rollups` RENAME COLUMN `number` TO `pk`;--> statement-breakpoint
ALTER TABLE `rollups` RENAME COLUMN `series` TO `series_pk`;--> statement-breakpoint
ALTER TABLE `rollups` RENAME COLUMN `zone` TO `time_zone`;--> statement-breakpoint
ALTER TABLE `hourly_rollups` RENAME COLUMN `calendar` TO `rollup_pk`;--> statement-breakpoint
ALTER TABLE `daily_rollups` RENAME COLUMN `calendar` TO `rollup_pk`;--> statement-breakpoint
ALTER TABLE `time_zone_offsets` RENAME COLUMN `zone` TO `time_zone`;--> statement-breakpoint
ALTER TABLE `sprockets` RENAME COLUMN `number` TO `pk`;--> statement-breakpoint
ALTER TABLE `sprockets` RENAME COLUMN `organisation` TO `organisation_pk`;--> statement-breakpoint
ALTER TABLE `audit_log` RENAME COLUMN `organisation` TO `organisation_pk`;--> statement-breakpoint
ALTER TABLE `audit_log` RENAME COLUMN `key` TO `key_pk`;--> statement-breakpoint
ALTER TABLE `late_puts` RENAME COLUMN `organisation` TO `organisation_pk`;--> statement-breakpoint
ALTER TABLE `cache_epochs` RENAME COLUMN `number` TO `epoch`;--> statement-breakpoint
ALTER TABLE `idempotency_records` RENAME COLUMN `key` TO `key_pk`;--> statement-breakpoint
ALTER TABLE `idempotency_records` RENAME COLUMN `name` TO `key_hash`;--> statement-breakpoint
ALTER TABLE `idempotency_records` RENAME COLUMN `request` TO `request_hash`;--> statement-breakpoint
ALTER TABLE `idempotency_records` RENAME COLUMN `answer` TO `response`;--> statement-breakpoint
ALTER TABLE `idempotency_totals` RENAME COLUMN `key` TO `key_pk`;--> statement-breakpoint
CREATE INDEX `cache_entries_stale` ON `cache_entries` (`stale_since`) WHERE stale_since is not null;--> statement-breakpoint
CREATE INDEX `cache_entries_lapsed` ON `cache_entries` (`leased_until`);--> statement-breakpoint
CREATE INDEX `idempotency_records_at` ON `idempotency_records` (`at`);--> statement-breakpoint
CREATE INDEX `rollups_series` ON `rollups` (`series_pk`);--> statement-breakpoint
CREATE INDEX `rollups_time_zone` ON `rollups` (`time_zone`);--> statement-breakpoint
CREATE INDEX `rollups_unbuilt` ON `rollups` (`pk`) WHERE built_until is not null and dropped_at is null;--> statement-breakpoint
CREATE INDEX `rollups_dropped` ON `rollups` (`pk`) WHERE dropped_at is not null;--> statement-breakpoint
CREATE INDEX `time_zone_offsets_renew` ON `time_zone_offsets` (`time_zone`) WHERE renew = 1;--> statement-breakpoint
-- The part of a path before its first slash is the primary key of the organisation, which a cast reads.
CREATE TRIGGER `cache_entries_counted_in` AFTER INSERT ON `cache_entries` BEGIN
  UPDATE `organisations` SET `cache_entry_count` = `cache_entry_count` + 1 WHERE pk = cast(new.path AS integer);
END;--> statement-breakpoint
CREATE TRIGGER `cache_entries_counted_out` AFTER DELETE ON `cache_entries` BEGIN
  UPDATE `organisations` SET `cache_entry_count` = `cache_entry_count` - 1 WHERE pk = cast(old.path AS integer);
END;
