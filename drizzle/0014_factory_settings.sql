ALTER TABLE `factories` ADD `ideal_per_hour` real;--> statement-breakpoint
ALTER TABLE `factories` ADD `stop_after_seconds` integer;