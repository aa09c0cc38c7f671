-- SPDX-License-Identifier: MIT
--
-- The database of scand. Migrations are only ever appended: this file never changes once released.
-- SQLite 3.34: no STRICT, so CHECK says what may stand in a column.

-- published: the last event told to the journal; views: which report.sql stands in the database.
CREATE TABLE meta(
        key TEXT PRIMARY KEY NOT NULL,
        value TEXT NOT NULL
) WITHOUT ROWID;

-- A USN means something only together with the invocationId of the DC that gave it: a small number for each.
CREATE TABLE epoch(
        id INTEGER PRIMARY KEY,
        invocation_id BLOB NOT NULL UNIQUE CHECK(typeof(invocation_id) = 'blob' AND length(invocation_id) = 16)
);

-- With which attributes a row was read: what is not in the list is unknown, not absent. A bit a number of
-- attribute.h, little end first, trailing zero bytes cut off.
CREATE TABLE attribute_list(
        id INTEGER PRIMARY KEY,
        attributes BLOB NOT NULL UNIQUE CHECK(typeof(attributes) = 'blob')
);

-- One row for each naming context. From dc to canary_usn it is the cursor, written only with the answer that moved it.
CREATE TABLE domain(
        id INTEGER PRIMARY KEY,
        name TEXT NOT NULL UNIQUE,             -- FQDN in lower case
        naming_context TEXT,                   -- DN
        configuration_nc TEXT,                 -- the forest's
        is_configured INTEGER NOT NULL DEFAULT 1 CHECK(is_configured IN (0, 1)), -- 0: taken out of scand.conf: kept, shown nowhere
        is_ready INTEGER NOT NULL DEFAULT 0 CHECK(is_ready IN (0, 1)), -- 0: in its first read, shown nowhere
        is_leaving INTEGER NOT NULL DEFAULT 0 CHECK(is_leaving IN (0, 1)), -- 1: being erased, under a name that no domain can have
        dc TEXT,                               -- dnsHostName
        dsa BLOB,                              -- objectGUID of its NTDS Settings
        invocation_id BLOB,
        watermark INTEGER NOT NULL DEFAULT 0,
        followed_from INTEGER NOT NULL DEFAULT 0, -- rows above this were read in this epoch
        overlap_base INTEGER NOT NULL DEFAULT 0,
        overlap_base_time INTEGER NOT NULL DEFAULT 0,
        vector BLOB,                           -- replUpToDateVector as sent
        polled_at INTEGER NOT NULL DEFAULT 0,  -- all times: Unix seconds, 0: never
        unconfirmed BLOB,                      -- DCs left behind whose last changes may not have arrived here: see cursor.h
        unconfirmed_since INTEGER NOT NULL DEFAULT 0,
        canary BLOB,                           -- the newest object seen in this epoch, and its USN
        canary_usn INTEGER NOT NULL DEFAULT 0,
        rolled_back BLOB,                      -- the epoch of a DC that was put back to an old copy: never followed again
        requested BLOB,                        -- attribute set, as in attribute_list
        unreadable BLOB,
        tombstones_readable INTEGER NOT NULL DEFAULT -1,
        recycle_bin INTEGER NOT NULL DEFAULT -1,
        tombstone_lifetime_days INTEGER NOT NULL DEFAULT 0,
        domain_controllers INTEGER NOT NULL DEFAULT 0, -- how many; and when that and the table trace were brought up to date
        traced_at INTEGER NOT NULL DEFAULT 0,
        counted_epoch BLOB,                    -- the members of all groups were counted as of this USN of this invocationId
        counted_usn INTEGER NOT NULL DEFAULT 0,
        counted_least INTEGER NOT NULL DEFAULT 0, -- and those with so many are kept
        foreign_members INTEGER NOT NULL DEFAULT 0, -- how often groups in scope hold people of other domains that are followed, and
        foreign_group TEXT,                    -- one such group; see lib/state/foreign.h
        last_poll_ok INTEGER NOT NULL DEFAULT 0,
        stale_after INTEGER NOT NULL DEFAULT 0, -- from then on what is known is too old to be believed
        last_full_ok INTEGER NOT NULL DEFAULT 0,
        last_reconcile_ok INTEGER NOT NULL DEFAULT 0,
        objects INTEGER NOT NULL DEFAULT 0,    -- live users, contacts and groups: maintained, never counted
        full_reads_interrupted INTEGER NOT NULL DEFAULT 0,
        late_commits_total INTEGER NOT NULL DEFAULT 0,
        missed_changes_total INTEGER NOT NULL DEFAULT 0,
        adopted_differences_total INTEGER NOT NULL DEFAULT 0,
        deletions_held INTEGER NOT NULL DEFAULT 0, -- objects that seem to be gone, and are kept because they are so many
        derivation TEXT                        -- what its claims and findings were made with: rules, configuration, code
);

