ALTER TABLE `heartbeat` ADD `appended_trimmed_to` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE `series` ADD `retention_due_at` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
CREATE INDEX `series_retention` ON `series` (`retention_due_at`);--> statement-breakpoint
CREATE INDEX `api_keys_governing` ON `api_keys` (`organisation`,`expires_at`) WHERE role = 'admin' and factories is null and revoked_at is null;--> statement-breakpoint
CREATE INDEX `organisations_deleted` ON `organisations` (`deleted_at`) WHERE deleted_at is not null;