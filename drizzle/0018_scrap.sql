ALTER TABLE `chunks` ADD `scrap` text;--> statement-breakpoint
ALTER TABLE `chunks` ADD `scrap_0` integer;--> statement-breakpoint
ALTER TABLE `chunks` ADD `inspected_0` integer;--> statement-breakpoint
ALTER TABLE `chunks` ADD `scrap_1` integer;--> statement-breakpoint
ALTER TABLE `chunks` ADD `inspected_1` integer;--> statement-breakpoint
ALTER TABLE `chunks` ADD `scrap_2` integer;--> statement-breakpoint
ALTER TABLE `chunks` ADD `inspected_2` integer;--> statement-breakpoint
ALTER TABLE `chunks` ADD `scrap_3` integer;--> statement-breakpoint
ALTER TABLE `chunks` ADD `inspected_3` integer;--> statement-breakpoint
ALTER TABLE `daily_sums` ADD `scrap` integer;--> statement-breakpoint
ALTER TABLE `daily_sums` ADD `inspected` integer;