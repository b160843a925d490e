ALTER TABLE `zone_offsets` ADD `renew` integer DEFAULT 1 NOT NULL;--> statement-breakpoint
CREATE INDEX `zone_offsets_renew` ON `zone_offsets` (`zone`) WHERE renew = 1;--> statement-breakpoint
CREATE INDEX `calendars_zone` ON `calendars` (`zone`);
