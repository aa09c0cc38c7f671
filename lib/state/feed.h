/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * The change feed of one domain, with no I/O and no clock: told what a server answered and what time it is, it says what to ask
 * next, when, and when an answer is whole and may be applied. The algorithm is ad-tracking.md A10; each rule of it is a
 * function here with its reason.
 *
 *   feed_connected → { feed_next → send its request → feed_entry… feed_result }… → FEED_APPLY → feed_step… → FEED_WAIT …
 *
 * A domain controller computes a page for as long as scand needs for ten, but only when it was asked: so the next request goes out before
 * anything is made of the page before, and that is done while the server is at work: FEED_WORK_AHEAD.
 */

#include "lib/core/config.h"
#include "lib/core/object.h"
#include "lib/state/apply.h"
#include "lib/state/domain.h"

typedef struct Feed Feed;

typedef enum FeedScope {
        FEED_BASE,
        FEED_ONE_LEVEL,
        FEED_SUBTREE,
} FeedScope;

/* One search to send. Strings and cookie are the feed's and live until its result, or where there is none the feed's next call. */
typedef struct FeedRequest {
        const char *base; /* may be "<GUID=…>" */
        FeedScope scope;
        const char *filter;
        AttributeSet attributes;
        AttributeId ranged; /* of this one the values from range_first to range_last only; ATTRIBUTE_NONE: of none */
        size_t range_first, range_last;
        bool is_paged; /* pages of page_size with this cookie */
        unsigned page_size;
        Slice cookie;
        bool show_deleted;  /* control 1.2.840.113556.1.4.417, critical */
        bool show_recycled; /* …2064, critical: only where the server offers it */
        bool domain_scope;  /* …1339: no referrals */
        bool only_dacl; /* …801: of nTSecurityDescriptor what decides on access, which needs no right to see what is audited */
        bool is_notification; /* …528: answers come for as long as the connection lives; see feed_wake() */
        unsigned timeout;   /* seconds without any answer after which the connection is given up; 0: none */
} FeedRequest;

typedef enum FeedActionType {
        FEED_SEND,    /* send the request; report with feed_entry(), feed_result(). Not outstanding if is_notification */
        FEED_APPLY,   /* local work: call feed_step() until it says done */
        FEED_WAIT,    /* nothing to do before `until`, or feed_wake(); without a connection: none is wanted before `until` */
        FEED_PENDING, /* a request is outstanding: wait for its result */
        FEED_WORK_AHEAD, /* likewise, and there is local work meanwhile: call feed_step() once, then ask again */
        FEED_HANG_UP, /* close the connection: the server cannot be used (feed_failure() says why); a new one after `until` */
} FeedActionType;

typedef struct FeedAction {
        FeedActionType type;
        const FeedRequest *request; /* FEED_SEND */
        int64_t until;              /* FEED_WAIT, FEED_HANG_UP: milliseconds of the clock the caller passes as now */
} FeedAction;

/* What ended a request. */
typedef struct FeedResult {
        int code;      /* LDAP result code; negative: the connection broke, or the answer was not LDAP */
        Slice cookie;  /* of the paged control; empty: last page or none */
        bool has_page_control;
        bool is_referral; /* the final message was a referral, or of an unexpected type */
} FeedResult;

/* Codes for health and logs; feed_failure_text() is a sentence. Never a server's own words. */
typedef enum FeedFailure {
        FEED_OK = 0,
        FEED_NOT_AD,              /* no Active Directory capability in rootDSE */
        FEED_WRONG_DOMAIN,        /* defaultNamingContext is not the configured domain's */
        FEED_NOT_SYNCHRONIZED,
        FEED_READ_ONLY_DC,
        FEED_ROLLED_BACK,         /* USN rollback: highestCommittedUSN fell in one epoch */
        FEED_EPOCH_CHANGED,       /* invocationId or DC changed within an answer: dropped */
        FEED_INCOMPLETE,          /* error, wrong cookie or broken connection in mid-answer: dropped */
        FEED_NOT_PERMITTED,       /* the account may not read what is needed */
        FEED_STORE,               /* the database failed */
        FEED_PROTOCOL,            /* an answer that makes no sense */
        FEED_SCHEMA,              /* the schema could not be read */
        FEED_EMPTY,               /* a full read brought nothing: refused */
        FEED_MASS_DELETION,       /* more objects are gone than may go unasked: they are kept, see feed_accept_deletions() */
} FeedFailure;

