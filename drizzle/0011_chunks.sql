CREATE TABLE `chunks` (
	`series_pk` integer NOT NULL,
	`start` integer NOT NULL,
	`last` integer NOT NULL,
	`times` text,
	`actual` text,
	`goal` text,
	`actual_0` integer,
	`goal_0` integer,
	`compared_0` integer,
	`readings_0` integer NOT NULL,
	`goal_readings_0` integer NOT NULL,
	`actual_1` integer,
	`goal_1` integer,
	`compared_1` integer,
	`readings_1` integer NOT NULL,
	`goal_readings_1` integer NOT NULL,
	`actual_2` integer,
	`goal_2` integer,
	`compared_2` integer,
	`readings_2` integer NOT NULL,
	`goal_readings_2` integer NOT NULL,
	`actual_3` integer,
	`goal_3` integer,
	`compared_3` integer,
	`readings_3` integer NOT NULL,
	`goal_readings_3` integer NOT NULL,
	PRIMARY KEY(`series_pk`, `start`)
) STRICT, WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE `daily_sums` (
	`series_pk` integer NOT NULL,
	`start` integer NOT NULL,
	`actual` integer,
	`goal` integer,
	`compared` integer,
	`readings` integer NOT NULL,
	`goal_readings` integer NOT NULL,
	PRIMARY KEY(`series_pk`, `start`)
) STRICT, WITHOUT ROWID;
--> statement-breakpoint
-- Packs all readings. D1 ends a statement after 30 s, so each statement packs a part of the series.
INSERT INTO `chunks` SELECT series_pk, hour, max(time), group_concat(time - hour, ',' ORDER BY time), group_concat(coalesce(actual, 'null'), ',' ORDER BY time), group_concat(coalesce(goal, 'null'), ',' ORDER BY time),
  CASE WHEN count(CASE WHEN quarter = 0 THEN actual END) THEN cast(min(total(CASE WHEN quarter = 0 THEN actual END), 9007199254740991) AS integer) END,
  CASE WHEN count(CASE WHEN quarter = 0 THEN goal END) THEN cast(min(total(CASE WHEN quarter = 0 THEN goal END), 9007199254740991) AS integer) END,
  CASE WHEN count(CASE WHEN quarter = 0 THEN CASE WHEN goal IS NOT NULL THEN actual END END) THEN cast(min(total(CASE WHEN quarter = 0 THEN CASE WHEN goal IS NOT NULL THEN actual END END), 9007199254740991) AS integer) END,
  count(CASE WHEN quarter = 0 THEN 1 END),
  count(CASE WHEN quarter = 0 THEN goal END),
  CASE WHEN count(CASE WHEN quarter = 1 THEN actual END) THEN cast(min(total(CASE WHEN quarter = 1 THEN actual END), 9007199254740991) AS integer) END,
  CASE WHEN count(CASE WHEN quarter = 1 THEN goal END) THEN cast(min(total(CASE WHEN quarter = 1 THEN goal END), 9007199254740991) AS integer) END,
  CASE WHEN count(CASE WHEN quarter = 1 THEN CASE WHEN goal IS NOT NULL THEN actual END END) THEN cast(min(total(CASE WHEN quarter = 1 THEN CASE WHEN goal IS NOT NULL THEN actual END END), 9007199254740991) AS integer) END,
  count(CASE WHEN quarter = 1 THEN 1 END),
  count(CASE WHEN quarter = 1 THEN goal END),
  CASE WHEN count(CASE WHEN quarter = 2 THEN actual END) THEN cast(min(total(CASE WHEN quarter = 2 THEN actual END), 9007199254740991) AS integer) END,
  CASE WHEN count(CASE WHEN quarter = 2 THEN goal END) THEN cast(min(total(CASE WHEN quarter = 2 THEN goal END), 9007199254740991) AS integer) END,
  CASE WHEN count(CASE WHEN quarter = 2 THEN CASE WHEN goal IS NOT NULL THEN actual END END) THEN cast(min(total(CASE WHEN quarter = 2 THEN CASE WHEN goal IS NOT NULL THEN actual END END), 9007199254740991) AS integer) END,
  count(CASE WHEN quarter = 2 THEN 1 END),
  count(CASE WHEN quarter = 2 THEN goal END),
  CASE WHEN count(CASE WHEN quarter = 3 THEN actual END) THEN cast(min(total(CASE WHEN quarter = 3 THEN actual END), 9007199254740991) AS integer) END,
  CASE WHEN count(CASE WHEN quarter = 3 THEN goal END) THEN cast(min(total(CASE WHEN quarter = 3 THEN goal END), 9007199254740991) AS integer) END,
  CASE WHEN count(CASE WHEN quarter = 3 THEN CASE WHEN goal IS NOT NULL THEN actual END END) THEN cast(min(total(CASE WHEN quarter = 3 THEN CASE WHEN goal IS NOT NULL THEN actual END END), 9007199254740991) AS integer) END,
  count(CASE WHEN quarter = 3 THEN 1 END),
  count(CASE WHEN quarter = 3 THEN goal END)
  FROM (SELECT *, (time - hour) / 900 AS quarter FROM (SELECT r.*, r.time - (r.time % 3600 + 3600) % 3600 AS hour FROM `series` CROSS JOIN `readings` AS r ON r.series_pk = series.pk WHERE series.pk % 16 = 0 AND series.dropped_at IS NULL))
  GROUP BY series_pk, hour;--> statement-breakpoint
INSERT INTO `chunks` SELECT series_pk, hour, max(time), group_concat(time - hour, ',' ORDER BY time), group_concat(coalesce(actual, 'null'), ',' ORDER BY time), group_concat(coalesce(goal, 'null'), ',' ORDER BY time),
  CASE WHEN count(CASE WHEN quarter = 0 THEN actual END) THEN cast(min(total(CASE WHEN quarter = 0 THEN actual END), 9007199254740991) AS integer) END,
  CASE WHEN count(CASE WHEN quarter = 0 THEN goal END) THEN cast(min(total(CASE WHEN quarter = 0 THEN goal END), 9007199254740991) AS integer) END,
  CASE WHEN count(CASE WHEN quarter = 0 THEN CASE WHEN goal IS NOT NULL THEN actual END END) THEN cast(min(total(CASE WHEN quarter = 0 THEN CASE WHEN goal IS NOT NULL THEN actual END END), 9007199254740991) AS integer) END,
  count(CASE WHEN quarter = 0 THEN 1 END),
  count(CASE WHEN quarter = 0 THEN goal END),
  CASE WHEN count(CASE WHEN quarter = 1 THEN actual END) THEN cast(min(total(CASE WHEN quarter = 1 THEN actual END), 9007199254740991) AS integer) END,
  CASE WHEN count(CASE WHEN quarter = 1 THEN goal END) THEN cast(min(total(CASE WHEN quarter = 1 THEN goal END), 9007199254740991) AS integer) END,
  CASE WHEN count(CASE WHEN quarter = 1 THEN CASE WHEN goal IS NOT NULL THEN actual END END) THEN cast(min(total(CASE WHEN quarter = 1 THEN CASE WHEN goal IS NOT NULL THEN actual END END), 9007199254740991) AS integer) END,
  count(CASE WHEN quarter = 1 THEN 1 END),
  count(CASE WHEN quarter = 1 THEN goal END),
  CASE WHEN count(CASE WHEN quarter = 2 THEN actual END) THEN cast(min(total(CASE WHEN quarter = 2 THEN actual END), 9007199254740991) AS integer) END,
  CASE WHEN count(CASE WHEN quarter = 2 THEN goal END) THEN cast(min(total(CASE WHEN quarter = 2 THEN goal END), 9007199254740991) AS integer) END,
  CASE WHEN count(CASE WHEN quarter = 2 THEN CASE WHEN goal IS NOT NULL THEN actual END END) THEN cast(min(total(CASE WHEN quarter = 2 THEN CASE WHEN goal IS NOT NULL THEN actual END END), 9007199254740991) AS integer) END,
  count(CASE WHEN quarter = 2 THEN 1 END),
  count(CASE WHEN quarter = 2 THEN goal END),
  CASE WHEN count(CASE WHEN quarter = 3 THEN actual END) THEN cast(min(total(CASE WHEN quarter = 3 THEN actual END), 9007199254740991) AS integer) END,
  CASE WHEN count(CASE WHEN quarter = 3 THEN goal END) THEN cast(min(total(CASE WHEN quarter = 3 THEN goal END), 9007199254740991) AS integer) END,
  CASE WHEN count(CASE WHEN quarter = 3 THEN CASE WHEN goal IS NOT NULL THEN actual END END) THEN cast(min(total(CASE WHEN quarter = 3 THEN CASE WHEN goal IS NOT NULL THEN actual END END), 9007199254740991) AS integer) END,
  count(CASE WHEN quarter = 3 THEN 1 END),
  count(CASE WHEN quarter = 3 THEN goal END)
  FROM (SELECT *, (time - hour) / 900 AS quarter FROM (SELECT r.*, r.time - (r.time % 3600 + 3600) % 3600 AS hour FROM `series` CROSS JOIN `readings` AS r ON r.series_pk = series.pk WHERE series.pk % 16 = 1 AND series.dropped_at IS NULL))
  GROUP BY series_pk, hour;--> statement-breakpoint
