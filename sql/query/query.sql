-- SPDX-License-Identifier: MIT
--
-- What scanctl asks. Statements of one snapshot each: whoever reads a list page by page must expect that rows go meanwhile.

-- A finding with its object, where that is still there, and where it stands.
-- part: findings
FROM finding
JOIN domain ON domain.id = finding.object >> 28 AND domain.is_ready AND domain.is_configured
LEFT JOIN object ON object.id = finding.object
LEFT JOIN container ON container.id = object.parent;

-- :below is a container whose subtree is meant, :whole a domain all of which is; absent filters are NULL. What folds
-- is shown as the one of its domain, or :unfolded.
-- part: chosen
WHERE (:accepted IS NULL OR finding.accepted = :accepted)
  AND (:id IS NULL OR finding.id = :id)
  AND finding.severity >= :least
  AND finding.opened >= :since
  AND (:rule IS NULL OR finding.rule = :rule)
  AND (:class IS NULL OR finding.class = :class)
  AND (finding.fold IS NULL OR :unfolded IS NULL OR :unfolded = (finding.object & 268435455 <> 0))
  AND (:domain IS NULL OR domain.id = :domain)
  AND (:without_held = 0 OR NOT EXISTS (SELECT 1 FROM held WHERE held.key = finding.key AND held.object = finding.object
                                        AND held.id = finding.id))
  AND (:whole IS NULL OR domain.id = :whole)
  AND (:below IS NULL OR object.parent IN (
        WITH RECURSIVE below(id) AS (
                VALUES (:below)
                UNION
                SELECT container.id FROM container JOIN below ON container.parent = below.id)
        SELECT id FROM below));

-- Which findings, in the order in which they are shown.
-- name: query_findings
SELECT finding.object AS object, finding.key AS key, finding.id AS id, finding.value AS value,
       coalesce(object.rdn, domain.naming_context, domain.name) AS rdn, container.dn AS container
@findings@
@chosen@
ORDER BY finding.severity DESC, finding.rule, domain.name, container.dn, object.rdn, finding.object, finding.key, finding.id;

-- The same, by what they have in common: 0 the rule, 1 the domain, 2 the container. What belongs together comes together.
-- name: query_folds
SELECT finding.object AS object, finding.severity AS severity, finding.value AS value,
       CASE :by WHEN 0 THEN finding.rule WHEN 1 THEN domain.name
                ELSE coalesce(container.dn, domain.naming_context, domain.name) END AS name,
       coalesce(object.rdn, domain.naming_context, domain.name) AS rdn, container.dn AS container
@findings@
@chosen@
ORDER BY name, finding.severity DESC, finding.object;

-- By rule and with no more asked the numbers are known, and whom to name first stands in an index. Of what folds, that of the domain is counted.
-- name: query_fold_counts
SELECT counter.rule AS rule, counter.severity AS severity, sum(counter.n) AS n
FROM counter JOIN domain ON domain.id = counter.domain AND domain.is_ready AND domain.is_configured
WHERE counter.accepted = :accepted AND counter.severity >= :least
GROUP BY counter.rule, counter.severity HAVING sum(counter.n) > 0
ORDER BY counter.rule, counter.severity DESC;

-- name: query_fold_first
SELECT finding.object AS object FROM finding INDEXED BY finding_by_rule
CROSS JOIN domain ON domain.id = finding.object >> 28 AND domain.is_ready AND domain.is_configured
WHERE finding.rule = :rule AND finding.severity = :severity AND finding.accepted = :accepted
  AND (finding.fold IS NULL OR finding.object & 268435455 = 0)
ORDER BY finding.object;

-- The same for one object.
-- name: query_findings_of
SELECT object, key, id FROM finding WHERE object = :object ORDER BY severity DESC, rule, key, id;

-- Those for which a domain's own stands, in the order of their ids, and how many there are.
-- name: query_folded
SELECT object, attribute, value FROM finding
WHERE rule = :rule AND fold = :fold AND object > :first AND object <= :last ORDER BY object LIMIT :limit;

-- name: query_folded_number
SELECT n FROM folded WHERE domain = :domain AND rule = :rule AND fold = :fold;

-- name: query_finding
SELECT finding.rule AS rule, finding.attribute AS attribute, value, class, finding.severity AS severity, certainty, detail, advice, opened,
       finding.fold AS fold,
       acceptance.since AS since, acceptance.until AS until, acceptance.uid AS uid, acceptance.who AS who, acceptance.why AS why,
       (SELECT min(held.domain) FROM held
        WHERE held.key = finding.key AND held.object = finding.object AND held.id = finding.id) AS held
FROM finding LEFT JOIN acceptance ON finding.accepted AND acceptance.finding = finding.id
WHERE finding.object = :object AND finding.key = :key AND finding.id = :id;

-- Objects one after another, and whether they arrive.
-- name: query_arriving
SELECT object.id AS id, object.kind AS kind, object.attributes AS attributes,
       object.in_scope AND object.excluded = 0 AND domain.is_ready AND domain.is_configured AS arrives
FROM object JOIN domain ON domain.id = object.domain
WHERE object.id > :after ORDER BY object.id LIMIT :limit;

-- name: query_deleted
SELECT id FROM object WHERE deleted_at IS NOT NULL ORDER BY deleted_at DESC, id DESC;

-- How many objects come to what: see fate.h.
-- name: query_fates
SELECT fate.fate AS fate, sum(fate.n) AS n
FROM fate JOIN domain ON domain.id = fate.domain AND domain.is_ready AND domain.is_configured
GROUP BY fate.fate;

-- The log from its end, for whoever stops where it becomes old.
-- name: query_news
SELECT event.at AS at, event.type AS type, event.severity AS severity, event.count AS count
FROM event JOIN domain ON domain.id = event.domain AND domain.is_configured
ORDER BY event.id DESC;

-- Of a rule and severity; the classes of its findings may differ, then one of them is told.
-- name: query_counts
SELECT counter.rule AS rule, min(counter.class) AS class, counter.severity AS severity, sum(counter.n) AS n
FROM counter JOIN domain ON domain.id = counter.domain AND domain.is_ready AND domain.is_configured
WHERE counter.accepted = 0
GROUP BY counter.rule, counter.severity
HAVING sum(counter.n) > 0
ORDER BY counter.severity DESC, n DESC, counter.rule;

-- Open findings, those that were accepted among them.
-- name: query_open
SELECT counter.severity AS severity, sum(counter.n) AS n
FROM counter JOIN domain ON domain.id = counter.domain AND domain.is_ready AND domain.is_configured
GROUP BY counter.severity;

-- By how much the number of open findings changed, by day of Unix time: what opened (1), was there to begin with (3), opened in
-- numbers (4), less what closed (2, 10).
-- name: query_changes
SELECT event.at / 86400 AS day, event.severity AS severity,
       sum(CASE event.type WHEN 1 THEN 1 WHEN 2 THEN -1 WHEN 10 THEN -event.count ELSE event.count END) AS n
FROM event JOIN domain ON domain.id = event.domain AND domain.is_ready AND domain.is_configured
WHERE event.at >= :since AND event.type IN (1, 2, 3, 4, 10)
GROUP BY day, event.severity;

-- name: query_oldest
SELECT at FROM event ORDER BY id LIMIT 1;

-- Who syncs, a page at a time.
-- name: query_in_scope
SELECT id FROM object WHERE id > :after AND in_scope AND deleted_at IS NULL ORDER BY id LIMIT :limit;
