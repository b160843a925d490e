ALTER TABLE `api_keys` ADD `revision` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE `organisations` ADD `revision` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
CREATE INDEX `changes_subject` ON `changes` (`organisation`,`subject`,`seq`) WHERE subject <> 'readings';