INSERT INTO `chunks` SELECT series_pk, hour, max(time), group_concat(time - hour, ',' ORDER BY time), group_concat(coalesce(actual, 'null'), ',' ORDER BY time), group_concat(coalesce(goal, 'null'), ',' ORDER BY time),
  CASE WHEN count(CASE WHEN quarter = 0 THEN actual END) THEN cast(min(total(CASE WHEN quarter = 0 THEN actual END), 9007199254740991) AS integer) END,
  CASE WHEN count(CASE WHEN quarter = 0 THEN goal END) THEN cast(min(total(CASE WHEN quarter = 0 THEN goal END), 9007199254740991) AS integer) END,
  CASE WHEN count(CASE WHEN quarter = 0 THEN CASE WHEN goal IS NOT NULL THEN actual END END) THEN cast(min(total(CASE WHEN quarter = 0 THEN CASE WHEN goal IS NOT NULL THEN actual END END), 9007199254740991) AS integer) END,
  count(CASE WHEN quarter = 0 THEN 1 END),
  count(CASE WHEN quarter = 0 THEN goal END),
  CASE WHEN count(CASE WHEN quarter = 1 THEN actual END) THEN cast(min(total(CASE WHEN quarter = 1 THEN actual END), 9007199254740991) AS integer) END,
  CASE WHEN count(CASE WHEN quarter = 1 THEN goal END) THEN cast(min(total(CASE WHEN quarter = 1 THEN goal END), 9007199254740991) AS integer) END,
  CASE WHEN count(CASE WHEN quarter = 1 THEN CASE WHEN goal IS NOT NULL THEN actual END END) THEN cast(min(total(CASE WHEN quarter = 1 THEN CASE WHEN goal IS NOT NULL THEN actual END END), 9007199254740991) AS integer) END,
  count(CASE WHEN quarter = 1 THEN 1 END),
  count(CASE WHEN quarter = 1 THEN goal END),
  CASE WHEN count(CASE WHEN quarter = 2 THEN actual END) THEN cast(min(total(CASE WHEN quarter = 2 THEN actual END), 9007199254740991) AS integer) END,
  CASE WHEN count(CASE WHEN quarter = 2 THEN goal END) THEN cast(min(total(CASE WHEN quarter = 2 THEN goal END), 9007199254740991) AS integer) END,
  CASE WHEN count(CASE WHEN quarter = 2 THEN CASE WHEN goal IS NOT NULL THEN actual END END) THEN cast(min(total(CASE WHEN quarter = 2 THEN CASE WHEN goal IS NOT NULL THEN actual END END), 9007199254740991) AS integer) END,
  count(CASE WHEN quarter = 2 THEN 1 END),
  count(CASE WHEN quarter = 2 THEN goal END),
  CASE WHEN count(CASE WHEN quarter = 3 THEN actual END) THEN cast(min(total(CASE WHEN quarter = 3 THEN actual END), 9007199254740991) AS integer) END,
  CASE WHEN count(CASE WHEN quarter = 3 THEN goal END) THEN cast(min(total(CASE WHEN quarter = 3 THEN goal END), 9007199254740991) AS integer) END,
  CASE WHEN count(CASE WHEN quarter = 3 THEN CASE WHEN goal IS NOT NULL THEN actual END END) THEN cast(min(total(CASE WHEN quarter = 3 THEN CASE WHEN goal IS NOT NULL THEN actual END END), 9007199254740991) AS integer) END,
  count(CASE WHEN quarter = 3 THEN 1 END),
  count(CASE WHEN quarter = 3 THEN goal END)
  FROM (SELECT *, (time - hour) / 900 AS quarter FROM (SELECT r.*, r.time - (r.time % 3600 + 3600) % 3600 AS hour FROM `series` CROSS JOIN `readings` AS r ON r.series_pk = series.pk WHERE series.pk % 16 = 2 AND series.dropped_at IS NULL))
  GROUP BY series_pk, hour;--> statement-breakpoint
INSERT INTO `chunks` SELECT series_pk, hour, max(time), group_concat(time - hour, ',' ORDER BY time), group_concat(coalesce(actual, 'null'), ',' ORDER BY time), group_concat(coalesce(goal, 'null'), ',' ORDER BY time),
  CASE WHEN count(CASE WHEN quarter = 0 THEN actual END) THEN cast(min(total(CASE WHEN quarter = 0 THEN actual END), 9007199254740991) AS integer) END,
  CASE WHEN count(CASE WHEN quarter = 0 THEN goal END) THEN cast(min(total(CASE WHEN quarter = 0 THEN goal END), 9007199254740991) AS integer) END,
  CASE WHEN count(CASE WHEN quarter = 0 THEN CASE WHEN goal IS NOT NULL THEN actual END END) THEN cast(min(total(CASE WHEN quarter = 0 THEN CASE WHEN goal IS NOT NULL THEN actual END END), 9007199254740991) AS integer) END,
  count(CASE WHEN quarter = 0 THEN 1 END),
  count(CASE WHEN quarter = 0 THEN goal END),
  CASE WHEN count(CASE WHEN quarter = 1 THEN actual END) THEN cast(min(total(CASE WHEN quarter = 1 THEN actual END), 9007199254740991) AS integer) END,
  CASE WHEN count(CASE WHEN quarter = 1 THEN goal END) THEN cast(min(total(CASE WHEN quarter = 1 THEN goal END), 9007199254740991) AS integer) END,
  CASE WHEN count(CASE WHEN quarter = 1 THEN CASE WHEN goal IS NOT NULL THEN actual END END) THEN cast(min(total(CASE WHEN quarter = 1 THEN CASE WHEN goal IS NOT NULL THEN actual END END), 9007199254740991) AS integer) END,
  count(CASE WHEN quarter = 1 THEN 1 END),
  count(CASE WHEN quarter = 1 THEN goal END),
  CASE WHEN count(CASE WHEN quarter = 2 THEN actual END) THEN cast(min(total(CASE WHEN quarter = 2 THEN actual END), 9007199254740991) AS integer) END,
  CASE WHEN count(CASE WHEN quarter = 2 THEN goal END) THEN cast(min(total(CASE WHEN quarter = 2 THEN goal END), 9007199254740991) AS integer) END,
  CASE WHEN count(CASE WHEN quarter = 2 THEN CASE WHEN goal IS NOT NULL THEN actual END END) THEN cast(min(total(CASE WHEN quarter = 2 THEN CASE WHEN goal IS NOT NULL THEN actual END END), 9007199254740991) AS integer) END,
  count(CASE WHEN quarter = 2 THEN 1 END),
  count(CASE WHEN quarter = 2 THEN goal END),
  CASE WHEN count(CASE WHEN quarter = 3 THEN actual END) THEN cast(min(total(CASE WHEN quarter = 3 THEN actual END), 9007199254740991) AS integer) END,
  CASE WHEN count(CASE WHEN quarter = 3 THEN goal END) THEN cast(min(total(CASE WHEN quarter = 3 THEN goal END), 9007199254740991) AS integer) END,
  CASE WHEN count(CASE WHEN quarter = 3 THEN CASE WHEN goal IS NOT NULL THEN actual END END) THEN cast(min(total(CASE WHEN quarter = 3 THEN CASE WHEN goal IS NOT NULL THEN actual END END), 9007199254740991) AS integer) END,
  count(CASE WHEN quarter = 3 THEN 1 END),
  count(CASE WHEN quarter = 3 THEN goal END)
  FROM (SELECT *, (time - hour) / 900 AS quarter FROM (SELECT r.*, r.time - (r.time % 3600 + 3600) % 3600 AS hour FROM `series` CROSS JOIN `readings` AS r ON r.series_pk = series.pk WHERE series.pk % 16 = 3 AND series.dropped_at IS NULL))
  GROUP BY series_pk, hour;--> statement-breakpoint
