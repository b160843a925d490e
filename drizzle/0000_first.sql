CREATE TABLE `api_keys` (
	`number` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`organisation` integer NOT NULL,
	`id` integer NOT NULL,
	`hash` text NOT NULL,
	`name` text NOT NULL,
	`role` text NOT NULL,
	`factories` text,
	`created_at` integer NOT NULL,
	`created_by` integer,
	`expires_at` integer,
	`revoked_at` integer,
	`last_used_at` integer,
	`last_used_agent` text,
	`last_used_country` text
) STRICT;
--> statement-breakpoint
CREATE UNIQUE INDEX `api_keys_hash` ON `api_keys` (`hash`);--> statement-breakpoint
CREATE UNIQUE INDEX `api_keys_id` ON `api_keys` (`organisation`,`id`);--> statement-breakpoint
CREATE TABLE `changes` (
	`seq` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`at` integer NOT NULL,
	`organisation` integer NOT NULL,
	`subject` text NOT NULL,
	`verb` text NOT NULL,
	`target` text NOT NULL,
	`key` integer,
	`request_id` text NOT NULL,
	`commit_id` text NOT NULL,
	`user_agent` text,
	`country` text,
	`before` text,
	`after` text,
	`detail` text
) STRICT;
--> statement-breakpoint
CREATE UNIQUE INDEX `changes_commit_id` ON `changes` (`commit_id`);--> statement-breakpoint
CREATE INDEX `changes_organisation` ON `changes` (`organisation`,`seq`);--> statement-breakpoint
CREATE TABLE `copies` (
	`path` text NOT NULL,
	`version` integer NOT NULL,
	`leased_until` integer NOT NULL,
	`stale_seq` integer NOT NULL,
	`published_seq` integer NOT NULL,
	`published_at` integer DEFAULT 0 NOT NULL,
	`claimed_until` integer DEFAULT 0 NOT NULL,
	`claimed_by` text,
	`etag` text,
	PRIMARY KEY(`path`, `version`)
) STRICT, WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE `factories` (
	`number` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`organisation` integer NOT NULL,
	`id` integer NOT NULL,
	`name` text,
	`time_zone` text NOT NULL,
	`series` integer NOT NULL,
	`revision` integer DEFAULT 0 NOT NULL,
	`created_at` integer NOT NULL
) STRICT;
--> statement-breakpoint
CREATE UNIQUE INDEX `factories_id` ON `factories` (`organisation`,`id`);--> statement-breakpoint
CREATE TABLE `heartbeat` (
	`id` integer PRIMARY KEY NOT NULL,
	`at` integer NOT NULL
) STRICT;
--> statement-breakpoint
CREATE TABLE `organisations` (
	`number` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`slug` text NOT NULL,
	`name` text NOT NULL,
	`created_at` integer NOT NULL,
	`deleted_at` integer,
	`next_factory_id` integer DEFAULT 0 NOT NULL,
	`next_sprocket_id` integer DEFAULT 0 NOT NULL,
	`next_key_id` integer DEFAULT 0 NOT NULL,
	`factory_count` integer DEFAULT 0 NOT NULL,
	`sprocket_count` integer DEFAULT 0 NOT NULL
) STRICT;
--> statement-breakpoint
CREATE UNIQUE INDEX `organisations_slug` ON `organisations` (`slug`) WHERE deleted_at is null;--> statement-breakpoint
CREATE TABLE `readings` (
	`series` integer NOT NULL,
	`time` integer NOT NULL,
	`actual` integer,
	`goal` integer,
	PRIMARY KEY(`series`, `time`)
) STRICT, WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE `series` (
	`number` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`organisation` integer NOT NULL,
	`factory` integer NOT NULL,
	`revision` integer DEFAULT 0 NOT NULL,
	`dropped_at` integer
) STRICT;
--> statement-breakpoint
CREATE INDEX `series_factory` ON `series` (`organisation`,`factory`);--> statement-breakpoint
CREATE INDEX `series_dropped` ON `series` (`dropped_at`) WHERE dropped_at is not null;--> statement-breakpoint
CREATE TABLE `sprockets` (
	`number` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`organisation` integer NOT NULL,
	`id` integer NOT NULL,
	`teeth` integer NOT NULL,
	`pitch_diameter` real NOT NULL,
	`outside_diameter` real NOT NULL,
	`pitch` real NOT NULL,
	`revision` integer DEFAULT 0 NOT NULL
) STRICT;
--> statement-breakpoint
CREATE UNIQUE INDEX `sprockets_id` ON `sprockets` (`organisation`,`id`);