-- SPDX-License-Identifier: MIT
--
-- The published read interface: what these views show is promised, columns are only ever added, the tables behind them are
-- nobody's business. Times are RFC 3339 UTC, GUIDs and ids as scanctl prints them. Read with "sqlite3 -readonly scand.db".
-- scanctl(1) describes them under VIEWS; the daemon makes them anew when their text has changed.

-- Numbers of lib/core/attribute.h, filled in by embed.py. Not published: the names stand in the views below.
CREATE VIEW attribute_name(number, name) AS VALUES
        @ATTRIBUTES@;

-- The naming contexts that are followed. A domain in its first read is here, but its objects are in no view yet.
CREATE VIEW v_domain AS
SELECT  name AS domain,
        naming_context,
        is_ready,
        dc,
        watermark,
        objects,
        strftime('%Y-%m-%dT%H:%M:%SZ', nullif(last_poll_ok, 0), 'unixepoch') AS last_poll_ok,
        strftime('%Y-%m-%dT%H:%M:%SZ', nullif(last_full_ok, 0), 'unixepoch') AS last_full_ok,
        strftime('%Y-%m-%dT%H:%M:%SZ', nullif(last_reconcile_ok, 0), 'unixepoch') AS last_reconcile_ok,
        nullif(tombstones_readable, -1) AS tombstones_readable,
        nullif(recycle_bin, -1) AS recycle_bin,
        full_reads_interrupted,
        late_commits_total,
        missed_changes_total,
        adopted_differences_total,
        deletions_held,
        (SELECT count(*) FROM held WHERE held.domain = domain.id) AS findings_held
FROM domain WHERE is_configured;

-- Users, contacts and groups, live and (for a while) deleted. in_scope: inside the configured OUs, live, and excluded by no rule.
CREATE VIEW v_object AS
SELECT  domain.name AS domain,
        lower(substr(hex(object.guid), 7, 2) || substr(hex(object.guid), 5, 2) || substr(hex(object.guid), 3, 2)
              || substr(hex(object.guid), 1, 2) || '-' || substr(hex(object.guid), 11, 2) || substr(hex(object.guid), 9, 2)
              || '-' || substr(hex(object.guid), 15, 2) || substr(hex(object.guid), 13, 2) || '-'
              || substr(hex(object.guid), 17, 4) || '-' || substr(hex(object.guid), 21)) AS guid,
        object.rdn || ifnull(',' || container.dn, '') AS dn,
        CASE object.kind WHEN 1 THEN 'user' WHEN 2 THEN 'inetOrgPerson' WHEN 3 THEN 'contact' WHEN 4 THEN 'group'
                ELSE 'other' END AS kind,
        strftime('%Y-%m-%dT%H:%M:%SZ', object.deleted_at, 'unixepoch') AS deleted,
        ifnull(container.selected, 1) AS selected,
        object.excluded <> 0 AS excluded,
        object.deleted_at IS NULL AND object.excluded = 0 AND ifnull(container.selected, 1) AS in_scope,
        object.usn AS usn_changed,
        object.id AS object
FROM object
JOIN domain ON domain.id = object.domain AND domain.is_ready AND domain.is_configured
LEFT JOIN container ON container.id = object.parent;

-- Domains that a dispute among their objects cannot be certain of now: too long not followed, objects that seem to be gone, or a
-- domain controller that may be behind the one before. Not published.
CREATE VIEW doubtful_domain AS
SELECT  id << 28 AS first_object,
        ((id + 1) << 28) - 1 AS last_object
FROM domain
WHERE is_ready AND is_configured
  AND (stale_after < CAST(strftime('%s', 'now') AS INTEGER) OR deletions_held > 0 OR length(unconfirmed) > 0);

-- Open findings, those that were accepted among them. Those of objects with a fold are many for one cause, and the one of their domain
-- (kind container) with the same rule and fold stands for them. A value is text where it is UTF-8, and else a blob. Certainty is that of the
-- moment: see doubtful_domain.
CREATE VIEW v_finding AS
SELECT  printf('%016x', finding.id) AS id,
        finding.rule AS rule,
        CASE finding.class WHEN 0 THEN 'excluded' WHEN 1 THEN 'fails' WHEN 2 THEN 'altered' WHEN 3 THEN 'directory' END AS class,
        CASE finding.severity WHEN 0 THEN 'notice' WHEN 1 THEN 'warning' WHEN 2 THEN 'error' END AS severity,
        CASE WHEN finding.certainty = 0 OR held.id IS NOT NULL THEN 'probable'
                WHEN finding.key <> 0 AND EXISTS (
                        SELECT 1 FROM doubtful_domain JOIN claim
                                ON claim.key = finding.key AND claim.object BETWEEN first_object AND last_object)
                        THEN 'probable'
                ELSE 'certain' END AS certainty,
        v_object.domain AS domain,
        v_object.guid AS guid,
        v_object.dn AS dn,
        v_object.kind AS kind,
        attribute_name.name AS attribute,
        finding.value AS value,
        finding.detail AS detail,
        strftime('%Y-%m-%dT%H:%M:%SZ', finding.opened, 'unixepoch') AS opened,
        finding.object AS object,
        finding.accepted AS accepted,
        held.id IS NOT NULL AS held,
        finding.fold AS fold