INSERT INTO `chunks` SELECT series_pk, hour, max(time), group_concat(time - hour, ',' ORDER BY time), group_concat(coalesce(actual, 'null'), ',' ORDER BY time), group_concat(coalesce(goal, 'null'), ',' ORDER BY time),
  CASE WHEN count(CASE WHEN quarter = 0 THEN actual END) THEN cast(min(total(CASE WHEN quarter = 0 THEN actual END), 9007199254740991) AS integer) END,
  CASE WHEN count(CASE WHEN quarter = 0 THEN goal END) THEN cast(min(total(CASE WHEN quarter = 0 THEN goal END), 9007199254740991) AS integer) END,
  CASE WHEN count(CASE WHEN quarter = 0 THEN CASE WHEN goal IS NOT NULL THEN actual END END) THEN cast(min(total(CASE WHEN quarter = 0 THEN CASE WHEN goal IS NOT NULL THEN actual END END), 9007199254740991) AS integer) END,
  count(CASE WHEN quarter = 0 THEN 1 END),
  count(CASE WHEN quarter = 0 THEN goal END),
  CASE WHEN count(CASE WHEN quarter = 1 THEN actual END) THEN cast(min(total(CASE WHEN quarter = 1 THEN actual END), 9007199254740991) AS integer) END,
  CASE WHEN count(CASE WHEN quarter = 1 THEN goal END) THEN cast(min(total(CASE WHEN quarter = 1 THEN goal END), 9007199254740991) AS integer) END,
  CASE WHEN count(CASE WHEN quarter = 1 THEN CASE WHEN goal IS NOT NULL THEN actual END END) THEN cast(min(total(CASE WHEN quarter = 1 THEN CASE WHEN goal IS NOT NULL THEN actual END END), 9007199254740991) AS integer) END,
  count(CASE WHEN quarter = 1 THEN 1 END),
  count(CASE WHEN quarter = 1 THEN goal END),
  CASE WHEN count(CASE WHEN quarter = 2 THEN actual END) THEN cast(min(total(CASE WHEN quarter = 2 THEN actual END), 9007199254740991) AS integer) END,
  CASE WHEN count(CASE WHEN quarter = 2 THEN goal END) THEN cast(min(total(CASE WHEN quarter = 2 THEN goal END), 9007199254740991) AS integer) END,
  CASE WHEN count(CASE WHEN quarter = 2 THEN CASE WHEN goal IS NOT NULL THEN actual END END) THEN cast(min(total(CASE WHEN quarter = 2 THEN CASE WHEN goal IS NOT NULL THEN actual END END), 9007199254740991) AS integer) END,
  count(CASE WHEN quarter = 2 THEN 1 END),
  count(CASE WHEN quarter = 2 THEN goal END),
  CASE WHEN count(CASE WHEN quarter = 3 THEN actual END) THEN cast(min(total(CASE WHEN quarter = 3 THEN actual END), 9007199254740991) AS integer) END,
  CASE WHEN count(CASE WHEN quarter = 3 THEN goal END) THEN cast(min(total(CASE WHEN quarter = 3 THEN goal END), 9007199254740991) AS integer) END,
  CASE WHEN count(CASE WHEN quarter = 3 THEN CASE WHEN goal IS NOT NULL THEN actual END END) THEN cast(min(total(CASE WHEN quarter = 3 THEN CASE WHEN goal IS NOT NULL THEN actual END END), 9007199254740991) AS integer) END,
  count(CASE WHEN quarter = 3 THEN 1 END),
  count(CASE WHEN quarter = 3 THEN goal END)
  FROM (SELECT *, (time - hour) / 900 AS quarter FROM (SELECT r.*, r.time - (r.time % 3600 + 3600) % 3600 AS hour FROM `series` CROSS JOIN `readings` AS r ON r.series_pk = series.pk WHERE series.pk % 16 = 4 AND series.dropped_at IS NULL))
  GROUP BY series_pk, hour;--> statement-breakpoint
INSERT INTO `chunks` SELECT series_pk, hour, max(time), group_concat(time - hour, ',' ORDER BY time), group_concat(coalesce(actual, 'null'), ',' ORDER BY time), group_concat(coalesce(goal, 'null'), ',' ORDER BY time),
  CASE WHEN count(CASE WHEN quarter = 0 THEN actual END) THEN cast(min(total(CASE WHEN quarter = 0 THEN actual END), 9007199254740991) AS integer) END,
  CASE WHEN count(CASE WHEN quarter = 0 THEN goal END) THEN cast(min(total(CASE WHEN quarter = 0 THEN goal END), 9007199254740991) AS integer) END,
  CASE WHEN count(CASE WHEN quarter = 0 THEN CASE WHEN goal IS NOT NULL THEN actual END END) THEN cast(min(total(CASE WHEN quarter = 0 THEN CASE WHEN goal IS NOT NULL THEN actual END END), 9007199254740991) AS integer) END,
  count(CASE WHEN quarter = 0 THEN 1 END),
  count(CASE WHEN quarter = 0 THEN goal END),
  CASE WHEN count(CASE WHEN quarter = 1 THEN actual END) THEN cast(min(total(CASE WHEN quarter = 1 THEN actual END), 9007199254740991) AS integer) END,
  CASE WHEN count(CASE WHEN quarter = 1 THEN goal END) THEN cast(min(total(CASE WHEN quarter = 1 THEN goal END), 9007199254740991) AS integer) END,
  CASE WHEN count(CASE WHEN quarter = 1 THEN CASE WHEN goal IS NOT NULL THEN actual END END) THEN cast(min(total(CASE WHEN quarter = 1 THEN CASE WHEN goal IS NOT NULL THEN actual END END), 9007199254740991) AS integer) END,
  count(CASE WHEN quarter = 1 THEN 1 END),
  count(CASE WHEN quarter = 1 THEN goal END),
  CASE WHEN count(CASE WHEN quarter = 2 THEN actual END) THEN cast(min(total(CASE WHEN quarter = 2 THEN actual END), 9007199254740991) AS integer) END,
  CASE WHEN count(CASE WHEN quarter = 2 THEN goal END) THEN cast(min(total(CASE WHEN quarter = 2 THEN goal END), 9007199254740991) AS integer) END,
  CASE WHEN count(CASE WHEN quarter = 2 THEN CASE WHEN goal IS NOT NULL THEN actual END END) THEN cast(min(total(CASE WHEN quarter = 2 THEN CASE WHEN goal IS NOT NULL THEN actual END END), 9007199254740991) AS integer) END,
  count(CASE WHEN quarter = 2 THEN 1 END),
  count(CASE WHEN quarter = 2 THEN goal END),
  CASE WHEN count(CASE WHEN quarter = 3 THEN actual END) THEN cast(min(total(CASE WHEN quarter = 3 THEN actual END), 9007199254740991) AS integer) END,
  CASE WHEN count(CASE WHEN quarter = 3 THEN goal END) THEN cast(min(total(CASE WHEN quarter = 3 THEN goal END), 9007199254740991) AS integer) END,
  CASE WHEN count(CASE WHEN quarter = 3 THEN CASE WHEN goal IS NOT NULL THEN actual END END) THEN cast(min(total(CASE WHEN quarter = 3 THEN CASE WHEN goal IS NOT NULL THEN actual END END), 9007199254740991) AS integer) END,
  count(CASE WHEN quarter = 3 THEN 1 END),
  count(CASE WHEN quarter = 3 THEN goal END)
  FROM (SELECT *, (time - hour) / 900 AS quarter FROM (SELECT r.*, r.time - (r.time % 3600 + 3600) % 3600 AS hour FROM `series` CROSS JOIN `readings` AS r ON r.series_pk = series.pk WHERE series.pk % 16 = 5 AND series.dropped_at IS NULL))
  GROUP BY series_pk, hour;--> statement-breakpoint
