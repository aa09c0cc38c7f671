-- SPDX-License-Identifier: MIT

-- name: controller_put
INSERT INTO controller(domain, host, seen) VALUES (:domain, :host, :at)
ON CONFLICT(domain, host) DO UPDATE SET seen = :at;

-- name: controller_forget
DELETE FROM controller WHERE domain = :domain AND seen <> :at;

-- What it said before stays true, whatever comes now.
-- name: controller_asked
UPDATE controller SET asked = :at, failure = :failure, answered = CASE WHEN :failure IS NULL THEN :at ELSE answered END
WHERE domain = :domain AND host = :host COLLATE NOCASE;

-- name: controller_next
SELECT host FROM controller
WHERE domain = :domain AND (:except IS NULL OR host <> :except COLLATE NOCASE)
  AND asked < CASE WHEN failure IS NULL THEN :before ELSE :failed_before END
ORDER BY asked, host LIMIT 1;

-- name: controller_of
SELECT host, answered, failure FROM controller WHERE domain = :domain ORDER BY host;