FROM finding
JOIN v_object ON v_object.object = finding.object
LEFT JOIN attribute_name ON attribute_name.number = finding.attribute
LEFT JOIN (SELECT DISTINCT key, object, id FROM held) AS held
        ON held.key = finding.key AND held.object = finding.object AND held.id = finding.id
UNION ALL -- of a domain itself
SELECT  printf('%016x', finding.id),
        finding.rule,
        CASE finding.class WHEN 0 THEN 'excluded' WHEN 1 THEN 'fails' WHEN 2 THEN 'altered' WHEN 3 THEN 'directory' END,
        CASE finding.severity WHEN 0 THEN 'notice' WHEN 1 THEN 'warning' WHEN 2 THEN 'error' END,
        CASE finding.certainty WHEN 0 THEN 'probable' WHEN 1 THEN 'certain' END,
        domain.name,
        NULL,
        ifnull(domain.naming_context, domain.name),
        'container',
        NULL,
        finding.value,
        finding.detail,
        strftime('%Y-%m-%dT%H:%M:%SZ', finding.opened, 'unixepoch'),
        finding.object,
        finding.accepted,
        0,
        finding.fold
FROM domain
JOIN finding ON finding.object = domain.id << 28
WHERE domain.is_ready AND domain.is_configured;

-- What was accepted, and by whom. is_open: the finding stands now.
CREATE VIEW v_acceptance AS
SELECT  printf('%016x', acceptance.finding) AS finding,
        acceptance.rule AS rule,
        domain.name AS domain,
        strftime('%Y-%m-%dT%H:%M:%SZ', acceptance.since, 'unixepoch') AS since,
        strftime('%Y-%m-%dT%H:%M:%SZ', acceptance.until, 'unixepoch') AS until,
        acceptance.uid AS uid,
        acceptance.who AS who,
        acceptance.why AS why,
        EXISTS (SELECT 1 FROM finding WHERE finding.object = acceptance.object AND finding.id = acceptance.finding) AS is_open,
        acceptance.object AS object
FROM acceptance
JOIN domain ON domain.id = acceptance.object >> 28 AND domain.is_ready AND domain.is_configured;

-- What happened, oldest first. finding is v_finding.id, which outlives the finding.
CREATE VIEW v_event AS
SELECT  event.id AS event,
        strftime('%Y-%m-%dT%H:%M:%SZ', event.at, 'unixepoch') AS at,
        CASE event.type WHEN 1 THEN 'opened' WHEN 2 THEN 'closed' WHEN 3 THEN 'baseline' WHEN 4 THEN 'summary'
                WHEN 5 THEN 'deleted' WHEN 6 THEN 'restored' WHEN 7 THEN 'moved' WHEN 8 THEN 'upn-changed'
                WHEN 9 THEN 'read-complete' WHEN 10 THEN 'closed-summary' WHEN 11 THEN 'anchor-changed'
                WHEN 12 THEN 'left-scope' WHEN 13 THEN 'accepted' WHEN 14 THEN 'acceptance-undone'
                WHEN 15 THEN 'acceptance-expired' ELSE 'unknown' END AS type,
        domain.name AS domain,
        lower(substr(hex(event.guid), 7, 2) || substr(hex(event.guid), 5, 2) || substr(hex(event.guid), 3, 2)
              || substr(hex(event.guid), 1, 2) || '-' || substr(hex(event.guid), 11, 2) || substr(hex(event.guid), 9, 2)
              || '-' || substr(hex(event.guid), 15, 2) || substr(hex(event.guid), 13, 2) || '-'
              || substr(hex(event.guid), 17, 4) || '-' || substr(hex(event.guid), 21)) AS guid,
        event.dn AS dn,
        CASE event.kind WHEN 1 THEN 'user' WHEN 2 THEN 'inetOrgPerson' WHEN 3 THEN 'contact' WHEN 4 THEN 'group' END AS kind,
        event.rule AS rule,
        CASE event.severity WHEN 0 THEN 'notice' WHEN 1 THEN 'warning' WHEN 2 THEN 'error' END AS severity,
        event.attribute AS attribute,
        event.value AS value,
        event.old_value AS old_value,
        event.count AS count,
        CASE WHEN event.finding <> 0 THEN printf('%016x', event.finding) END AS finding,
        strftime('%Y-%m-%dT%H:%M:%SZ', event.until, 'unixepoch') AS until,
        event.uid AS uid,
        event.who AS who,
        event.why AS why
FROM event
LEFT JOIN domain ON domain.id = event.domain
ORDER BY event.id;