INSERT INTO `chunks` SELECT series_pk, hour, max(time), group_concat(time - hour, ',' ORDER BY time), group_concat(coalesce(actual, 'null'), ',' ORDER BY time), group_concat(coalesce(goal, 'null'), ',' ORDER BY time),
  CASE WHEN count(CASE WHEN quarter = 0 THEN actual END) THEN cast(min(total(CASE WHEN quarter = 0 THEN actual END), 9007199254740991) AS integer) END,
  CASE WHEN count(CASE WHEN quarter = 0 THEN goal END) THEN cast(min(total(CASE WHEN quarter = 0 THEN goal END), 9007199254740991) AS integer) END,
  CASE WHEN count(CASE WHEN quarter = 0 THEN CASE WHEN goal IS NOT NULL THEN actual END END) THEN cast(min(total(CASE WHEN quarter = 0 THEN CASE WHEN goal IS NOT NULL THEN actual END END), 9007199254740991) AS integer) END,
  count(CASE WHEN quarter = 0 THEN 1 END),
  count(CASE WHEN quarter = 0 THEN goal END),
  CASE WHEN count(CASE WHEN quarter = 1 THEN actual END) THEN cast(min(total(CASE WHEN quarter = 1 THEN actual END), 9007199254740991) AS integer) END,
  CASE WHEN count(CASE WHEN quarter = 1 THEN goal END) THEN cast(min(total(CASE WHEN quarter = 1 THEN goal END), 9007199254740991) AS integer) END,
  CASE WHEN count(CASE WHEN quarter = 1 THEN CASE WHEN goal IS NOT NULL THEN actual END END) THEN cast(min(total(CASE WHEN quarter = 1 THEN CASE WHEN goal IS NOT NULL THEN actual END END), 9007199254740991) AS integer) END,
  count(CASE WHEN quarter = 1 THEN 1 END),
  count(CASE WHEN quarter = 1 THEN goal END),
  CASE WHEN count(CASE WHEN quarter = 2 THEN actual END) THEN cast(min(total(CASE WHEN quarter = 2 THEN actual END), 9007199254740991) AS integer) END,
  CASE WHEN count(CASE WHEN quarter = 2 THEN goal END) THEN cast(min(total(CASE WHEN quarter = 2 THEN goal END), 9007199254740991) AS integer) END,
  CASE WHEN count(CASE WHEN quarter = 2 THEN CASE WHEN goal IS NOT NULL THEN actual END END) THEN cast(min(total(CASE WHEN quarter = 2 THEN CASE WHEN goal IS NOT NULL THEN actual END END), 9007199254740991) AS integer) END,
  count(CASE WHEN quarter = 2 THEN 1 END),
  count(CASE WHEN quarter = 2 THEN goal END),
  CASE WHEN count(CASE WHEN quarter = 3 THEN actual END) THEN cast(min(total(CASE WHEN quarter = 3 THEN actual END), 9007199254740991) AS integer) END,
  CASE WHEN count(CASE WHEN quarter = 3 THEN goal END) THEN cast(min(total(CASE WHEN quarter = 3 THEN goal END), 9007199254740991) AS integer) END,
  CASE WHEN count(CASE WHEN quarter = 3 THEN CASE WHEN goal IS NOT NULL THEN actual END END) THEN cast(min(total(CASE WHEN quarter = 3 THEN CASE WHEN goal IS NOT NULL THEN actual END END), 9007199254740991) AS integer) END,
  count(CASE WHEN quarter = 3 THEN 1 END),
  count(CASE WHEN quarter = 3 THEN goal END)
  FROM (SELECT *, (time - hour) / 900 AS quarter FROM (SELECT r.*, r.time - (r.time % 3600 + 3600) % 3600 AS hour FROM `series` CROSS JOIN `readings` AS r ON r.series_pk = series.pk WHERE series.pk % 16 = 6 AND series.dropped_at IS NULL))
  GROUP BY series_pk, hour;--> statement-breakpoint
INSERT INTO `chunks` SELECT series_pk, hour, max(time), group_concat(time - hour, ',' ORDER BY time), group_concat(coalesce(actual, 'null'), ',' ORDER BY time), group_concat(coalesce(goal, 'null'), ',' ORDER BY time),
  CASE WHEN count(CASE WHEN quarter = 0 THEN actual END) THEN cast(min(total(CASE WHEN quarter = 0 THEN actual END), 9007199254740991) AS integer) END,
  CASE WHEN count(CASE WHEN quarter = 0 THEN goal END) THEN cast(min(total(CASE WHEN quarter = 0 THEN goal END), 9007199254740991) AS integer) END,
  CASE WHEN count(CASE WHEN quarter = 0 THEN CASE WHEN goal IS NOT NULL THEN actual END END) THEN cast(min(total(CASE WHEN quarter = 0 THEN CASE WHEN goal IS NOT NULL THEN actual END END), 9007199254740991) AS integer) END,
  count(CASE WHEN quarter = 0 THEN 1 END),
  count(CASE WHEN quarter = 0 THEN goal END),
  CASE WHEN count(CASE WHEN quarter = 1 THEN actual END) THEN cast(min(total(CASE WHEN quarter = 1 THEN actual END), 9007199254740991) AS integer) END,
  CASE WHEN count(CASE WHEN quarter = 1 THEN goal END) THEN cast(min(total(CASE WHEN quarter = 1 THEN goal END), 9007199254740991) AS integer) END,
  CASE WHEN count(CASE WHEN quarter = 1 THEN CASE WHEN goal IS NOT NULL THEN actual END END) THEN cast(min(total(CASE WHEN quarter = 1 THEN CASE WHEN goal IS NOT NULL THEN actual END END), 9007199254740991) AS integer) END,
  count(CASE WHEN quarter = 1 THEN 1 END),
  count(CASE WHEN quarter = 1 THEN goal END),
  CASE WHEN count(CASE WHEN quarter = 2 THEN actual END) THEN cast(min(total(CASE WHEN quarter = 2 THEN actual END), 9007199254740991) AS integer) END,
  CASE WHEN count(CASE WHEN quarter = 2 THEN goal END) THEN cast(min(total(CASE WHEN quarter = 2 THEN goal END), 9007199254740991) AS integer) END,
  CASE WHEN count(CASE WHEN quarter = 2 THEN CASE WHEN goal IS NOT NULL THEN actual END END) THEN cast(min(total(CASE WHEN quarter = 2 THEN CASE WHEN goal IS NOT NULL THEN actual END END), 9007199254740991) AS integer) END,
  count(CASE WHEN quarter = 2 THEN 1 END),
  count(CASE WHEN quarter = 2 THEN goal END),
  CASE WHEN count(CASE WHEN quarter = 3 THEN actual END) THEN cast(min(total(CASE WHEN quarter = 3 THEN actual END), 9007199254740991) AS integer) END,
  CASE WHEN count(CASE WHEN quarter = 3 THEN goal END) THEN cast(min(total(CASE WHEN quarter = 3 THEN goal END), 9007199254740991) AS integer) END,
  CASE WHEN count(CASE WHEN quarter = 3 THEN CASE WHEN goal IS NOT NULL THEN actual END END) THEN cast(min(total(CASE WHEN quarter = 3 THEN CASE WHEN goal IS NOT NULL THEN actual END END), 9007199254740991) AS integer) END,
  count(CASE WHEN quarter = 3 THEN 1 END),
  count(CASE WHEN quarter = 3 THEN goal END)
  FROM (SELECT *, (time - hour) / 900 AS quarter FROM (SELECT r.*, r.time - (r.time % 3600 + 3600) % 3600 AS hour FROM `series` CROSS JOIN `readings` AS r ON r.series_pk = series.pk WHERE series.pk % 16 = 7 AND series.dropped_at IS NULL))
  GROUP BY series_pk, hour;--> statement-breakpoint
INSERT INTO `chunks` SELECT series_pk, hour, max(time), group_concat(time - hour, ',' ORDER BY time), group_concat(coalesce(actual, 'null'), ',' ORDER BY time), group_concat(coalesce(goal, 'null'), ',' ORDER BY time),
  CASE WHEN count(CASE WHEN quarter = 0 THEN actual END) THEN cast(min(total(CASE WHEN quarter = 0 THEN actual END), 9007199254740991) AS integer) END,
  CASE WHEN count(CASE WHEN quarter = 0 THEN goal END) THEN cast(min(total(CASE WHEN quarter = 0 THEN goal END), 9007199254740991) AS integer) END,
  CASE WHEN count(CASE WHEN quarter = 0 THEN CASE WHEN goal IS NOT NULL THEN actual END END) THEN cast(min(total(CASE WHEN quarter = 0 THEN CASE WHEN goal IS NOT NULL THEN actual END END), 9007199254740991) AS integer) END,
  count(CASE WHEN quarter = 0 THEN 1 END),
  count(CASE WHEN quarter = 0 THEN goal END),
  CASE WHEN count(CASE WHEN quarter = 1 THEN actual END) THEN cast(min(total(CASE WHEN quarter = 1 THEN actual END), 9007199254740991) AS integer) END,
  CASE WHEN count(CASE WHEN quarter = 1 THEN goal END) THEN cast(min(total(CASE WHEN quarter = 1 THEN goal END), 9007199254740991) AS integer) END,
  CASE WHEN count(CASE WHEN quarter = 1 THEN CASE WHEN goal IS NOT NULL THEN actual END END) THEN cast(min(total(CASE WHEN quarter = 1 THEN CASE WHEN goal IS NOT NULL THEN actual END END), 9007199254740991) AS integer) END,
  count(CASE WHEN quarter = 1 THEN 1 END),
  count(CASE WHEN quarter = 1 THEN goal END),
  CASE WHEN count(CASE WHEN quarter = 2 THEN actual END) THEN cast(min(total(CASE WHEN quarter = 2 THEN actual END), 9007199254740991) AS integer) END,
  CASE WHEN count(CASE WHEN quarter = 2 THEN goal END) THEN cast(min(total(CASE WHEN quarter = 2 THEN goal END), 9007199254740991) AS integer) END,
  CASE WHEN count(CASE WHEN quarter = 2 THEN CASE WHEN goal IS NOT NULL THEN actual END END) THEN cast(min(total(CASE WHEN quarter = 2 THEN CASE WHEN goal IS NOT NULL THEN actual END END), 9007199254740991) AS integer) END,
  count(CASE WHEN quarter = 2 THEN 1 END),
  count(CASE WHEN quarter = 2 THEN goal END),
  CASE WHEN count(CASE WHEN quarter = 3 THEN actual END) THEN cast(min(total(CASE WHEN quarter = 3 THEN actual END), 9007199254740991) AS integer) END,
  CASE WHEN count(CASE WHEN quarter = 3 THEN goal END) THEN cast(min(total(CASE WHEN quarter = 3 THEN goal END), 9007199254740991) AS integer) END,
  CASE WHEN count(CASE WHEN quarter = 3 THEN CASE WHEN goal IS NOT NULL THEN actual END END) THEN cast(min(total(CASE WHEN quarter = 3 THEN CASE WHEN goal IS NOT NULL THEN actual END END), 9007199254740991) AS integer) END,
  count(CASE WHEN quarter = 3 THEN 1 END),
  count(CASE WHEN quarter = 3 THEN goal END)
  FROM (SELECT *, (time - hour) / 900 AS quarter FROM (SELECT r.*, r.time - (r.time % 3600 + 3600) % 3600 AS hour FROM `series` CROSS JOIN `readings` AS r ON r.series_pk = series.pk WHERE series.pk % 16 = 8 AND series.dropped_at IS NULL))
  GROUP BY series_pk, hour;--> statement-breakpoint