-- Whatever carries a name for what is below it. The only place where DNs are kept: an OU's rename changes the few rows
-- below it in this table, and no object.
CREATE TABLE container(
        id INTEGER PRIMARY KEY,
        domain INTEGER NOT NULL,
        guid BLOB CHECK(guid IS NULL OR length(guid) = 16), -- NULL: known by name only
        parent INTEGER,                        -- container.id; NULL: the naming context's root, or not known
        rdn TEXT NOT NULL,                     -- as sent; the whole DN where parent is NULL
        dn TEXT NOT NULL,
        name BLOB NOT NULL,                    -- dn_normalize() of dn: equal names are equal bytes
        selected INTEGER NOT NULL,             -- inside the configured OUs
        origin INTEGER NOT NULL,               -- ContainerOrigin of container.h
        usn INTEGER NOT NULL,
        epoch INTEGER NOT NULL,
        deleted_at INTEGER
);
CREATE UNIQUE INDEX container_by_guid ON container(guid, domain) WHERE guid IS NOT NULL;
CREATE INDEX container_by_name ON container(name, domain);
CREATE INDEX container_by_parent ON container(parent);

-- Accounts of connectors, as they were seen last: see lib/state/trace.h. All times: Unix seconds, 0: never.
CREATE TABLE trace(
        domain INTEGER NOT NULL,
        name TEXT NOT NULL,                    -- sAMAccountName
        type INTEGER NOT NULL,                 -- TraceType of directory-facts.h
        is_enabled INTEGER NOT NULL CHECK(is_enabled IN (0, 1)),
        created INTEGER NOT NULL,
        logged_on INTEGER NOT NULL,
        logged_on_replicated INTEGER NOT NULL,
        longest_gap INTEGER NOT NULL DEFAULT 0,
        gap_at INTEGER NOT NULL DEFAULT 0,     -- when that was seen
        password_set INTEGER NOT NULL,
        rights INTEGER NOT NULL DEFAULT -1,    -- REPLICATION_… of directory-facts.h; -1: not known
        seen INTEGER NOT NULL,
        PRIMARY KEY(domain, name)
) WITHOUT ROWID;

-- The domain controllers, as AD lists them, and when each was asked for the logons of those accounts. All times likewise.
CREATE TABLE controller(
        domain INTEGER NOT NULL,
        host TEXT NOT NULL,                    -- dNSHostName
        seen INTEGER NOT NULL,
        asked INTEGER NOT NULL DEFAULT 0,
        answered INTEGER NOT NULL DEFAULT 0,
        failure TEXT,                          -- why it did not answer when it was asked last; NULL: it did, or was not asked
        PRIMARY KEY(domain, host)
) WITHOUT ROWID;

-- OUs that the connector's account may not read, as their descriptors say.
CREATE TABLE hidden_unit(
        domain INTEGER NOT NULL,
        guid BLOB NOT NULL CHECK(typeof(guid) = 'blob' AND length(guid) = 16),
        PRIMARY KEY(domain, guid)
) WITHOUT ROWID;

-- What stood behind the name of a configured OU when it was seen last: under another name it is found again.
CREATE TABLE scope_unit(
        domain INTEGER NOT NULL,
        dn TEXT NOT NULL,                      -- as configured
        guid BLOB NOT NULL CHECK(typeof(guid) = 'blob' AND length(guid) = 16),
        PRIMARY KEY(domain, dn)
) WITHOUT ROWID;

