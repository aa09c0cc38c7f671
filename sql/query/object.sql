-- SPDX-License-Identifier: MIT

-- The columns of the two are the same: all of the table's.
-- name: object_get
SELECT * FROM object WHERE id = :id;

-- :key is claim_guid_key(); :first and :last are the domain's ids.
-- name: object_by_guid
SELECT object.* FROM claim CROSS JOIN object ON object.id = claim.object
WHERE claim.key = :key AND claim.object BETWEEN :first AND :last AND object.guid = :guid;

-- Is it what an answer brings?
-- name: object_standing
SELECT object.id AS id, usn, epoch, attribute_list, deleted_at FROM claim CROSS JOIN object ON object.id = claim.object
WHERE claim.key = :key AND claim.object BETWEEN :first AND :last AND object.guid = :guid;

-- name: object_insert
INSERT INTO object(id, domain, guid, parent, rdn, kind, usn, epoch, attribute_list, excluded, in_scope, deleted_at,
        attributes)
VALUES (:id, :id >> 28, :guid, :parent, :rdn, :kind, :usn, :epoch, :attribute_list, :excluded, :in_scope, :deleted_at, :attributes);

-- name: object_update
UPDATE object SET
        parent = :parent, rdn = :rdn, kind = :kind, usn = :usn, epoch = :epoch, attribute_list = :attribute_list,
        excluded = :excluded, in_scope = :in_scope, deleted_at = :deleted_at, attributes = :attributes
WHERE id = :id;

-- name: object_update_usn
UPDATE object SET usn = :usn, epoch = :epoch WHERE id = :id;

-- name: object_update_excluded
UPDATE object SET excluded = :excluded, in_scope = :in_scope WHERE id = :id;

-- name: object_delete
DELETE FROM object WHERE id = :id;

-- name: object_last_id
SELECT max(id) AS id FROM object WHERE id BETWEEN :first AND :last;

-- name: object_walk
SELECT id, guid, deleted_at FROM object WHERE id > :after AND id <= :last ORDER BY id LIMIT :limit;

-- name: object_walk_values
SELECT id, guid, parent, kind, excluded, deleted_at, attributes FROM object WHERE id > :after ORDER BY id LIMIT :limit;

-- name: object_below
SELECT id FROM object WHERE parent = :parent AND id > :after ORDER BY id LIMIT :limit;
