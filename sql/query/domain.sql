-- SPDX-License-Identifier: MIT

-- name: domain_insert
INSERT INTO domain(name) VALUES (:name);

-- name: domain_by_name
SELECT * FROM domain WHERE name = :name;

-- name: domain_all
SELECT * FROM domain ORDER BY name;

-- While it is away, disputes that its objects take part in are judged without them: when it comes back, all is judged again.
-- name: domain_set_configured
UPDATE domain SET is_configured = :is_configured, derivation = CASE WHEN :is_configured THEN derivation END
WHERE id = :id AND is_configured <> :is_configured;

-- part: saved
naming_context = :naming_context,
        configuration_nc = :configuration_nc,
        rolled_back = :rolled_back,
        unreadable = :unreadable,
        tombstones_readable = :tombstones_readable,
        recycle_bin = :recycle_bin,
        tombstone_lifetime_days = :tombstone_lifetime_days,
        last_poll_ok = :last_poll_ok,
        stale_after = :stale_after,
        last_full_ok = :last_full_ok,
        last_reconcile_ok = :last_reconcile_ok,
        full_reads_interrupted = :full_reads_interrupted,
        late_commits_total = :late_commits_total,
        missed_changes_total = :missed_changes_total,
        adopted_differences_total = :adopted_differences_total,
        deletions_held = :deletions_held

-- What an accepted answer makes so, beside those; and judging again without one.
-- part: advanced
is_ready = :is_ready,
        dc = :dc,
        dsa = :dsa,
        invocation_id = :invocation_id,
        watermark = :watermark,
        followed_from = :followed_from,
        overlap_base = :overlap_base,
        overlap_base_time = :overlap_base_time,
        vector = :vector,
        polled_at = :polled_at,
        unconfirmed = :unconfirmed,
        unconfirmed_since = :unconfirmed_since,
        canary = :canary,
        canary_usn = :canary_usn,
        requested = :requested,
        objects = :objects,
        derivation = :derivation

-- name: domain_save
UPDATE domain SET @saved@ WHERE id = :id;

-- name: domain_advance
UPDATE domain SET @advanced@ WHERE id = :id;

-- Both at once: a row of forty columns is dear to write.
-- name: domain_accept
UPDATE domain SET @saved@, @advanced@ WHERE id = :id;

-- name: epoch_insert
INSERT INTO epoch(invocation_id) VALUES (:invocation_id);

-- name: epoch_find
SELECT id FROM epoch WHERE invocation_id = :invocation_id;

-- name: attribute_list_insert
INSERT INTO attribute_list(attributes) VALUES (:attributes);

-- name: attribute_list_find
SELECT id FROM attribute_list WHERE attributes = :attributes;

-- name: attribute_list_get
SELECT attributes FROM attribute_list WHERE id = :id;
