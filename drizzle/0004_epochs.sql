CREATE TABLE `epochs` (
	`number` integer PRIMARY KEY NOT NULL
) STRICT;
