-- SPDX-License-Identifier: MIT

-- The newest logon stays, whichever domain controller told of it. A pause between two counts where it was watched, and until a
-- week has gone by without one as long.
-- name: trace_put
INSERT INTO trace(domain, name, type, is_enabled, created, logged_on, logged_on_replicated, password_set, seen)
VALUES (:domain, :name, :type, :is_enabled, :created, :logged_on, :logged_on_replicated, :password_set, :at)
ON CONFLICT(domain, name) DO UPDATE SET
        type = excluded.type, is_enabled = excluded.is_enabled, created = excluded.created,
        longest_gap = CASE
                WHEN logged_on > 0 AND excluded.logged_on > logged_on AND :at - seen < :while
                     AND (excluded.logged_on - logged_on >= longest_gap OR gap_at < :at - :week)
                THEN excluded.logged_on - logged_on ELSE longest_gap END,
        gap_at = CASE
                WHEN logged_on > 0 AND excluded.logged_on > logged_on AND :at - seen < :while
                     AND (excluded.logged_on - logged_on >= longest_gap OR gap_at < :at - :week)
                THEN :at ELSE gap_at END,
        logged_on = max(logged_on, excluded.logged_on),
        logged_on_replicated = max(logged_on_replicated, excluded.logged_on_replicated),
        password_set = excluded.password_set, seen = :at;

-- name: trace_put_logon
UPDATE trace SET
        longest_gap = CASE
                WHEN logged_on > 0 AND :at - seen < :while AND (:logged_on - logged_on >= longest_gap OR gap_at < :at - :week)
                THEN :logged_on - logged_on ELSE longest_gap END,
        gap_at = CASE
                WHEN logged_on > 0 AND :at - seen < :while AND (:logged_on - logged_on >= longest_gap OR gap_at < :at - :week)
                THEN :at ELSE gap_at END,
        logged_on = :logged_on
WHERE domain = :domain AND name = :name AND logged_on < :logged_on;

-- name: trace_connectors
SELECT name FROM trace WHERE domain = :domain AND type = :connector AND is_enabled ORDER BY name;

-- name: trace_put_rights
UPDATE trace SET rights = :rights WHERE domain = :domain AND name = :name;

-- name: trace_forget
DELETE FROM trace WHERE domain = :domain AND seen <> :at;

-- name: trace_finish
UPDATE domain SET traced_at = :at, domain_controllers = :n WHERE id = :domain;

-- name: trace_of
SELECT name, type, is_enabled, created, logged_on, logged_on_replicated, longest_gap, password_set, rights
FROM trace WHERE domain = :domain ORDER BY name;

-- Of the domain; and of all that are shown: how many were not looked at, and how many traces there are.
-- name: trace_standing
SELECT own.domain_controllers AS controllers,
       (SELECT count(*) FROM trace WHERE trace.domain = own.id) AS n,
       (SELECT count(*) FROM domain WHERE is_configured AND traced_at = 0) AS untraced,
       (SELECT count(*) FROM trace JOIN domain ON domain.id = trace.domain AND domain.is_configured) AS n_all
FROM domain AS own WHERE own.id = :domain;

-- name: hidden_unit_clear
DELETE FROM hidden_unit WHERE domain = :domain;

-- name: hidden_unit_put
INSERT INTO hidden_unit(domain, guid) VALUES (:domain, :guid) ON CONFLICT DO NOTHING;

-- Those of the scope, without what stands below another of them. Without a LIMIT, with which SQLite would sort nothing, too, in a table of
-- its own: whoever asks stops by himself.
-- name: hidden_unit_of
SELECT container.dn AS dn FROM hidden_unit
JOIN container ON container.guid = hidden_unit.guid AND container.domain = hidden_unit.domain
WHERE hidden_unit.domain = :domain AND container.selected AND container.deleted_at IS NULL
  AND NOT EXISTS (SELECT 1 FROM container AS above
                  JOIN hidden_unit AS hidden ON hidden.guid = above.guid AND hidden.domain = above.domain
                  WHERE above.id = container.parent)
ORDER BY container.dn;

-- name: trace_any
SELECT EXISTS(SELECT 1 FROM trace JOIN domain ON domain.id = trace.domain AND domain.is_configured) AS found;
