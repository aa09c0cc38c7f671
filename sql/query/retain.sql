-- SPDX-License-Identifier: MIT

-- name: retain_old_objects
SELECT id FROM object WHERE deleted_at < :before ORDER BY deleted_at LIMIT :limit;

-- name: retain_forget_containers
DELETE FROM container WHERE id IN (
        SELECT id FROM container AS old
        WHERE old.deleted_at < :before
          AND NOT EXISTS (SELECT 1 FROM object WHERE object.parent = old.id)
          AND NOT EXISTS (SELECT 1 FROM untold WHERE untold.parent = old.id)
          AND NOT EXISTS (SELECT 1 FROM container AS child WHERE child.parent = old.id)
        LIMIT :limit);

-- The oldest ids are the oldest events; where the clock was wrong for a while, they go when their neighbours do.
-- name: retain_forget_events
DELETE FROM event WHERE at < :before AND id IN (
        SELECT id FROM event WHERE id <= :published ORDER BY id LIMIT :limit);

-- name: retain_forget_events_of
DELETE FROM event WHERE guid = :guid;
