-- Silence of exactly 15 minutes may be a time without data too, which migration 0016 left out. A view states the states of a chunk once
-- for the statements below, which write only chunks with such silence.
CREATE VIEW `found_states` AS SELECT series_pk, start, (
  WITH reading AS (SELECT max(CASE part.key WHEN 0 THEN item.value END) AS time, max(CASE part.key WHEN 1 THEN item.value END) AS actual
    FROM json_each('[[' || chunks.times || '],[' || chunks.actual || ']]') AS part CROSS JOIN json_each(part.value) AS item GROUP BY item.key),
  compared AS (SELECT *, lag(time) OVER known AS before_time, lag(actual > 0) OVER known AS before_state
    FROM reading WHERE actual IS NOT NULL WINDOW known AS (ORDER BY time)),
  marked AS (SELECT *, coalesce(time - before_time >= 900, 0) AS is_gap FROM compared
    WHERE before_time IS NULL OR time - before_time >= 900 OR (actual > 0) <> before_state),
  measured AS (SELECT *, coalesce(actual = 0 AND NOT is_gap AND before_time IS NOT NULL
    AND lead(time) OVER changes - time < 60 AND NOT lead(is_gap) OVER changes, 0) AS is_short
    FROM marked WINDOW changes AS (ORDER BY time)),
  kept AS (SELECT *, NOT is_short AND NOT coalesce(lag(is_short) OVER (ORDER BY time), 0) AS is_kept FROM measured)
  SELECT '[' || (SELECT count(*) FROM compared) || ','
    || group_concat(CASE WHEN is_gap THEN before_time || ',2,' ELSE '' END || time || ',' || (actual > 0), ',' ORDER BY time)
    || ',' || (SELECT max(time) FROM compared) || ']' FROM kept WHERE is_kept) AS states
  FROM chunks WHERE states <> '[0]' AND times IS NOT NULL;
--> statement-breakpoint
-- D1 ends a statement after 30 s, so each statement updates a part of the series.
UPDATE `chunks` SET `states` = found.states FROM found_states AS found
  WHERE found.series_pk = chunks.series_pk AND found.start = chunks.start AND found.states <> chunks.states AND found.series_pk % 16 = 0;
--> statement-breakpoint
UPDATE `chunks` SET `states` = found.states FROM found_states AS found
  WHERE found.series_pk = chunks.series_pk AND found.start = chunks.start AND found.states <> chunks.states AND found.series_pk % 16 = 1;
--> statement-breakpoint
UPDATE `chunks` SET `states` = found.states FROM found_states AS found
  WHERE found.series_pk = chunks.series_pk AND found.start = chunks.start AND found.states <> chunks.states AND found.series_pk % 16 = 2;
--> statement-breakpoint
UPDATE `chunks` SET `states` = found.states FROM found_states AS found
  WHERE found.series_pk = chunks.series_pk AND found.start = chunks.start AND found.states <> chunks.states AND found.series_pk % 16 = 3;
--> statement-breakpoint
UPDATE `chunks` SET `states` = found.states FROM found_states AS found
  WHERE found.series_pk = chunks.series_pk AND found.start = chunks.start AND found.states <> chunks.states AND found.series_pk % 16 = 4;
--> statement-breakpoint
UPDATE `chunks` SET `states` = found.states FROM found_states AS found
  WHERE found.series_pk = chunks.series_pk AND found.start = chunks.start AND found.states <> chunks.states AND found.series_pk % 16 = 5;
--> statement-breakpoint
UPDATE `chunks` SET `states` = found.states FROM found_states AS found
  WHERE found.series_pk = chunks.series_pk AND found.start = chunks.start AND found.states <> chunks.states AND found.series_pk % 16 = 6;
--> statement-breakpoint
UPDATE `chunks` SET `states` = found.states FROM found_states AS found
  WHERE found.series_pk = chunks.series_pk AND found.start = chunks.start AND found.states <> chunks.states AND found.series_pk % 16 = 7;
--> statement-breakpoint
UPDATE `chunks` SET `states` = found.states FROM found_states AS found
  WHERE found.series_pk = chunks.series_pk AND found.start = chunks.start AND found.states <> chunks.states AND found.series_pk % 16 = 8;
--> statement-breakpoint
UPDATE `chunks` SET `states` = found.states FROM found_states AS found
  WHERE found.series_pk = chunks.series_pk AND found.start = chunks.start AND found.states <> chunks.states AND found.series_pk % 16 = 9;
--> statement-breakpoint
UPDATE `chunks` SET `states` = found.states FROM found_states AS found
  WHERE found.series_pk = chunks.series_pk AND found.start = chunks.start AND found.states <> chunks.states AND found.series_pk % 16 = 10;
--> statement-breakpoint
UPDATE `chunks` SET `states` = found.states FROM found_states AS found
  WHERE found.series_pk = chunks.series_pk AND found.start = chunks.start AND found.states <> chunks.states AND found.series_pk % 16 = 11;
--> statement-breakpoint
UPDATE `chunks` SET `states` = found.states FROM found_states AS found
  WHERE found.series_pk = chunks.series_pk AND found.start = chunks.start AND found.states <> chunks.states AND found.series_pk % 16 = 12;
--> statement-breakpoint
UPDATE `chunks` SET `states` = found.states FROM found_states AS found
  WHERE found.series_pk = chunks.series_pk AND found.start = chunks.start AND found.states <> chunks.states AND found.series_pk % 16 = 13;
--> statement-breakpoint
UPDATE `chunks` SET `states` = found.states FROM found_states AS found
  WHERE found.series_pk = chunks.series_pk AND found.start = chunks.start AND found.states <> chunks.states AND found.series_pk % 16 = 14;
--> statement-breakpoint
UPDATE `chunks` SET `states` = found.states FROM found_states AS found
  WHERE found.series_pk = chunks.series_pk AND found.start = chunks.start AND found.states <> chunks.states AND found.series_pk % 16 = 15;
--> statement-breakpoint
DROP VIEW `found_states`;