-- Users, contacts and groups, live and deleted. The id is domain * 2^28 + a number: a domain's objects stand together, and
-- whoever has an id (a claim, a finding) knows the domain. No index on the GUID: that is a claim like others, because
-- an index in random order is the dearest part of a first read (doc/performance.md).
CREATE TABLE object(
        id INTEGER PRIMARY KEY,
        domain INTEGER NOT NULL CHECK(domain = id >> 28),
        guid BLOB NOT NULL CHECK(typeof(guid) = 'blob' AND length(guid) = 16),
        parent INTEGER,                        -- container.id; NULL: not known, rdn is the whole DN
        rdn TEXT NOT NULL,                     -- as sent: the DN is rdn || ',' || container.dn
        kind INTEGER NOT NULL,                 -- Kind of object.h
        usn INTEGER NOT NULL,
        epoch INTEGER NOT NULL,
        attribute_list INTEGER NOT NULL,
        excluded INTEGER NOT NULL,             -- sum of 1: by itself; 2: for want of the other half of a person; 4: by the domain's filter; 8: by
                                               -- the group of the scope
        in_scope INTEGER NOT NULL CHECK(in_scope IN (0, 1)), -- is it counted in the table fate as one of the scope?
        deleted_at INTEGER,                    -- when we saw it; NULL: live
        attributes BLOB NOT NULL               -- object_pack()
);
CREATE INDEX object_by_parent ON object(parent);
CREATE INDEX object_by_deletion ON object(deleted_at) WHERE deleted_at IS NOT NULL;

-- Every value under which objects must be able to meet or be found, of every live object, in scope or not, and the GUID of
-- deleted ones too. The key is claim_key(): 4 bits of key space, 60 bits of hash; hits are confirmed on the values.
CREATE TABLE claim(
        key INTEGER NOT NULL,
        object INTEGER NOT NULL,
        PRIMARY KEY(key, object)
) WITHOUT ROWID;

-- Objects that are out of scope because another object is missing, by the key under which it should have been.
CREATE TABLE join_exclusion(
        key INTEGER NOT NULL,
        object INTEGER NOT NULL,
        PRIMARY KEY(key, object)
) WITHOUT ROWID;
CREATE INDEX join_exclusion_by_object ON join_exclusion(object);

-- The inventory of the cloud, part by part (lib/core/inventory-part.h): of each the last import that was whole. Rows of an import that
-- stands in no part are on their way in or out, and mean nothing.
CREATE TABLE cloud_part(
        part TEXT PRIMARY KEY NOT NULL,
        import INTEGER NOT NULL,
        imported_at INTEGER NOT NULL,          -- all times: Unix seconds
        exported_at INTEGER NOT NULL,
        objects INTEGER NOT NULL,
        missing TEXT NOT NULL                  -- properties that no object has, with commas between
) WITHOUT ROWID;

-- Its objects. The ids are below those of any domain's objects, so that their claims stand beside those in claim: of all that no
-- object of a directory in scope is already.
CREATE TABLE cloud_object(
        id INTEGER PRIMARY KEY CHECK(id < 1 << 28),
        import INTEGER NOT NULL,
        claims INTEGER NOT NULL DEFAULT 0,     -- 1: its claims stand in claim
        likeness INTEGER NOT NULL,             -- counterpart_likeness_there(); 0: none
        password_changed INTEGER NOT NULL,     -- Unix seconds; 0: not known
        guid BLOB NOT NULL CHECK(typeof(guid) = 'blob' AND length(guid) = 16),
        kind INTEGER NOT NULL,                 -- CloudKind, CloudSync of inventory-entry.h
        sync INTEGER NOT NULL,
        is_deleted INTEGER NOT NULL,
        is_guest INTEGER NOT NULL,
        is_bound INTEGER NOT NULL,             -- has an onPremisesObjectIdentifier
        name TEXT,
        user_principal_name TEXT,
        mail TEXT,
        anchor BLOB,
        sid BLOB,
        addresses TEXT,                        -- a line each
        problems TEXT,                         -- onPremisesProvisioningErrors, a line each: property, category, time, value, with tabs
        meets INTEGER                          -- claim.key of the object of a directory that it is
);
CREATE INDEX cloud_object_by_import ON cloud_object(import);
CREATE INDEX cloud_object_by_meets ON cloud_object(meets) WHERE meets IS NOT NULL;
CREATE INDEX cloud_object_orphan ON cloud_object(id) WHERE claims = 1 AND sync = 2 AND is_deleted = 0;