INSERT INTO `chunks` SELECT series_pk, hour, max(time), group_concat(time - hour, ',' ORDER BY time), group_concat(coalesce(actual, 'null'), ',' ORDER BY time), group_concat(coalesce(goal, 'null'), ',' ORDER BY time),
  CASE WHEN count(CASE WHEN quarter = 0 THEN actual END) THEN cast(min(total(CASE WHEN quarter = 0 THEN actual END), 9007199254740991) AS integer) END,
  CASE WHEN count(CASE WHEN quarter = 0 THEN goal END) THEN cast(min(total(CASE WHEN quarter = 0 THEN goal END), 9007199254740991) AS integer) END,
  CASE WHEN count(CASE WHEN quarter = 0 THEN CASE WHEN goal IS NOT NULL THEN actual END END) THEN cast(min(total(CASE WHEN quarter = 0 THEN CASE WHEN goal IS NOT NULL THEN actual END END), 9007199254740991) AS integer) END,
  count(CASE WHEN quarter = 0 THEN 1 END),
  count(CASE WHEN quarter = 0 THEN goal END),
  CASE WHEN count(CASE WHEN quarter = 1 THEN actual END) THEN cast(min(total(CASE WHEN quarter = 1 THEN actual END), 9007199254740991) AS integer) END,
  CASE WHEN count(CASE WHEN quarter = 1 THEN goal END) THEN cast(min(total(CASE WHEN quarter = 1 THEN goal END), 9007199254740991) AS integer) END,
  CASE WHEN count(CASE WHEN quarter = 1 THEN CASE WHEN goal IS NOT NULL THEN actual END END) THEN cast(min(total(CASE WHEN quarter = 1 THEN CASE WHEN goal IS NOT NULL THEN actual END END), 9007199254740991) AS integer) END,
  count(CASE WHEN quarter = 1 THEN 1 END),
  count(CASE WHEN quarter = 1 THEN goal END),
  CASE WHEN count(CASE WHEN quarter = 2 THEN actual END) THEN cast(min(total(CASE WHEN quarter = 2 THEN actual END), 9007199254740991) AS integer) END,
  CASE WHEN count(CASE WHEN quarter = 2 THEN goal END) THEN cast(min(total(CASE WHEN quarter = 2 THEN goal END), 9007199254740991) AS integer) END,
  CASE WHEN count(CASE WHEN quarter = 2 THEN CASE WHEN goal IS NOT NULL THEN actual END END) THEN cast(min(total(CASE WHEN quarter = 2 THEN CASE WHEN goal IS NOT NULL THEN actual END END), 9007199254740991) AS integer) END,
  count(CASE WHEN quarter = 2 THEN 1 END),
  count(CASE WHEN quarter = 2 THEN goal END),
  CASE WHEN count(CASE WHEN quarter = 3 THEN actual END) THEN cast(min(total(CASE WHEN quarter = 3 THEN actual END), 9007199254740991) AS integer) END,
  CASE WHEN count(CASE WHEN quarter = 3 THEN goal END) THEN cast(min(total(CASE WHEN quarter = 3 THEN goal END), 9007199254740991) AS integer) END,
  CASE WHEN count(CASE WHEN quarter = 3 THEN CASE WHEN goal IS NOT NULL THEN actual END END) THEN cast(min(total(CASE WHEN quarter = 3 THEN CASE WHEN goal IS NOT NULL THEN actual END END), 9007199254740991) AS integer) END,
  count(CASE WHEN quarter = 3 THEN 1 END),
  count(CASE WHEN quarter = 3 THEN goal END)
  FROM (SELECT *, (time - hour) / 900 AS quarter FROM (SELECT r.*, r.time - (r.time % 3600 + 3600) % 3600 AS hour FROM `series` CROSS JOIN `readings` AS r ON r.series_pk = series.pk WHERE series.pk % 16 = 9 AND series.dropped_at IS NULL))
  GROUP BY series_pk, hour;--> statement-breakpoint
INSERT INTO `chunks` SELECT series_pk, hour, max(time), group_concat(time - hour, ',' ORDER BY time), group_concat(coalesce(actual, 'null'), ',' ORDER BY time), group_concat(coalesce(goal, 'null'), ',' ORDER BY time),
  CASE WHEN count(CASE WHEN quarter = 0 THEN actual END) THEN cast(min(total(CASE WHEN quarter = 0 THEN actual END), 9007199254740991) AS integer) END,
  CASE WHEN count(CASE WHEN quarter = 0 THEN goal END) THEN cast(min(total(CASE WHEN quarter = 0 THEN goal END), 9007199254740991) AS integer) END,
  CASE WHEN count(CASE WHEN quarter = 0 THEN CASE WHEN goal IS NOT NULL THEN actual END END) THEN cast(min(total(CASE WHEN quarter = 0 THEN CASE WHEN goal IS NOT NULL THEN actual END END), 9007199254740991) AS integer) END,
  count(CASE WHEN quarter = 0 THEN 1 END),
  count(CASE WHEN quarter = 0 THEN goal END),
  CASE WHEN count(CASE WHEN quarter = 1 THEN actual END) THEN cast(min(total(CASE WHEN quarter = 1 THEN actual END), 9007199254740991) AS integer) END,
  CASE WHEN count(CASE WHEN quarter = 1 THEN goal END) THEN cast(min(total(CASE WHEN quarter = 1 THEN goal END), 9007199254740991) AS integer) END,
  CASE WHEN count(CASE WHEN quarter = 1 THEN CASE WHEN goal IS NOT NULL THEN actual END END) THEN cast(min(total(CASE WHEN quarter = 1 THEN CASE WHEN goal IS NOT NULL THEN actual END END), 9007199254740991) AS integer) END,
  count(CASE WHEN quarter = 1 THEN 1 END),
  count(CASE WHEN quarter = 1 THEN goal END),
  CASE WHEN count(CASE WHEN quarter = 2 THEN actual END) THEN cast(min(total(CASE WHEN quarter = 2 THEN actual END), 9007199254740991) AS integer) END,
  CASE WHEN count(CASE WHEN quarter = 2 THEN goal END) THEN cast(min(total(CASE WHEN quarter = 2 THEN goal END), 9007199254740991) AS integer) END,
  CASE WHEN count(CASE WHEN quarter = 2 THEN CASE WHEN goal IS NOT NULL THEN actual END END) THEN cast(min(total(CASE WHEN quarter = 2 THEN CASE WHEN goal IS NOT NULL THEN actual END END), 9007199254740991) AS integer) END,
  count(CASE WHEN quarter = 2 THEN 1 END),
  count(CASE WHEN quarter = 2 THEN goal END),
  CASE WHEN count(CASE WHEN quarter = 3 THEN actual END) THEN cast(min(total(CASE WHEN quarter = 3 THEN actual END), 9007199254740991) AS integer) END,
  CASE WHEN count(CASE WHEN quarter = 3 THEN goal END) THEN cast(min(total(CASE WHEN quarter = 3 THEN goal END), 9007199254740991) AS integer) END,
  CASE WHEN count(CASE WHEN quarter = 3 THEN CASE WHEN goal IS NOT NULL THEN actual END END) THEN cast(min(total(CASE WHEN quarter = 3 THEN CASE WHEN goal IS NOT NULL THEN actual END END), 9007199254740991) AS integer) END,
  count(CASE WHEN quarter = 3 THEN 1 END),
  count(CASE WHEN quarter = 3 THEN goal END)
  FROM (SELECT *, (time - hour) / 900 AS quarter FROM (SELECT r.*, r.time - (r.time % 3600 + 3600) % 3600 AS hour FROM `series` CROSS JOIN `readings` AS r ON r.series_pk = series.pk WHERE series.pk % 16 = 10 AND series.dropped_at IS NULL))
  GROUP BY series_pk, hour;--> statement-breakpoint
