CREATE TABLE `calendars` (
	`number` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`series` integer NOT NULL,
	`zone` text NOT NULL,
	`built_until` integer,
	`dropped_at` integer
) STRICT;
--> statement-breakpoint
CREATE INDEX `calendars_series` ON `calendars` (`series`);--> statement-breakpoint
CREATE INDEX `calendars_unbuilt` ON `calendars` (`number`) WHERE built_until is not null and dropped_at is null;--> statement-breakpoint
CREATE INDEX `calendars_dropped` ON `calendars` (`number`) WHERE dropped_at is not null;--> statement-breakpoint
CREATE TABLE `days` (
	`calendar` integer NOT NULL,
	`start` integer NOT NULL,
	`actual` integer,
	`goal` integer,
	`compared` integer,
	`readings` integer NOT NULL,
	`goal_readings` integer NOT NULL,
	PRIMARY KEY(`calendar`, `start`)
) STRICT, WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE `hours` (
	`calendar` integer NOT NULL,
	`start` integer NOT NULL,
	`day` integer NOT NULL,
	`actual` integer,
	`goal` integer,
	`compared` integer,
	`readings` integer NOT NULL,
	`goal_readings` integer NOT NULL,
	PRIMARY KEY(`calendar`, `start`)
) STRICT, WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE `zone_offsets` (
	`zone` text NOT NULL,
	`start` integer NOT NULL,
	`until` integer NOT NULL,
	`offset` integer NOT NULL,
	`day` integer NOT NULL,
	`next_day` integer NOT NULL,
	PRIMARY KEY(`zone`, `start`)
) STRICT, WITHOUT ROWID;
--> statement-breakpoint
ALTER TABLE `series` ADD `calendar` integer;--> statement-breakpoint
ALTER TABLE `series` ADD `latest_time` integer;--> statement-breakpoint
ALTER TABLE `series` ADD `latest_actual` integer;--> statement-breakpoint
ALTER TABLE `series` ADD `latest_goal` integer;--> statement-breakpoint
ALTER TABLE `series` ADD `day_actual` integer;--> statement-breakpoint
ALTER TABLE `series` ADD `day_goal` integer;--> statement-breakpoint
ALTER TABLE `series` ADD `day_compared` integer;--> statement-breakpoint
ALTER TABLE `series` ADD `day_readings` integer;--> statement-breakpoint
ALTER TABLE `series` ADD `day_goal_readings` integer;--> statement-breakpoint
ALTER TABLE `series` ADD `trimmed_before` integer;--> statement-breakpoint
-- What is there already gets its calendars from cron, in steps.
INSERT INTO `calendars` (`series`, `zone`, `built_until`) SELECT `series`, `time_zone`, -9007199254740991 FROM `factories`;
