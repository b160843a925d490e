CREATE TABLE `answer_totals` (
	`key` integer PRIMARY KEY NOT NULL,
	`records` integer NOT NULL,
	`bytes` integer NOT NULL
) STRICT;
--> statement-breakpoint
DROP INDEX `answers_at`;--> statement-breakpoint
ALTER TABLE `answers` RENAME TO `answers_in_hex`;--> statement-breakpoint
CREATE TABLE `answers` (
	`key` integer NOT NULL,
	`name` blob NOT NULL,
	`request` blob NOT NULL,
	`commit_id` text NOT NULL,
	`at` integer NOT NULL,
	`answer` blob,
	PRIMARY KEY(`key`, `name`)
) STRICT, WITHOUT ROWID;
--> statement-breakpoint
INSERT INTO `answers` SELECT `key`, unhex(`name`), unhex(`request`), `commit_id`, `at`, unhex(`answer`) FROM `answers_in_hex`;--> statement-breakpoint
INSERT INTO `answer_totals` SELECT `key`, count(*), coalesce(sum(length(`answer`)), 0) FROM `answers` GROUP BY `key`;--> statement-breakpoint
DROP TABLE `answers_in_hex`;--> statement-breakpoint
CREATE INDEX `answers_at` ON `answers` (`at`);
