-- SPDX-License-Identifier: MIT

-- name: event_insert
INSERT INTO event(at, type, domain, guid, dn, kind, rule, severity, attribute, value, old_value, count, finding,
        until, uid, who, why, leaves)
VALUES (:at, :type, :domain, :guid, :dn, :kind, :rule, :severity, :attribute, :value, :old_value, :count, :finding,
        :until, :uid, :who, :why, :leaves);

-- name: event_after
SELECT event.id AS id, at, type, domain.name AS domain, guid, dn, kind, rule, severity, attribute, value, old_value, count,
       finding, until, uid, who, why
FROM event JOIN domain ON domain.id = event.domain
WHERE event.id > :after ORDER BY event.id LIMIT :limit;

-- All that happened to one object; the columns are those of event_after.
-- name: event_of
SELECT event.id AS id, at, type, domain.name AS domain, guid, dn, kind, rule, severity, attribute, value, old_value, count,
       finding, until, uid, who, why
FROM event JOIN domain ON domain.id = event.domain
WHERE guid = :guid ORDER BY event.id;

-- Whom events name by this text: a name, or a value that came or went. Reads the whole log: only where nobody has the name now.
-- name: event_named
SELECT DISTINCT guid FROM event
WHERE guid IS NOT NULL AND (dn = :text COLLATE NOCASE OR value = :text COLLATE NOCASE OR old_value = :text COLLATE NOCASE)
ORDER BY guid;

-- What judging by history needs of one object, the newest first; and whether there is any such event.
-- name: event_past
SELECT type, at, value, old_value FROM event
WHERE guid = :guid AND domain = :domain AND (type = 6 OR type = 8 OR type = 11) ORDER BY id DESC LIMIT :limit;

-- What left the cloud since then and has not been restored: how many, and each.
-- name: event_departures
SELECT count(*) AS n, ifnull(min(at), 0) AS oldest FROM event
WHERE leaves = 1 AND domain = :domain AND at > :since
  AND NOT EXISTS (SELECT 1 FROM event AS back WHERE back.guid = event.guid AND back.domain = event.domain
                  AND back.type = 6 AND back.id > event.id);

-- name: event_departed
SELECT at, dn, rule FROM event
WHERE leaves = 1 AND domain = :domain AND at > :since
  AND NOT EXISTS (SELECT 1 FROM event AS back WHERE back.guid = event.guid AND back.domain = event.domain
                  AND back.type = 6 AND back.id > event.id);

-- name: event_has_past
SELECT EXISTS(SELECT 1 FROM event INDEXED BY event_of_past WHERE type = 6 OR type = 8 OR type = 11) AS has_past;

-- name: event_last_id
SELECT ifnull(max(id), 0) AS id FROM event;

-- Too many of one rule in one answer: one summary stands for them.
-- name: event_delete_single
DELETE FROM event WHERE id > :after AND type = :type AND domain = :domain AND rule = :rule;
