-- SPDX-License-Identifier: MIT

-- name: erasure_find
SELECT id, is_configured, objects FROM domain WHERE name = :name AND is_leaving = 0;

-- The name is free from now on; with the colon nobody can be called so.
-- name: erasure_mark
UPDATE domain SET is_leaving = 1, is_ready = 0, name = 'leaving:' || id WHERE id = :id;

-- name: erasure_marked
SELECT id FROM domain WHERE is_leaving = 1 ORDER BY id LIMIT 1;

-- name: erasure_joins
DELETE FROM join_exclusion WHERE object = :object;

-- name: erasure_event_bounds
SELECT ifnull(min(id), 1) AS first, ifnull(max(id), 0) AS last FROM event;

-- name: erasure_events
DELETE FROM event WHERE id > :after AND id <= :last AND domain = :domain;

-- name: erasure_members
DELETE FROM member WHERE (guid, membership) IN (
        SELECT guid, membership FROM member
        WHERE membership IN (SELECT id FROM membership WHERE domain = :domain) LIMIT :limit);

-- name: erasure_measures
DELETE FROM measure WHERE domain = :domain AND guid IN (SELECT guid FROM measure WHERE domain = :domain LIMIT :limit);

-- name: erasure_untold
DELETE FROM untold WHERE id IN (SELECT id FROM untold WHERE domain = :domain LIMIT :limit);

-- name: erasure_containers
DELETE FROM container WHERE id IN (SELECT id FROM container WHERE domain = :domain LIMIT :limit);

-- name: erasure_memberships
DELETE FROM membership WHERE domain = :domain;

-- name: erasure_traces
DELETE FROM trace WHERE domain = :domain;

-- name: erasure_controllers
DELETE FROM controller WHERE domain = :domain;

-- name: erasure_scope_units
DELETE FROM scope_unit WHERE domain = :domain;

-- name: erasure_counters
DELETE FROM counter WHERE domain = :domain;

-- name: erasure_folded
DELETE FROM folded WHERE domain = :domain;

-- name: erasure_fates
DELETE FROM fate WHERE domain = :domain;

-- What is held for other domains' sake. What others hold for this one's is let go with their next answers.
-- name: erasure_held
DELETE FROM held WHERE object BETWEEN :first AND :last;

-- name: erasure_domain
DELETE FROM domain WHERE id = :domain;
