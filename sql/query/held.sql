-- SPDX-License-Identifier: MIT

-- name: held_any
SELECT 1 AS one FROM held LIMIT 1;

-- name: held_insert
INSERT OR IGNORE INTO held(domain, object, key, id) VALUES (:domain, :object, :key, :id);

-- name: held_delete
DELETE FROM held WHERE domain = :domain AND object = :object AND key = :key AND id = :id;

-- name: held_delete_all
DELETE FROM held WHERE key = :key AND object = :object AND id = :id;

-- name: held_of
SELECT 1 AS one FROM held WHERE key = :key AND object = :object AND id = :id LIMIT 1;

-- name: held_domains
SELECT DISTINCT domain FROM held;

-- name: held_domains_of
SELECT DISTINCT domain FROM held WHERE key = :key;

-- name: held_first
SELECT object, key, id FROM held WHERE domain = :domain LIMIT 1;

-- name: held_count
SELECT count(*) AS n FROM held WHERE domain = :domain;

-- The same finding, held under another key.
-- name: held_elsewhere
SELECT finding.key AS key, finding.rule AS rule, finding.class AS class, finding.severity AS severity,
       finding.accepted AS accepted
FROM finding JOIN held ON held.key = finding.key AND held.object = finding.object AND held.id = finding.id
WHERE finding.object = :object AND finding.id = :id AND +finding.key <> :key LIMIT 1;