-- Who has a role in the cloud, or may take one; and what is known of the tenant.
CREATE TABLE cloud_role(
        principal BLOB NOT NULL CHECK(typeof(principal) = 'blob' AND length(principal) = 16),
        import INTEGER NOT NULL,
        PRIMARY KEY(principal, import)
) WITHOUT ROWID;
CREATE TABLE cloud_fact(
        import INTEGER NOT NULL,
        name TEXT NOT NULL,
        value TEXT NOT NULL,
        PRIMARY KEY(import, name, value)
) WITHOUT ROWID;

-- Groups of which the scope or a rule asks who is in them, as the filter that a domain controller is sent; and who is in them, whether
-- the object has come already or not.
CREATE TABLE membership(
        id INTEGER PRIMARY KEY,
        domain INTEGER NOT NULL,
        filter TEXT NOT NULL,
        members INTEGER NOT NULL,
        UNIQUE(domain, filter)
);
CREATE TABLE member(
        guid BLOB NOT NULL CHECK(typeof(guid) = 'blob' AND length(guid) = 16),
        membership INTEGER NOT NULL,
        PRIMARY KEY(guid, membership)
) WITHOUT ROWID;
CREATE INDEX member_by_membership ON member(membership);

-- What was found out of single objects beside the search, as a number: how many members a group has, whether the connector may write
-- to an account. Of those objects only of which a rule may have something to say.
CREATE TABLE measure(
        domain INTEGER NOT NULL,
        guid BLOB NOT NULL CHECK(typeof(guid) = 'blob' AND length(guid) = 16),
        attribute INTEGER NOT NULL,            -- number of attribute.h: what it is
        n INTEGER NOT NULL,                    -- 0: nothing any more; negative: not seen so far by the survey under way
        is_new INTEGER NOT NULL CHECK(is_new IN (0, 1)), -- the object was not judged by it so far
        PRIMARY KEY(domain, guid, attribute)
) WITHOUT ROWID;
CREATE INDEX measure_of_news ON measure(domain) WHERE is_new = 1;

-- Open findings. The domain itself is the object with its id and the number 0. Who else holds a value stands in claim, under the
-- same key.
CREATE TABLE finding(
        object INTEGER NOT NULL,
        key INTEGER NOT NULL,                  -- claim.key of a disputed value; 0: of the object alone
        id INTEGER NOT NULL,                   -- record_id(): the same on every host
        rule TEXT NOT NULL,
        attribute INTEGER NOT NULL,            -- number of attribute.h, 0: none
        value BLOB,
        class INTEGER NOT NULL,                -- RuleClass, Severity, Certainty of rule.h
        severity INTEGER NOT NULL,
        certainty INTEGER NOT NULL,
        detail TEXT,
        advice TEXT,                           -- NULL: the rule's
        opened INTEGER NOT NULL,
        look_again_at INTEGER,                 -- the clock may change it then
        accepted INTEGER NOT NULL DEFAULT 0 CHECK(accepted IN (0, 1)), -- there is a row in acceptance
        fold TEXT,                             -- what it is one of many for; of the domain itself: what it stands for. NULL: it stands alone
        PRIMARY KEY(object, key, id)
) WITHOUT ROWID;
CREATE INDEX finding_by_rule ON finding(rule, severity, object);
CREATE INDEX finding_by_fold ON finding(rule, fold, object) WHERE fold IS NOT NULL;
CREATE INDEX finding_by_key ON finding(key, object) WHERE key <> 0;
CREATE INDEX finding_by_time ON finding(look_again_at) WHERE look_again_at IS NOT NULL;

