CREATE TABLE `stop_annotations` (
	`organisation_pk` integer NOT NULL,
	`id` integer NOT NULL,
	`factory_id` integer NOT NULL,
	`start` integer NOT NULL,
	`until` integer,
	`reason` text NOT NULL,
	`note` text,
	`manual` integer NOT NULL,
	PRIMARY KEY(`organisation_pk`, `id`)
) STRICT, WITHOUT ROWID;
--> statement-breakpoint
CREATE UNIQUE INDEX `stop_annotations_start` ON `stop_annotations` (`organisation_pk`,`factory_id`,`start`);
--> statement-breakpoint
CREATE INDEX `stop_annotations_reason` ON `stop_annotations` (`organisation_pk`,`reason`);
--> statement-breakpoint
ALTER TABLE `organisations` ADD `next_annotation_id` integer DEFAULT 0 NOT NULL;
