-- SPDX-License-Identifier: MIT

-- name: membership_find
SELECT id, members FROM membership WHERE domain = :domain AND filter = :filter;

-- name: membership_insert
INSERT INTO membership(domain, filter, members) VALUES (:domain, :filter, 0);

-- name: membership_update
UPDATE membership SET members = :members WHERE id = :id;

-- name: member_list
SELECT guid FROM member WHERE membership = :membership;

-- name: member_insert
INSERT INTO member(guid, membership) VALUES (:guid, :membership);

-- name: member_delete
DELETE FROM member WHERE guid = :guid AND membership = :membership;

-- name: member_of
SELECT membership FROM member WHERE guid = :guid;
