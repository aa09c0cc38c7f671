-- SPDX-License-Identifier: MIT

-- The columns of the three are the same: all of the table's.
-- name: container_get
SELECT * FROM container WHERE id = :id;

-- name: container_by_guid
SELECT * FROM container WHERE guid = :guid AND domain = :domain;

-- name: container_by_name
SELECT * FROM container WHERE name = :name AND domain = :domain;

-- name: container_insert
INSERT INTO container(domain, guid, parent, rdn, dn, name, selected, origin, usn, epoch, deleted_at)
VALUES (:domain, :guid, :parent, :rdn, :dn, :name, :selected, :origin, :usn, :epoch, :deleted_at);

-- name: container_update
UPDATE container SET
        guid = :guid, parent = :parent, rdn = :rdn, dn = :dn, name = :name, selected = :selected, origin = :origin,
        usn = :usn, epoch = :epoch, deleted_at = :deleted_at
WHERE id = :id;

-- name: container_children
SELECT id FROM container WHERE parent = :parent;

-- name: container_parent
SELECT parent FROM container WHERE id = :id;

-- name: container_walk
SELECT id, guid, origin, deleted_at FROM container WHERE domain = :domain AND id > :after ORDER BY id LIMIT :limit;

-- name: container_delete_domain
DELETE FROM container WHERE domain = :domain;