-- Findings that somebody has decided to live with for a while, whether they are open now or not: an id outlives its finding. By the
-- object the open ones are found; when that is forgotten, so is this.
CREATE TABLE acceptance(
        finding INTEGER PRIMARY KEY,           -- finding.id
        object INTEGER NOT NULL,
        rule TEXT NOT NULL,
        severity INTEGER NOT NULL,             -- as it was when it was accepted
        attribute INTEGER NOT NULL,
        since INTEGER NOT NULL,
        until INTEGER NOT NULL,                -- the first second in which it counts again
        uid INTEGER NOT NULL,                  -- who asked for it, as the kernel says
        who TEXT NOT NULL,                     -- and as they call themselves
        why TEXT NOT NULL
);
CREATE INDEX acceptance_by_time ON acceptance(until);
CREATE INDEX acceptance_by_object ON acceptance(object);

-- Open findings that nothing supports any more but the word of a domain controller before, to which the one followed now in `domain` has not
-- caught up: they end when it has. See lib/state/hold.h.
CREATE TABLE held(
        domain INTEGER NOT NULL,
        object INTEGER NOT NULL,               -- finding.object, key, id
        key INTEGER NOT NULL,
        id INTEGER NOT NULL,
        PRIMARY KEY(domain, object, key, id)
) WITHOUT ROWID;
CREATE INDEX held_by_key ON held(key, object, id);

-- Objects as the event log has told of them last, and they are not any more by the word of a domain controller that has not caught up with the
-- one before: what has become of them is told when it has. See lib/state/untold.h. The columns are those of object.
CREATE TABLE untold(
        id INTEGER PRIMARY KEY,
        domain INTEGER NOT NULL,
        guid BLOB NOT NULL,
        parent INTEGER,
        rdn TEXT NOT NULL,
        kind INTEGER NOT NULL,
        usn INTEGER NOT NULL,
        epoch INTEGER NOT NULL,
        attribute_list INTEGER NOT NULL,
        excluded INTEGER NOT NULL,
        in_scope INTEGER NOT NULL,
        deleted_at INTEGER,
        attributes BLOB NOT NULL
);

-- How many findings there are: maintained with them, so that a status never scans. Of many that fold, the domain's own counts.
CREATE TABLE counter(
        domain INTEGER NOT NULL,
        rule TEXT NOT NULL,
        class INTEGER NOT NULL,
        severity INTEGER NOT NULL,
        accepted INTEGER NOT NULL DEFAULT 0,   -- as in finding
        n INTEGER NOT NULL,
        PRIMARY KEY(domain, rule, class, severity, accepted)
) WITHOUT ROWID;

-- How many findings of objects fold into one of their domain: maintained likewise.
CREATE TABLE folded(
        domain INTEGER NOT NULL,
        rule TEXT NOT NULL,
        fold TEXT NOT NULL,
        n INTEGER NOT NULL,
        PRIMARY KEY(domain, rule, fold)
) WITHOUT ROWID;

-- What becomes of the objects of a domain, each counted once: maintained likewise. See lib/state/fate.h.
CREATE TABLE fate(
        domain INTEGER NOT NULL,
        fate INTEGER NOT NULL,
        n INTEGER NOT NULL,
        PRIMARY KEY(domain, fate)
) WITHOUT ROWID;

-- What happened, append-only, and the outbox of publishing. It names by value what it speaks of: objects may be gone.
CREATE TABLE event(
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        at INTEGER NOT NULL,
        type INTEGER NOT NULL,                 -- EventType of event.h
        domain INTEGER NOT NULL,
        guid BLOB,
        dn TEXT,
        kind INTEGER,
        rule TEXT,
        severity INTEGER,
        attribute TEXT,
        value BLOB,
        old_value BLOB,
        count INTEGER,
        finding INTEGER,                       -- finding.id
        until INTEGER,                         -- of what was accepted: see acceptance
        uid INTEGER,
        who TEXT,
        why TEXT,
        leaves INTEGER NOT NULL DEFAULT 0      -- 1: with it the object leaves the cloud
);
CREATE INDEX event_by_guid ON event(guid) WHERE guid IS NOT NULL;

-- How many left lately: more than the connector deletes without being told?
CREATE INDEX event_of_leaving ON event(domain, at) WHERE leaves = 1;

-- By these an object's history is judged, each time the object is: restored, UPN changed, anchor changed.
-- With IN, SQLite would make a list of the three, as a table, for each event that is appended.
CREATE INDEX event_of_past ON event(guid, domain) WHERE type = 6 OR type = 8 OR type = 11;