INSERT INTO `chunks` SELECT series_pk, hour, max(time), group_concat(time - hour, ',' ORDER BY time), group_concat(coalesce(actual, 'null'), ',' ORDER BY time), group_concat(coalesce(goal, 'null'), ',' ORDER BY time),
  CASE WHEN count(CASE WHEN quarter = 0 THEN actual END) THEN cast(min(total(CASE WHEN quarter = 0 THEN actual END), 9007199254740991) AS integer) END,
  CASE WHEN count(CASE WHEN quarter = 0 THEN goal END) THEN cast(min(total(CASE WHEN quarter = 0 THEN goal END), 9007199254740991) AS integer) END,
  CASE WHEN count(CASE WHEN quarter = 0 THEN CASE WHEN goal IS NOT NULL THEN actual END END) THEN cast(min(total(CASE WHEN quarter = 0 THEN CASE WHEN goal IS NOT NULL THEN actual END END), 9007199254740991) AS integer) END,
  count(CASE WHEN quarter = 0 THEN 1 END),
  count(CASE WHEN quarter = 0 THEN goal END),
  CASE WHEN count(CASE WHEN quarter = 1 THEN actual END) THEN cast(min(total(CASE WHEN quarter = 1 THEN actual END), 9007199254740991) AS integer) END,
  CASE WHEN count(CASE WHEN quarter = 1 THEN goal END) THEN cast(min(total(CASE WHEN quarter = 1 THEN goal END), 9007199254740991) AS integer) END,
  CASE WHEN count(CASE WHEN quarter = 1 THEN CASE WHEN goal IS NOT NULL THEN actual END END) THEN cast(min(total(CASE WHEN quarter = 1 THEN CASE WHEN goal IS NOT NULL THEN actual END END), 9007199254740991) AS integer) END,
  count(CASE WHEN quarter = 1 THEN 1 END),
  count(CASE WHEN quarter = 1 THEN goal END),
  CASE WHEN count(CASE WHEN quarter = 2 THEN actual END) THEN cast(min(total(CASE WHEN quarter = 2 THEN actual END), 9007199254740991) AS integer) END,
  CASE WHEN count(CASE WHEN quarter = 2 THEN goal END) THEN cast(min(total(CASE WHEN quarter = 2 THEN goal END), 9007199254740991) AS integer) END,
  CASE WHEN count(CASE WHEN quarter = 2 THEN CASE WHEN goal IS NOT NULL THEN actual END END) THEN cast(min(total(CASE WHEN quarter = 2 THEN CASE WHEN goal IS NOT NULL THEN actual END END), 9007199254740991) AS integer) END,
  count(CASE WHEN quarter = 2 THEN 1 END),
  count(CASE WHEN quarter = 2 THEN goal END),
  CASE WHEN count(CASE WHEN quarter = 3 THEN actual END) THEN cast(min(total(CASE WHEN quarter = 3 THEN actual END), 9007199254740991) AS integer) END,
  CASE WHEN count(CASE WHEN quarter = 3 THEN goal END) THEN cast(min(total(CASE WHEN quarter = 3 THEN goal END), 9007199254740991) AS integer) END,
  CASE WHEN count(CASE WHEN quarter = 3 THEN CASE WHEN goal IS NOT NULL THEN actual END END) THEN cast(min(total(CASE WHEN quarter = 3 THEN CASE WHEN goal IS NOT NULL THEN actual END END), 9007199254740991) AS integer) END,
  count(CASE WHEN quarter = 3 THEN 1 END),
  count(CASE WHEN quarter = 3 THEN goal END)
  FROM (SELECT *, (time - hour) / 900 AS quarter FROM (SELECT r.*, r.time - (r.time % 3600 + 3600) % 3600 AS hour FROM `series` CROSS JOIN `readings` AS r ON r.series_pk = series.pk WHERE series.pk % 16 = 11 AND series.dropped_at IS NULL))
  GROUP BY series_pk, hour;--> statement-breakpoint
INSERT INTO `chunks` SELECT series_pk, hour, max(time), group_concat(time - hour, ',' ORDER BY time), group_concat(coalesce(actual, 'null'), ',' ORDER BY time), group_concat(coalesce(goal, 'null'), ',' ORDER BY time),
  CASE WHEN count(CASE WHEN quarter = 0 THEN actual END) THEN cast(min(total(CASE WHEN quarter = 0 THEN actual END), 9007199254740991) AS integer) END,
  CASE WHEN count(CASE WHEN quarter = 0 THEN goal END) THEN cast(min(total(CASE WHEN quarter = 0 THEN goal END), 9007199254740991) AS integer) END,
  CASE WHEN count(CASE WHEN quarter = 0 THEN CASE WHEN goal IS NOT NULL THEN actual END END) THEN cast(min(total(CASE WHEN quarter = 0 THEN CASE WHEN goal IS NOT NULL THEN actual END END), 9007199254740991) AS integer) END,
  count(CASE WHEN quarter = 0 THEN 1 END),
  count(CASE WHEN quarter = 0 THEN goal END),
  CASE WHEN count(CASE WHEN quarter = 1 THEN actual END) THEN cast(min(total(CASE WHEN quarter = 1 THEN actual END), 9007199254740991) AS integer) END,
  CASE WHEN count(CASE WHEN quarter = 1 THEN goal END) THEN cast(min(total(CASE WHEN quarter = 1 THEN goal END), 9007199254740991) AS integer) END,
  CASE WHEN count(CASE WHEN quarter = 1 THEN CASE WHEN goal IS NOT NULL THEN actual END END) THEN cast(min(total(CASE WHEN quarter = 1 THEN CASE WHEN goal IS NOT NULL THEN actual END END), 9007199254740991) AS integer) END,
  count(CASE WHEN quarter = 1 THEN 1 END),
  count(CASE WHEN quarter = 1 THEN goal END),
  CASE WHEN count(CASE WHEN quarter = 2 THEN actual END) THEN cast(min(total(CASE WHEN quarter = 2 THEN actual END), 9007199254740991) AS integer) END,
  CASE WHEN count(CASE WHEN quarter = 2 THEN goal END) THEN cast(min(total(CASE WHEN quarter = 2 THEN goal END), 9007199254740991) AS integer) END,
  CASE WHEN count(CASE WHEN quarter = 2 THEN CASE WHEN goal IS NOT NULL THEN actual END END) THEN cast(min(total(CASE WHEN quarter = 2 THEN CASE WHEN goal IS NOT NULL THEN actual END END), 9007199254740991) AS integer) END,
  count(CASE WHEN quarter = 2 THEN 1 END),
  count(CASE WHEN quarter = 2 THEN goal END),
  CASE WHEN count(CASE WHEN quarter = 3 THEN actual END) THEN cast(min(total(CASE WHEN quarter = 3 THEN actual END), 9007199254740991) AS integer) END,
  CASE WHEN count(CASE WHEN quarter = 3 THEN goal END) THEN cast(min(total(CASE WHEN quarter = 3 THEN goal END), 9007199254740991) AS integer) END,
  CASE WHEN count(CASE WHEN quarter = 3 THEN CASE WHEN goal IS NOT NULL THEN actual END END) THEN cast(min(total(CASE WHEN quarter = 3 THEN CASE WHEN goal IS NOT NULL THEN actual END END), 9007199254740991) AS integer) END,
  count(CASE WHEN quarter = 3 THEN 1 END),
  count(CASE WHEN quarter = 3 THEN goal END)
  FROM (SELECT *, (time - hour) / 900 AS quarter FROM (SELECT r.*, r.time - (r.time % 3600 + 3600) % 3600 AS hour FROM `series` CROSS JOIN `readings` AS r ON r.series_pk = series.pk WHERE series.pk % 16 = 12 AND series.dropped_at IS NULL))
  GROUP BY series_pk, hour;--> statement-breakpoint
