ALTER TABLE `chunks` ADD `states` text DEFAULT '[0]' NOT NULL;
--> statement-breakpoint
-- Finds the states of the readings of a chunk that is updated. A trigger states this once for the statements below.
CREATE TRIGGER `find_states` AFTER UPDATE OF `last` ON `chunks` BEGIN
  UPDATE `chunks` SET `states` = (
    WITH reading AS (SELECT max(CASE part.key WHEN 0 THEN item.value END) AS time, max(CASE part.key WHEN 1 THEN item.value END) AS actual
      FROM json_each('[[' || new.times || '],[' || new.actual || ']]') AS part CROSS JOIN json_each(part.value) AS item GROUP BY item.key),
    compared AS (SELECT *, lag(time) OVER known AS before_time, lag(actual > 0) OVER known AS before_state
      FROM reading WHERE actual IS NOT NULL WINDOW known AS (ORDER BY time)),
    marked AS (SELECT *, coalesce(time - before_time > 900, 0) AS is_gap FROM compared
      WHERE before_time IS NULL OR time - before_time > 900 OR (actual > 0) <> before_state),
    measured AS (SELECT *, coalesce(actual = 0 AND NOT is_gap AND before_time IS NOT NULL
      AND lead(time) OVER changes - time < 60 AND NOT lead(is_gap) OVER changes, 0) AS is_short
      FROM marked WINDOW changes AS (ORDER BY time)),
    kept AS (SELECT *, NOT is_short AND NOT coalesce(lag(is_short) OVER (ORDER BY time), 0) AS is_kept FROM measured)
    SELECT coalesce('[' || (SELECT count(*) FROM compared) || ','
      || group_concat(CASE WHEN is_gap THEN before_time || ',2,' ELSE '' END || time || ',' || (actual > 0), ',' ORDER BY time)
      || ',' || (SELECT max(time) FROM compared) || ']', '[0]') FROM kept WHERE is_kept)
  WHERE series_pk = new.series_pk AND start = new.start;
END;
--> statement-breakpoint
-- D1 ends a statement after 30 s, so each statement updates a part of the series.
UPDATE `chunks` SET `last` = `last` WHERE times IS NOT NULL AND series_pk % 16 = 0;
--> statement-breakpoint
UPDATE `chunks` SET `last` = `last` WHERE times IS NOT NULL AND series_pk % 16 = 1;
--> statement-breakpoint
UPDATE `chunks` SET `last` = `last` WHERE times IS NOT NULL AND series_pk % 16 = 2;
--> statement-breakpoint
UPDATE `chunks` SET `last` = `last` WHERE times IS NOT NULL AND series_pk % 16 = 3;
--> statement-breakpoint
UPDATE `chunks` SET `last` = `last` WHERE times IS NOT NULL AND series_pk % 16 = 4;
--> statement-breakpoint
UPDATE `chunks` SET `last` = `last` WHERE times IS NOT NULL AND series_pk % 16 = 5;
--> statement-breakpoint
UPDATE `chunks` SET `last` = `last` WHERE times IS NOT NULL AND series_pk % 16 = 6;
--> statement-breakpoint
UPDATE `chunks` SET `last` = `last` WHERE times IS NOT NULL AND series_pk % 16 = 7;
--> statement-breakpoint
UPDATE `chunks` SET `last` = `last` WHERE times IS NOT NULL AND series_pk % 16 = 8;
--> statement-breakpoint
UPDATE `chunks` SET `last` = `last` WHERE times IS NOT NULL AND series_pk % 16 = 9;
--> statement-breakpoint
UPDATE `chunks` SET `last` = `last` WHERE times IS NOT NULL AND series_pk % 16 = 10;
--> statement-breakpoint
UPDATE `chunks` SET `last` = `last` WHERE times IS NOT NULL AND series_pk % 16 = 11;
--> statement-breakpoint
UPDATE `chunks` SET `last` = `last` WHERE times IS NOT NULL AND series_pk % 16 = 12;
--> statement-breakpoint
UPDATE `chunks` SET `last` = `last` WHERE times IS NOT NULL AND series_pk % 16 = 13;
--> statement-breakpoint
UPDATE `chunks` SET `last` = `last` WHERE times IS NOT NULL AND series_pk % 16 = 14;
--> statement-breakpoint
UPDATE `chunks` SET `last` = `last` WHERE times IS NOT NULL AND series_pk % 16 = 15;
--> statement-breakpoint
DROP TRIGGER `find_states`;
