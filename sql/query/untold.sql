-- SPDX-License-Identifier: MIT

-- name: untold_insert
INSERT OR IGNORE INTO untold SELECT * FROM object WHERE id = :id;

-- name: untold_delete
DELETE FROM untold WHERE id = :id;

-- The columns of the two are the same: all of the table's, which are those of object.
-- name: untold_get
SELECT * FROM untold WHERE id = :id;

-- name: untold_bury
UPDATE untold SET deleted_at = :at WHERE id = :id;

-- name: untold_any
SELECT 1 AS one FROM untold WHERE id BETWEEN :first AND :last LIMIT 1;

-- Who was told to be deleted, and is, waits.
-- name: untold_first
SELECT untold.* FROM untold JOIN object ON object.id = untold.id
WHERE untold.id BETWEEN :first AND :last AND (untold.deleted_at IS NULL OR object.deleted_at IS NULL)
ORDER BY untold.id LIMIT 1;