const char *feed_failure_code(FeedFailure failure); /* "not-active-directory", … */
const char *feed_failure_text(FeedFailure failure);

typedef struct FeedSettings {
        const Config *config;              /* must outlive the feed, or be replaced by feed_reconfigure() */
        const DomainConfig *domain_config;
        int64_t jitter_seed;
} FeedSettings;

/* `domain` is owned by the caller, loaded, and outlives the feed. */
int feed_new(Store *store, Domain *domain, const FeedSettings *settings, Feed **ret);
Feed *feed_free(Feed *feed);
DEFINE_CLEANUP(Feed, feed_free)

/*
 * `now` is milliseconds of a clock that never steps back; `wall` is Unix seconds, for what is written down.
 *
 * Functions that return int give 0, or negative where memory or the database failed: the answer under way is then dropped and
 * worth a line in the log, and feed_next() goes on from there. What a server does wrong is never such an error: the feed
 * says by its next action what to do about it.
 */
int feed_connected(Feed *feed, int64_t now, int64_t wall);
void feed_disconnected(Feed *feed, int64_t now); /* an answer under way is dropped; an accepted one is still applied */

int feed_next(Feed *feed, int64_t now, int64_t wall, FeedAction *ret);
int feed_entry(Feed *feed, const Object *object); /* an entry of the outstanding request */
int feed_result(Feed *feed, const FeedResult *result, int64_t now, int64_t wall); /* its end, or -1 for a deadline */

enum {
        FEED_LOCKED = APPLY_MORE + 1, /* another process writes to the database */
};

/*
 * During FEED_APPLY: 0 committed, APPLY_MORE, or negative: the answer is dropped and read again later. While another domain of
 * the same Store is being applied this one says APPLY_MORE and waits its turn. FEED_LOCKED: nothing happened, the answer is kept; call again
 * later, for it took a second to find out.
 *
 * During FEED_WORK_AHEAD: one batch, whatever the budget. 0, APPLY_MORE, FEED_LOCKED, or negative, as above.
 */
int feed_step(Feed *feed, unsigned budget, int64_t now, int64_t wall);

/*
 * The notification request is never outstanding: whatever it brings while the connection lives is a feed_wake(), and its end, be it
 * a refusal, a feed_notification_ended(): polling goes on without it.
 */
void feed_wake(Feed *feed, int64_t now); /* poll soon, never within 2 s of the last */
void feed_notification_ended(Feed *feed);

void feed_rescan(Feed *feed, int64_t now);           /* a full read at the next opportunity */
void feed_accept_deletions(Feed *feed, int64_t now); /* the same, and what is gone goes, however many it is */

/* Holds everything against the cache at the next opportunity, as happens every day: see feed-reconcile.c. */
void feed_reconcile(Feed *feed, bool accept_deletions, int64_t now);

int feed_reconfigure(Feed *feed, const FeedSettings *settings, int64_t now); /* after a reload; may start a full read by itself */
int feed_reevaluate(Feed *feed, int64_t now); /* judge the cache again: the next action is FEED_APPLY */

/* An entry made no sense: whatever the server still sends of this answer need not be waited for. */
bool feed_wants_to_hang_up(const Feed *feed);

FeedFailure feed_failure(const Feed *feed); /* of the last answer; FEED_OK after a good one */

/* For status and health. */
typedef struct FeedStatus {
        bool is_reading;      /* a full read is under way */
        int64_t read_objects; /* entries staged in it */
        int64_t read_since;   /* wall */
        int64_t usn_behind;   /* highestCommittedUSN minus watermark at the last poll */
        int64_t rows_received; /* directory objects with their attributes, in answers of all sorts */
        bool is_reconciling;  /* all that the server holds is held against the cache */
        int64_t reconcile_since; /* wall */
        int64_t polls, deltas, full_reads, reconciles;
        const char *dc;       /* dnsHostName; NULL: not known yet */
        const char *full_read_reason; /* why the last full read was made: a sentence; NULL: none */
        bool unconfirmed_failover;
        bool is_notified;     /* the server tells of changes: polls come sooner */
        int64_t deletions_held; /* rows that the last full read or reconcile missed and keeps: see FEED_MASS_DELETION */
} FeedStatus;

void feed_status(const Feed *feed, FeedStatus *ret);
