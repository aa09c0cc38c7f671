-- SPDX-License-Identifier: MIT

-- name: foreign_put
UPDATE domain SET foreign_members = :n, foreign_group = :group WHERE id = :domain;

-- name: foreign_get
SELECT foreign_members, foreign_group FROM domain WHERE id = :domain;

-- name: foreign_unready
SELECT count(*) AS n FROM domain WHERE is_configured AND NOT is_ready;
