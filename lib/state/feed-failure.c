/* SPDX-License-Identifier: MIT */
#include "lib/state/feed.h"

/*
 * The codes stand in health.json and in people's alerts: they are never renamed. A server's own error text is shown nowhere,
 * because it may quote names and values.
 */
/* clang-format off */
static const struct {
        const char *code;
        const char *text;
} failures[] = {
        [FEED_OK] = { "ok",
                "the last answer was good" },
        [FEED_NOT_AD] = { "not-active-directory",
                "the server is no Active Directory domain controller: its rootDSE lacks the capability 1.2.840.113556.1.4.800" },
        [FEED_WRONG_DOMAIN] = { "wrong-domain",
                "the server is a domain controller of another domain than the configured one" },
        [FEED_NOT_SYNCHRONIZED] = { "not-synchronized",
                "the domain controller says that it has not finished its first replication" },
        [FEED_READ_ONLY_DC] = { "read-only-dc",
                "the server is a read-only domain controller, which does not hold everything: a writable one is needed" },
        [FEED_ROLLED_BACK] = { "usn-rollback",
                "the domain controller's update sequence number went back: it was restored from a copy without Active Directory "
                "being told, and cannot be followed" },
        [FEED_EPOCH_CHANGED] = { "server-changed",
                "another domain controller, or the same after a restore, answered in the middle of an answer, which was dropped" },
        [FEED_INCOMPLETE] = { "answer-incomplete",
                "the answer ended with an error or a broken connection before it was complete, and was dropped" },
        [FEED_NOT_PERMITTED] = { "not-permitted",
                "the account may not read what is needed to follow the domain" },
        [FEED_STORE] = { "database-error",
                "the database could not take the answer" },
        [FEED_PROTOCOL] = { "protocol-error",
                "the server's answer makes no sense" },
        [FEED_SCHEMA] = { "schema-unreadable",
                "the schema could not be read, so that absent attributes cannot be told from unknown ones" },
        [FEED_EMPTY] = { "answer-empty",
                "a full read brought no domain object or no user and group at all, and was refused" },
        [FEED_MASS_DELETION] = { "mass-deletion",
                "more objects are missing than may be deleted unasked: they are kept until `scanctl rescan --accept-deletions`" },
};
/* clang-format on */

const char *feed_failure_code(FeedFailure failure)
{
        return failures[failure].code;
}

const char *feed_failure_text(FeedFailure failure)
{
        return failures[failure].text;
}