INSERT INTO `chunks` SELECT series_pk, hour, max(time), group_concat(time - hour, ',' ORDER BY time), group_concat(coalesce(actual, 'null'), ',' ORDER BY time), group_concat(coalesce(goal, 'null'), ',' ORDER BY time),
  CASE WHEN count(CASE WHEN quarter = 0 THEN actual END) THEN cast(min(total(CASE WHEN quarter = 0 THEN actual END), 9007199254740991) AS integer) END,
  CASE WHEN count(CASE WHEN quarter = 0 THEN goal END) THEN cast(min(total(CASE WHEN quarter = 0 THEN goal END), 9007199254740991) AS integer) END,
  CASE WHEN count(CASE WHEN quarter = 0 THEN CASE WHEN goal IS NOT NULL THEN actual END END) THEN cast(min(total(CASE WHEN quarter = 0 THEN CASE WHEN goal IS NOT NULL THEN actual END END), 9007199254740991) AS integer) END,
  count(CASE WHEN quarter = 0 THEN 1 END),
  count(CASE WHEN quarter = 0 THEN goal END),
  CASE WHEN count(CASE WHEN quarter = 1 THEN actual END) THEN cast(min(total(CASE WHEN quarter = 1 THEN actual END), 9007199254740991) AS integer) END,
  CASE WHEN count(CASE WHEN quarter = 1 THEN goal END) THEN cast(min(total(CASE WHEN quarter = 1 THEN goal END), 9007199254740991) AS integer) END,
  CASE WHEN count(CASE WHEN quarter = 1 THEN CASE WHEN goal IS NOT NULL THEN actual END END) THEN cast(min(total(CASE WHEN quarter = 1 THEN CASE WHEN goal IS NOT NULL THEN actual END END), 9007199254740991) AS integer) END,
  count(CASE WHEN quarter = 1 THEN 1 END),
  count(CASE WHEN quarter = 1 THEN goal END),
  CASE WHEN count(CASE WHEN quarter = 2 THEN actual END) THEN cast(min(total(CASE WHEN quarter = 2 THEN actual END), 9007199254740991) AS integer) END,
  CASE WHEN count(CASE WHEN quarter = 2 THEN goal END) THEN cast(min(total(CASE WHEN quarter = 2 THEN goal END), 9007199254740991) AS integer) END,
  CASE WHEN count(CASE WHEN quarter = 2 THEN CASE WHEN goal IS NOT NULL THEN actual END END) THEN cast(min(total(CASE WHEN quarter = 2 THEN CASE WHEN goal IS NOT NULL THEN actual END END), 9007199254740991) AS integer) END,
  count(CASE WHEN quarter = 2 THEN 1 END),
  count(CASE WHEN quarter = 2 THEN goal END),
  CASE WHEN count(CASE WHEN quarter = 3 THEN actual END) THEN cast(min(total(CASE WHEN quarter = 3 THEN actual END), 9007199254740991) AS integer) END,
  CASE WHEN count(CASE WHEN quarter = 3 THEN goal END) THEN cast(min(total(CASE WHEN quarter = 3 THEN goal END), 9007199254740991) AS integer) END,
  CASE WHEN count(CASE WHEN quarter = 3 THEN CASE WHEN goal IS NOT NULL THEN actual END END) THEN cast(min(total(CASE WHEN quarter = 3 THEN CASE WHEN goal IS NOT NULL THEN actual END END), 9007199254740991) AS integer) END,
  count(CASE WHEN quarter = 3 THEN 1 END),
  count(CASE WHEN quarter = 3 THEN goal END)
  FROM (SELECT *, (time - hour) / 900 AS quarter FROM (SELECT r.*, r.time - (r.time % 3600 + 3600) % 3600 AS hour FROM `series` CROSS JOIN `readings` AS r ON r.series_pk = series.pk WHERE series.pk % 16 = 13 AND series.dropped_at IS NULL))
  GROUP BY series_pk, hour;--> statement-breakpoint
INSERT INTO `chunks` SELECT series_pk, hour, max(time), group_concat(time - hour, ',' ORDER BY time), group_concat(coalesce(actual, 'null'), ',' ORDER BY time), group_concat(coalesce(goal, 'null'), ',' ORDER BY time),
  CASE WHEN count(CASE WHEN quarter = 0 THEN actual END) THEN cast(min(total(CASE WHEN quarter = 0 THEN actual END), 9007199254740991) AS integer) END,
  CASE WHEN count(CASE WHEN quarter = 0 THEN goal END) THEN cast(min(total(CASE WHEN quarter = 0 THEN goal END), 9007199254740991) AS integer) END,
  CASE WHEN count(CASE WHEN quarter = 0 THEN CASE WHEN goal IS NOT NULL THEN actual END END) THEN cast(min(total(CASE WHEN quarter = 0 THEN CASE WHEN goal IS NOT NULL THEN actual END END), 9007199254740991) AS integer) END,
  count(CASE WHEN quarter = 0 THEN 1 END),
  count(CASE WHEN quarter = 0 THEN goal END),
  CASE WHEN count(CASE WHEN quarter = 1 THEN actual END) THEN cast(min(total(CASE WHEN quarter = 1 THEN actual END), 9007199254740991) AS integer) END,
  CASE WHEN count(CASE WHEN quarter = 1 THEN goal END) THEN cast(min(total(CASE WHEN quarter = 1 THEN goal END), 9007199254740991) AS integer) END,
  CASE WHEN count(CASE WHEN quarter = 1 THEN CASE WHEN goal IS NOT NULL THEN actual END END) THEN cast(min(total(CASE WHEN quarter = 1 THEN CASE WHEN goal IS NOT NULL THEN actual END END), 9007199254740991) AS integer) END,
  count(CASE WHEN quarter = 1 THEN 1 END),
  count(CASE WHEN quarter = 1 THEN goal END),
  CASE WHEN count(CASE WHEN quarter = 2 THEN actual END) THEN cast(min(total(CASE WHEN quarter = 2 THEN actual END), 9007199254740991) AS integer) END,
  CASE WHEN count(CASE WHEN quarter = 2 THEN goal END) THEN cast(min(total(CASE WHEN quarter = 2 THEN goal END), 9007199254740991) AS integer) END,
  CASE WHEN count(CASE WHEN quarter = 2 THEN CASE WHEN goal IS NOT NULL THEN actual END END) THEN cast(min(total(CASE WHEN quarter = 2 THEN CASE WHEN goal IS NOT NULL THEN actual END END), 9007199254740991) AS integer) END,
  count(CASE WHEN quarter = 2 THEN 1 END),
  count(CASE WHEN quarter = 2 THEN goal END),
  CASE WHEN count(CASE WHEN quarter = 3 THEN actual END) THEN cast(min(total(CASE WHEN quarter = 3 THEN actual END), 9007199254740991) AS integer) END,
  CASE WHEN count(CASE WHEN quarter = 3 THEN goal END) THEN cast(min(total(CASE WHEN quarter = 3 THEN goal END), 9007199254740991) AS integer) END,
  CASE WHEN count(CASE WHEN quarter = 3 THEN CASE WHEN goal IS NOT NULL THEN actual END END) THEN cast(min(total(CASE WHEN quarter = 3 THEN CASE WHEN goal IS NOT NULL THEN actual END END), 9007199254740991) AS integer) END,
  count(CASE WHEN quarter = 3 THEN 1 END),
  count(CASE WHEN quarter = 3 THEN goal END)
  FROM (SELECT *, (time - hour) / 900 AS quarter FROM (SELECT r.*, r.time - (r.time % 3600 + 3600) % 3600 AS hour FROM `series` CROSS JOIN `readings` AS r ON r.series_pk = series.pk WHERE series.pk % 16 = 14 AND series.dropped_at IS NULL))
  GROUP BY series_pk, hour;--> statement-breakpoint
INSERT INTO `chunks` SELECT series_pk, hour, max(time), group_concat(time - hour, ',' ORDER BY time), group_concat(coalesce(actual, 'null'), ',' ORDER BY time), group_concat(coalesce(goal, 'null'), ',' ORDER BY time),
  CASE WHEN count(CASE WHEN quarter = 0 THEN actual END) THEN cast(min(total(CASE WHEN quarter = 0 THEN actual END), 9007199254740991) AS integer) END,
  CASE WHEN count(CASE WHEN quarter = 0 THEN goal END) THEN cast(min(total(CASE WHEN quarter = 0 THEN goal END), 9007199254740991) AS integer) END,
  CASE WHEN count(CASE WHEN quarter = 0 THEN CASE WHEN goal IS NOT NULL THEN actual END END) THEN cast(min(total(CASE WHEN quarter = 0 THEN CASE WHEN goal IS NOT NULL THEN actual END END), 9007199254740991) AS integer) END,
  count(CASE WHEN quarter = 0 THEN 1 END),
  count(CASE WHEN quarter = 0 THEN goal END),
  CASE WHEN count(CASE WHEN quarter = 1 THEN actual END) THEN cast(min(total(CASE WHEN quarter = 1 THEN actual END), 9007199254740991) AS integer) END,
  CASE WHEN count(CASE WHEN quarter = 1 THEN goal END) THEN cast(min(total(CASE WHEN quarter = 1 THEN goal END), 9007199254740991) AS integer) END,
  CASE WHEN count(CASE WHEN quarter = 1 THEN CASE WHEN goal IS NOT NULL THEN actual END END) THEN cast(min(total(CASE WHEN quarter = 1 THEN CASE WHEN goal IS NOT NULL THEN actual END END), 9007199254740991) AS integer) END,
  count(CASE WHEN quarter = 1 THEN 1 END),
  count(CASE WHEN quarter = 1 THEN goal END),
  CASE WHEN count(CASE WHEN quarter = 2 THEN actual END) THEN cast(min(total(CASE WHEN quarter = 2 THEN actual END), 9007199254740991) AS integer) END,
  CASE WHEN count(CASE WHEN quarter = 2 THEN goal END) THEN cast(min(total(CASE WHEN quarter = 2 THEN goal END), 9007199254740991) AS integer) END,
  CASE WHEN count(CASE WHEN quarter = 2 THEN CASE WHEN goal IS NOT NULL THEN actual END END) THEN cast(min(total(CASE WHEN quarter = 2 THEN CASE WHEN goal IS NOT NULL THEN actual END END), 9007199254740991) AS integer) END,
  count(CASE WHEN quarter = 2 THEN 1 END),
  count(CASE WHEN quarter = 2 THEN goal END),
  CASE WHEN count(CASE WHEN quarter = 3 THEN actual END) THEN cast(min(total(CASE WHEN quarter = 3 THEN actual END), 9007199254740991) AS integer) END,
  CASE WHEN count(CASE WHEN quarter = 3 THEN goal END) THEN cast(min(total(CASE WHEN quarter = 3 THEN goal END), 9007199254740991) AS integer) END,
  CASE WHEN count(CASE WHEN quarter = 3 THEN CASE WHEN goal IS NOT NULL THEN actual END END) THEN cast(min(total(CASE WHEN quarter = 3 THEN CASE WHEN goal IS NOT NULL THEN actual END END), 9007199254740991) AS integer) END,
  count(CASE WHEN quarter = 3 THEN 1 END),
  count(CASE WHEN quarter = 3 THEN goal END)
  FROM (SELECT *, (time - hour) / 900 AS quarter FROM (SELECT r.*, r.time - (r.time % 3600 + 3600) % 3600 AS hour FROM `series` CROSS JOIN `readings` AS r ON r.series_pk = series.pk WHERE series.pk % 16 = 15 AND series.dropped_at IS NULL))
  GROUP BY series_pk, hour;--> statement-breakpoint
