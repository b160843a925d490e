CREATE TABLE `answers` (
	`key` integer NOT NULL,
	`name` text NOT NULL,
	`request` text NOT NULL,
	`commit_id` text NOT NULL,
	`at` integer NOT NULL,
	`answer` text,
	PRIMARY KEY(`key`, `name`)
) STRICT, WITHOUT ROWID;
--> statement-breakpoint
CREATE INDEX `answers_at` ON `answers` (`at`);