-- SPDX-License-Identifier: MIT

-- name: acceptance_get
SELECT object, rule, severity, attribute, since, until, uid, who, why FROM acceptance WHERE finding = :finding;

-- name: acceptance_put
INSERT INTO acceptance(finding, object, rule, severity, attribute, since, until, uid, who, why)
VALUES (:finding, :object, :rule, :severity, :attribute, :since, :until, :uid, :who, :why)
ON CONFLICT(finding) DO UPDATE SET since = excluded.since, until = excluded.until, uid = excluded.uid, who = excluded.who,
        why = excluded.why;

-- name: acceptance_delete
DELETE FROM acceptance WHERE finding = :finding;

-- name: acceptance_due
SELECT finding FROM acceptance WHERE until <= :now ORDER BY until, finding LIMIT :limit;

-- name: acceptance_next
SELECT min(until) AS until FROM acceptance;

-- The object is about to be forgotten: another with its GUID stands in, or nobody.
-- name: acceptance_inherit
UPDATE acceptance SET object = :heir WHERE object = :object;

-- name: acceptance_forget
DELETE FROM acceptance WHERE object = :object;

-- The open findings of an object by an id: one for each key under which it is found.
-- name: acceptance_findings
SELECT key, rule, attribute, value, class, severity, accepted, object & 268435455 <> 0 AND fold IS NOT NULL AS folds FROM finding WHERE object = :object AND id = :id ORDER BY key;

-- name: acceptance_mark
UPDATE finding SET accepted = :accepted WHERE object = :object AND id = :id;
