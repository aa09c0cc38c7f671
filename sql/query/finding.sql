-- SPDX-License-Identifier: MIT

-- name: finding_of
SELECT id, rule, attribute, value, class, severity, certainty, detail, advice, look_again_at, accepted, fold
FROM finding WHERE object = :object AND key = :key;

-- The same under another key. Without the plus SQLite would ask whether this :key lets it use finding_by_key, and compile the
-- statement again for every other one (measured: 5,400 times in 24 short histories).
-- name: finding_elsewhere
SELECT opened FROM finding WHERE object = :object AND id = :id AND +key <> :key LIMIT 1;

-- All of an object; those of a key.
-- name: finding_keys
SELECT DISTINCT key FROM finding WHERE object = :object;

-- name: finding_objects
SELECT DISTINCT object FROM finding WHERE key = :key AND key <> 0 AND object > :after ORDER BY object LIMIT :limit;

-- Keys that findings speak of, in order.
-- Objects of which something is open by what they are themselves.
-- name: finding_own
SELECT DISTINCT object FROM finding WHERE object BETWEEN :first AND :last AND key = 0 ORDER BY object;

-- name: finding_walk_keys
SELECT DISTINCT key FROM finding WHERE key > :after AND key <> 0 AND key <= :last ORDER BY key LIMIT :limit;

-- name: finding_insert
INSERT OR IGNORE INTO finding(object, key, id, rule, attribute, value, class, severity, certainty, detail, advice, opened,
        look_again_at, accepted, fold)
VALUES (:object, :key, :id, :rule, :attribute, :value, :class, :severity, :certainty, :detail, :advice, :opened, :look_again_at,
        :accepted, :fold);

-- name: finding_update
UPDATE finding SET class = :class, severity = :severity, certainty = :certainty, detail = :detail, advice = :advice,
        look_again_at = :look_again_at, fold = :fold
WHERE object = :object AND key = :key AND id = :id;

-- name: finding_fates
SELECT key, id, class, severity FROM finding WHERE object = :object;

-- name: finding_look_never
UPDATE finding SET look_again_at = NULL WHERE object = :object AND key = :key AND id = :id;

-- What was found under a key because of somebody who is forgotten. What is held has no time, and waits as before.
-- name: finding_look_now
UPDATE finding SET look_again_at = :now WHERE key = :key AND key <> 0 AND look_again_at IS NOT NULL;

-- Objects of a domain whose findings the clock may change, by the time since when: :first and :last are the domain's ids. An object comes
-- as often as it has such findings. By any other way than that index all findings would be read, for every answer.
-- name: finding_due
SELECT look_again_at AS at, object FROM finding INDEXED BY finding_by_time
WHERE (look_again_at, object) > (:after_time, :after) AND look_again_at <= :now AND +object BETWEEN :first AND :last
ORDER BY look_again_at, object LIMIT :limit;

-- name: finding_delete
DELETE FROM finding WHERE object = :object AND key = :key AND id = :id;

-- Facts on which a domain and the tenant are judged: what is accepted fails all the same. :own is the domain whose answer this is, which
-- is as good as ready.
-- name: directory_numbers
SELECT (SELECT ifnull(sum(objects), 0) FROM domain WHERE is_ready AND is_configured) AS objects,
       (SELECT ifnull(sum(counter.n), 0) FROM counter JOIN domain ON domain.id = counter.domain
        WHERE (domain.is_ready OR domain.id = :own) AND domain.is_configured AND counter.class = :class AND counter.severity = :severity) AS errors;

-- name: directory_failing
SELECT count(DISTINCT object) AS objects FROM finding WHERE class = :class AND severity = :severity;

-- In scope.
-- name: directory_users_in
SELECT count(*) AS n FROM object
WHERE parent = :container AND deleted_at IS NULL AND excluded = 0 AND kind IN (:user, :inetorgperson);

-- name: scope_unit_get
SELECT guid FROM scope_unit WHERE domain = :domain AND dn = :dn;

-- name: scope_unit_put
INSERT INTO scope_unit(domain, dn, guid) VALUES (:domain, :dn, :guid)
ON CONFLICT(domain, dn) DO UPDATE SET guid = excluded.guid WHERE guid <> excluded.guid;

-- name: counter_add
INSERT INTO counter(domain, rule, class, severity, accepted, n) VALUES (:domain, :rule, :class, :severity, :accepted, :n)
ON CONFLICT(domain, rule, class, severity, accepted) DO UPDATE SET n = n + excluded.n;

-- What has come to nothing. Of one row: that of all is a walk through the table, for every answer.
-- name: counter_sweep
DELETE FROM counter
WHERE domain = :domain AND rule = :rule AND class = :class AND severity = :severity AND accepted = :accepted AND n <= 0;

-- name: folded_add
INSERT INTO folded(domain, rule, fold, n) VALUES (:domain, :rule, :fold, :n)
ON CONFLICT(domain, rule, fold) DO UPDATE SET n = n + excluded.n;

-- name: folded_sweep
DELETE FROM folded WHERE domain = :domain AND rule = :rule AND fold = :fold AND n <= 0;

-- name: folded_of
SELECT rule, fold, n FROM folded WHERE domain = :domain ORDER BY rule, fold;

-- name: fate_add
INSERT INTO fate(domain, fate, n) VALUES (:domain, :fate, :n)
ON CONFLICT(domain, fate) DO UPDATE SET n = n + excluded.n;

-- Of an interrupted first read: nobody was told of it.
-- name: finding_delete_object
DELETE FROM finding WHERE object = :object;
