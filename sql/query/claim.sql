-- SPDX-License-Identifier: MIT

-- name: claim_insert
INSERT OR IGNORE INTO claim(key, object) VALUES (:key, :object);

-- name: claim_delete
DELETE FROM claim WHERE key = :key AND object = :object;

-- Many at once: see store-feed.h.
-- name: claim_insert_feed
INSERT INTO claim(key, object) SELECT key, object FROM claim_feed;

-- name: claim_holders
SELECT object FROM claim WHERE key = :key AND object > :after ORDER BY object LIMIT :limit;

-- All claims in order, from behind one.
-- name: claim_walk
SELECT key, object FROM claim WHERE (key, object) > (:key, :object) ORDER BY key, object LIMIT :limit;

-- name: join_exclusion_insert
INSERT OR IGNORE INTO join_exclusion(key, object) VALUES (:key, :object);

-- name: join_exclusion_delete
DELETE FROM join_exclusion WHERE key = :key AND object = :object;

-- name: join_exclusion_by_key
SELECT object FROM join_exclusion WHERE key = :key AND object > :after ORDER BY object LIMIT :limit;

-- name: join_exclusion_any
SELECT key FROM join_exclusion WHERE object = :object LIMIT 1;

-- name: join_exclusion_walk_keys
SELECT DISTINCT key FROM join_exclusion WHERE key > :after ORDER BY key LIMIT :limit;
