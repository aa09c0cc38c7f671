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

-- Who was told to be deleted, and is, waits; and who lives, but was not shown in this epoch. NULL: any epoch.
-- name: untold_first
SELECT untold.* FROM untold JOIN object ON object.id = untold.id
WHERE untold.id BETWEEN :first AND :last
    AND iif(object.deleted_at IS NULL, :epoch IS NULL OR object.epoch = :epoch, untold.deleted_at IS NULL)
ORDER BY untold.id LIMIT 1;
