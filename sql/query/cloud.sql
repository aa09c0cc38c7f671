-- SPDX-License-Identifier: MIT

-- name: cloud_parts
SELECT part, import, imported_at, exported_at, objects, missing FROM cloud_part ORDER BY part;

-- name: cloud_part_put
INSERT OR REPLACE INTO cloud_part(part, import, imported_at, exported_at, objects, missing)
VALUES (:part, :import, :imported_at, :exported_at, :objects, :missing);

-- The number of the next import: whatever is left of others is below.
-- name: cloud_next_import
SELECT 1 + max(coalesce((SELECT max(import) FROM cloud_part), 0), coalesce((SELECT max(import) FROM cloud_object), 0),
               coalesce((SELECT max(import) FROM cloud_role), 0), coalesce((SELECT max(import) FROM cloud_fact), 0)) AS import;

-- name: cloud_object_insert
INSERT INTO cloud_object(import, likeness, guid, kind, sync, is_deleted, is_guest, is_bound, name, user_principal_name, mail, anchor, sid, addresses, problems, password_changed, meets)
VALUES (:import, :likeness, :guid, :kind, :sync, :is_deleted, :is_guest, :is_bound, :name, :user_principal_name, :mail, :anchor, :sid, :addresses, :problems, :password_changed, :meets);

-- name: cloud_role_insert
INSERT OR IGNORE INTO cloud_role(principal, import) VALUES (:principal, :import);

-- name: cloud_fact_insert
INSERT OR IGNORE INTO cloud_fact(import, name, value) VALUES (:import, :name, :value);

-- What no part speaks of any more, and holds no claims, a little at a time. From number to number by the index: where nothing is left of
-- former imports, no object is looked at.
-- name: cloud_object_sweep
WITH RECURSIVE stored(import) AS (
        SELECT min(import) FROM cloud_object
        UNION ALL SELECT (SELECT min(import) FROM cloud_object WHERE import > stored.import) FROM stored WHERE stored.import NOT NULL)
DELETE FROM cloud_object WHERE id IN (
        SELECT cloud_object.id FROM stored CROSS JOIN cloud_object ON cloud_object.import = stored.import
        WHERE stored.import < :keep AND stored.import NOT IN (SELECT import FROM cloud_part) AND claims = 0 LIMIT :limit);

-- name: cloud_role_sweep
DELETE FROM cloud_role WHERE import NOT IN (SELECT import FROM cloud_part) AND import < :keep;

-- name: cloud_fact_sweep
DELETE FROM cloud_fact WHERE import NOT IN (SELECT import FROM cloud_part) AND import < :keep;

-- What is asked for every object: no list of parts is made for it, as IN would.
-- part: cloud_object
SELECT id, import, guid, kind, sync, is_deleted, is_guest, is_bound, name, user_principal_name, mail, anchor, sid, addresses, problems, password_changed, meets, claims,
       EXISTS (SELECT 1 FROM cloud_role JOIN cloud_part ON cloud_part.import = cloud_role.import
               WHERE principal = cloud_object.guid) AS is_admin,
       (SELECT exported_at FROM cloud_part WHERE cloud_part.import = cloud_object.import) AS as_of
FROM cloud_object;

-- name: cloud_object_get
@cloud_object@ WHERE id = :id;

-- The little by which most are settled.
-- name: cloud_object_likeness
SELECT id, import, claims, likeness, password_changed FROM cloud_object WHERE id > :after ORDER BY id LIMIT :limit;

-- Of former imports, too.
-- name: cloud_object_meeting
SELECT id FROM cloud_object WHERE meets = :meets;

-- name: cloud_object_set_claims
UPDATE cloud_object SET claims = :claims WHERE id = :id;

-- name: cloud_any
SELECT 1 AS found FROM cloud_part LIMIT 1;

-- name: cloud_facts
SELECT DISTINCT name, value FROM cloud_fact WHERE import IN (SELECT import FROM cloud_part) ORDER BY name, value;

-- name: cloud_count
SELECT count(*) AS n, coalesce(sum(sync = 2), 0) AS synced, coalesce(sum(is_guest), 0) AS guests,
       coalesce(sum(sync = 2 AND claims), 0) AS orphans
FROM cloud_object WHERE import = :import;

-- Synced, and no object of a directory in scope is it.
-- name: cloud_orphans
SELECT id FROM cloud_object
WHERE id > :after AND claims = 1 AND sync = 2 AND is_deleted = 0 AND import IN (SELECT import FROM cloud_part) ORDER BY id LIMIT :limit;
