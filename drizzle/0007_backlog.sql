CREATE TABLE `late_puts` (
	`organisation` integer PRIMARY KEY NOT NULL,
	`check_until` integer NOT NULL
) STRICT;
--> statement-breakpoint
CREATE INDEX `late_puts_end` ON `late_puts` (`check_until`);--> statement-breakpoint
ALTER TABLE `copies` ADD `stale_since` integer;--> statement-breakpoint
CREATE INDEX `copies_stale` ON `copies` (`stale_since`) WHERE stale_since is not null;--> statement-breakpoint
CREATE INDEX `copies_lapsed` ON `copies` (`leased_until`);--> statement-breakpoint
ALTER TABLE `organisations` ADD `copy_count` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
UPDATE `copies` SET `stale_since` = 0 WHERE stale_seq > published_seq;--> statement-breakpoint
UPDATE `organisations` SET `copy_count` = (SELECT count(*) FROM `copies` WHERE path >= number || '/' AND path < number || '0');--> statement-breakpoint
-- The part of a path before its first slash is the organisation's number, which a cast reads.
CREATE TRIGGER `copies_counted_in` AFTER INSERT ON `copies` BEGIN
  UPDATE `organisations` SET `copy_count` = `copy_count` + 1 WHERE number = cast(new.path AS integer);
END;--> statement-breakpoint
CREATE TRIGGER `copies_counted_out` AFTER DELETE ON `copies` BEGIN
  UPDATE `organisations` SET `copy_count` = `copy_count` - 1 WHERE number = cast(old.path AS integer);
END;