-- Of trimmed readings only the sums of hours remain. Each becomes the sum of the first whole quarter of its hour.
INSERT INTO `chunks` SELECT series_pk, hour, hour + 3599, NULL, NULL, NULL,
  CASE WHEN count(CASE WHEN quarter = 0 THEN actual END) THEN cast(min(total(CASE WHEN quarter = 0 THEN actual END), 9007199254740991) AS integer) END,
  CASE WHEN count(CASE WHEN quarter = 0 THEN goal END) THEN cast(min(total(CASE WHEN quarter = 0 THEN goal END), 9007199254740991) AS integer) END,
  CASE WHEN count(CASE WHEN quarter = 0 THEN compared END) THEN cast(min(total(CASE WHEN quarter = 0 THEN compared END), 9007199254740991) AS integer) END,
  coalesce(sum(CASE WHEN quarter = 0 THEN readings END), 0),
  coalesce(sum(CASE WHEN quarter = 0 THEN goal_readings END), 0),
  CASE WHEN count(CASE WHEN quarter = 1 THEN actual END) THEN cast(min(total(CASE WHEN quarter = 1 THEN actual END), 9007199254740991) AS integer) END,
  CASE WHEN count(CASE WHEN quarter = 1 THEN goal END) THEN cast(min(total(CASE WHEN quarter = 1 THEN goal END), 9007199254740991) AS integer) END,
  CASE WHEN count(CASE WHEN quarter = 1 THEN compared END) THEN cast(min(total(CASE WHEN quarter = 1 THEN compared END), 9007199254740991) AS integer) END,
  coalesce(sum(CASE WHEN quarter = 1 THEN readings END), 0),
  coalesce(sum(CASE WHEN quarter = 1 THEN goal_readings END), 0),
  CASE WHEN count(CASE WHEN quarter = 2 THEN actual END) THEN cast(min(total(CASE WHEN quarter = 2 THEN actual END), 9007199254740991) AS integer) END,
  CASE WHEN count(CASE WHEN quarter = 2 THEN goal END) THEN cast(min(total(CASE WHEN quarter = 2 THEN goal END), 9007199254740991) AS integer) END,
  CASE WHEN count(CASE WHEN quarter = 2 THEN compared END) THEN cast(min(total(CASE WHEN quarter = 2 THEN compared END), 9007199254740991) AS integer) END,
  coalesce(sum(CASE WHEN quarter = 2 THEN readings END), 0),
  coalesce(sum(CASE WHEN quarter = 2 THEN goal_readings END), 0),
  CASE WHEN count(CASE WHEN quarter = 3 THEN actual END) THEN cast(min(total(CASE WHEN quarter = 3 THEN actual END), 9007199254740991) AS integer) END,
  CASE WHEN count(CASE WHEN quarter = 3 THEN goal END) THEN cast(min(total(CASE WHEN quarter = 3 THEN goal END), 9007199254740991) AS integer) END,
  CASE WHEN count(CASE WHEN quarter = 3 THEN compared END) THEN cast(min(total(CASE WHEN quarter = 3 THEN compared END), 9007199254740991) AS integer) END,
  coalesce(sum(CASE WHEN quarter = 3 THEN readings END), 0),
  coalesce(sum(CASE WHEN quarter = 3 THEN goal_readings END), 0)
  FROM (SELECT *, at - (at % 3600 + 3600) % 3600 AS hour, (at % 3600 + 3600) % 3600 / 900 AS quarter
    FROM (SELECT series.pk AS series_pk, h.*, h.start + (900 - (h.start % 900 + 900) % 900) % 900 AS at FROM `series` JOIN `hourly_rollups` AS h ON h.rollup_pk = series.rollup_pk AND h.start < series.trimmed_before
      WHERE series.dropped_at IS NULL))
  WHERE true GROUP BY series_pk, hour ON CONFLICT DO NOTHING;--> statement-breakpoint
-- The days that the previous release has summed, without the newest one. The rows of a zone that is being built are not among them.
INSERT INTO `daily_sums` SELECT series.pk, d.start, d.actual, d.goal, d.compared, d.readings, d.goal_readings
  FROM `series` JOIN `daily_rollups` AS d ON d.rollup_pk = series.rollup_pk WHERE series.dropped_at IS NULL
  AND d.start < (SELECT max(start) FROM `daily_rollups` WHERE rollup_pk = d.rollup_pk);--> statement-breakpoint
-- Days are summed in the zone of the factory. It may be stored under another spelling, or not yet. Cron renews every zone, and with -1
-- sums the days of its factories again.
INSERT INTO `time_zone_offsets` (time_zone, start, until, offset, day, next_day)
  SELECT DISTINCT f.time_zone, z.start, z.until, z.offset, z.day, z.next_day FROM `factories` AS f JOIN `series` AS s ON s.pk = f.series_pk
  JOIN `rollups` AS r ON r.pk = s.rollup_pk JOIN `time_zone_offsets` AS z ON z.time_zone = r.time_zone
  WHERE NOT EXISTS (SELECT 1 FROM `time_zone_offsets` WHERE time_zone = f.time_zone);--> statement-breakpoint
INSERT INTO `time_zone_offsets` (time_zone, start, until, offset, day, next_day)
  SELECT DISTINCT time_zone, -9007199254740991, 9007199254740991, 0, -9007199254740991, -9007199254740991 FROM `factories`
  WHERE NOT EXISTS (SELECT 1 FROM `time_zone_offsets` WHERE time_zone = factories.time_zone);--> statement-breakpoint
UPDATE `time_zone_offsets` SET `renew` = CASE WHEN time_zone IN (SELECT f.time_zone FROM `factories` AS f JOIN `series` AS s ON s.pk = f.series_pk
  LEFT JOIN `rollups` AS r ON r.pk = s.rollup_pk WHERE r.time_zone IS NOT f.time_zone) THEN -1 ELSE 1 END;--> statement-breakpoint
DROP TABLE `readings`;--> statement-breakpoint
DROP TABLE `rollups`;--> statement-breakpoint
DROP TABLE `hourly_rollups`;--> statement-breakpoint
DROP TABLE `daily_rollups`;--> statement-breakpoint
DROP INDEX `time_zone_offsets_renew`;--> statement-breakpoint
ALTER TABLE `series` DROP COLUMN `rollup_pk`;--> statement-breakpoint
ALTER TABLE `series` DROP COLUMN `latest_time`;--> statement-breakpoint
ALTER TABLE `series` DROP COLUMN `latest_actual`;--> statement-breakpoint
ALTER TABLE `series` DROP COLUMN `latest_goal`;--> statement-breakpoint
ALTER TABLE `series` DROP COLUMN `day_actual`;--> statement-breakpoint
ALTER TABLE `series` DROP COLUMN `day_goal`;--> statement-breakpoint
ALTER TABLE `series` DROP COLUMN `day_compared`;--> statement-breakpoint
ALTER TABLE `series` DROP COLUMN `day_readings`;--> statement-breakpoint
ALTER TABLE `series` DROP COLUMN `day_goal_readings`;--> statement-breakpoint
ALTER TABLE `time_zone_offsets` ADD `aligned_from` integer;--> statement-breakpoint
CREATE INDEX `factories_time_zone` ON `factories` (`time_zone`);--> statement-breakpoint
CREATE INDEX `time_zone_offsets_renew` ON `time_zone_offsets` (`time_zone`) WHERE renew <> 0;
