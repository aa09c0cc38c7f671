-- SPDX-License-Identifier: MIT

-- name: measure_put
INSERT INTO measure(domain, guid, attribute, n, is_new) VALUES (:domain, :guid, :attribute, :n, 1)
ON CONFLICT(domain, guid, attribute) DO UPDATE SET is_new = is_new OR abs(n) <> excluded.n, n = excluded.n WHERE n <> excluded.n;

-- It has few now, and may have had many.
-- name: measure_drop
UPDATE measure SET n = 0, is_new = 1 WHERE domain = :domain AND guid = :guid AND attribute = :attribute AND n <> 0;

-- A survey of all objects: what it has not seen by its end is no longer so.
-- name: measure_begin_survey
UPDATE measure SET n = -n WHERE domain = :domain AND attribute = :attribute AND n > 0;

-- name: measure_end_survey
UPDATE measure SET n = 0, is_new = 1 WHERE domain = :domain AND attribute = :attribute AND n < 0;

-- name: measure_get
SELECT n FROM measure WHERE domain = :domain AND guid = :guid AND attribute = :attribute AND n > 0;

-- name: measure_of
SELECT attribute, n FROM measure WHERE domain = :domain AND guid = :guid AND n > 0;

-- name: measure_any
SELECT EXISTS(SELECT 1 FROM measure WHERE n > 0) AS found;

-- name: measure_news
SELECT DISTINCT guid FROM measure INDEXED BY measure_of_news WHERE domain = :domain AND is_new = 1;

-- name: measure_settle
UPDATE measure SET is_new = 0 WHERE domain = :domain AND is_new = 1;

-- name: measure_sweep
DELETE FROM measure WHERE domain = :domain AND n = 0 AND is_new = 0;

-- name: measure_forget
DELETE FROM measure WHERE domain = :domain AND guid = :guid;

-- name: measure_counted
SELECT counted_epoch, counted_usn, counted_least FROM domain WHERE id = :domain;

-- name: measure_set_counted
UPDATE domain SET counted_epoch = :epoch, counted_usn = :usn, counted_least = :least WHERE id = :domain;

-- Some of those who arrive.
-- name: survey_sample
SELECT id FROM object WHERE id BETWEEN :first AND :last AND in_scope = 1 AND excluded = 0 AND deleted_at IS NULL AND kind IN (:user, :inetorgperson)
LIMIT :most;
