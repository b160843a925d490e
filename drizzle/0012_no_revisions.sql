ALTER TABLE `api_keys` DROP COLUMN `revision`;
--> statement-breakpoint
ALTER TABLE `factories` DROP COLUMN `revision`;
--> statement-breakpoint
ALTER TABLE `organisations` DROP COLUMN `revision`;
--> statement-breakpoint
ALTER TABLE `series` DROP COLUMN `revision`;
--> statement-breakpoint
ALTER TABLE `sprockets` DROP COLUMN `revision`;
