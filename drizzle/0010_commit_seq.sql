-- Numbers the commits of each organisation separately, in a smaller audit log. D1 ends a statement after 30 s, and the log may have
-- millions of entries. So the migration copies none: the old log stays under another name, and cron moves its entries in steps.
ALTER TABLE `audit_log` RENAME TO `old_audit_log`;--> statement-breakpoint
CREATE TABLE `audit_log` (
	`organisation_pk` integer NOT NULL,
	`commit_seq` integer NOT NULL,
	`at` integer NOT NULL,
	`subject` text NOT NULL,
	`verb` text NOT NULL,
	`target` text NOT NULL,
	`key_pk` integer,
	`request_id` text NOT NULL,
	`commit_id` text NOT NULL,
	`user_agent` text,
	`country` text,
	`before` text,
	`after` text,
	`detail` text,
	PRIMARY KEY(`organisation_pk`, `commit_seq`)
) STRICT, WITHOUT ROWID;
--> statement-breakpoint
CREATE UNIQUE INDEX `audit_log_commit_id` ON `audit_log` (`commit_id`);--> statement-breakpoint
CREATE INDEX `audit_log_subject` ON `audit_log` (`organisation_pk`,`subject`,`commit_seq`) WHERE subject <> 'readings';--> statement-breakpoint
ALTER TABLE `organisations` ADD `commit_seq_base` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE `organisations` ADD `audit_due_at` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE `organisations` ADD `appended_trimmed_to` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
CREATE INDEX `organisations_audit_due` ON `organisations` (`audit_due_at`);--> statement-breakpoint
-- The cache directory and KV contain sequence numbers that all organisations shared, also for an organisation without entries.
UPDATE `organisations` SET `commit_seq_base` = (SELECT coalesce(max(seq), 0) FROM `old_audit_log`);--> statement-breakpoint
ALTER TABLE `heartbeat` DROP COLUMN `appended_trimmed_to`;
