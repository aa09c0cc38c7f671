/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * What the files of the feed share. feed.c takes events in and hands actions out. Every request it can make is a step: a
 * FeedStepFunctions in feed-server.c (once a connection), feed-poll.c (where are we?), feed-answer.c (the search),
 * feed-late.c (the overlap window), feed-reconcile.c (all that the scope holds, against the cache), feed-suspect.c (what is otherwise
 * there) or feed-absent.c (proof of deletions).
 */

#include "lib/state/cache.h"
#include "lib/state/feed.h"
#include "lib/state/foreign.h"
#include "lib/state/guid-map.h"
#include "lib/state/measure.h"
#include "lib/state/membership.h"

enum {
        FEED_POLL_GAP_MS = 2000, /* between two polls, however many notifications come */
        FEED_POLLS_MISSED = 4,   /* after so many, and the time of a slow one, a domain is stale */
        FEED_SLOW_POLL_SECONDS = 60,
        FEED_BACK_OFF_FIRST_MS = 2000,         /* doubles with every failure in a row … */
        FEED_BACK_OFF_LAST_MS = 5 * 60 * 1000, /* … up to this */
        FEED_OVERLAP_MS = 5 * 60 * 1000, /* how long a write may take from its USN to its commit */
        FEED_TRACE_MS = 15 * 60 * 1000,  /* between two looks at the connectors' accounts */
        FEED_RIGHTS_MS = 24 * 60 * 60 * 1000, /* between two looks at what they may do */
        FEED_AGAIN_MS = 60 * 60 * 1000, /* the same where something was not there to be looked at */
        FEED_RANGE =
                1500, /* values of one attribute that a domain controller hands out at a time */
        FEED_LARGE =
                50000, /* members: from here on their number is kept, or from MemberLimit= if that is less */
        FEED_CONNECTORS_MOST = 16,    /* accounts of which that is asked */
        FEED_OVERLAP_USNS = 10000,    /* the same in USNs, where no older position is known */
        FEED_SCHEMA_CHUNK = 60,       /* terms of one OR filter */
        FEED_GUID_CHUNK = 50,         /* likewise, GUIDs */
        FEED_PAGE_LEAST = 50,         /* entries: not halved further after a time limit */
        FEED_EMPTY_PAGES_MOST = 16,   /* in a row */
        FEED_REPEATED_PAGES_MOST = 8, /* see feed_page_repeats() */
        FEED_LIFETIME_DAYS = 60,      /* of deleted objects, where the forest does not say */
        FEED_RECONCILE_SECONDS = 24 * 60 * 60,    /* from one to the next */
        FEED_RECONCILE_RETRY_MS = 10 * 60 * 1000, /* following goes on between two attempts */
        FEED_SAMPLE_MOST = 500, /* adopted rows that one reconcile reads by value */
};

/* The LDAP result codes that decide something here (RFC 4511 A.1). */
enum {
        RESULT_SUCCESS = 0,
        RESULT_OPERATIONS_ERROR = 1, /* AD's answer to a connection that is not authenticated */
        RESULT_TIME_LIMIT = 3,
        RESULT_REFERRAL = 10,
        RESULT_ADMIN_LIMIT = 11,
        RESULT_NO_SUCH_OBJECT = 32,
        RESULT_NOT_PERMITTED = 50,
};

typedef enum FeedStep {
        STEP_IDLE,
        /* once a connection: who is there, and what can it do? */
        STEP_ROOT,
        STEP_SERVER,
        STEP_SCHEMA,
        STEP_LIFETIME,
        STEP_RECYCLE_BIN,
        STEP_TOMBSTONES,
        STEP_NOTIFICATION,
        /* now and then, before a poll */
        STEP_TRACES,
        STEP_RIGHTS,
        STEP_READABLE,
        STEP_SURVEY,
        /* after a poll that has brought a group */
        STEP_COUNT,
        STEP_COUNT_MORE,
        /* once a poll */
        STEP_VECTOR,
        STEP_POSITION,
        STEP_CANARY,
        STEP_MEMBERS, /* before the search of a first read, behind it otherwise */
        STEP_SEARCH,
        STEP_COMPARE,
        STEP_FIND_ABSENT, /* local work: no request */
        STEP_ABSENT,
        STEP_GONE,
        STEP_SUSPECT,
        STEP_SIGHT,
        STEP_OVERLAP,
        STEP_LATE,
        STEP_PARENT,
        STEP_SAME_SERVER,
        STEP_SAME_EPOCH,
        N_STEPS,
} FeedStep;

/*
 * Each returns 0, a negative errno, or a FeedFailure, which feed.c turns into its consequences. ask() fills in feed->request,
 * or sets feed->step to the step that has something to ask; entry() takes one entry; done() judges the end and sets feed->step to
 * what comes next.
 */
typedef struct FeedStepFunctions {
        int (*ask)(Feed *feed);
        int (*entry)(Feed *feed, const Object *object);
        int (*done)(Feed *feed, const FeedResult *result);
} FeedStepFunctions;

extern const FeedStepFunctions feed_step_root, feed_step_server, feed_step_schema,
        feed_step_lifetime, feed_step_recycle_bin, feed_step_tombstones, feed_step_notification,
        feed_step_traces, feed_step_rights, feed_step_readable, feed_step_survey, feed_step_count,
        feed_step_count_more;
extern const FeedStepFunctions feed_step_vector, feed_step_position, feed_step_canary,
        feed_step_same_server, feed_step_same_epoch;
extern const FeedStepFunctions feed_step_search, feed_step_absent, feed_step_overlap,
        feed_step_late, feed_step_parent, feed_step_gone, feed_step_compare, feed_step_suspect,
        feed_step_sight, feed_step_members;

/* What a connection has told of its server. Nothing of it is believed on the next connection. */
typedef struct FeedServer {
        char *dc;
        char *dsa_dn; /* dsServiceName: its NTDS Settings object */
        char *naming_context;
        char *configuration_nc;
        char *schema_nc;
        Guid dsa;
        Guid invocation_id;
        bool is_active_directory, is_read_only, is_not_synchronized;
        bool has_show_recycled, has_domain_scope, has_notification;
        AttributeSet in_schema;
        unsigned schema_next; /* the first attribute that the schema was not yet asked about */
} FeedServer;

/*
 * The window in which late commits are looked for. `base` is the position of a poll that is at least FEED_OVERLAP_MS old,
 * `next` that of a younger one, which takes its place when it is old enough: the window spans one to two such times.
 */
typedef struct FeedWindow {
        int64_t base;
        int64_t base_wall;
        int64_t next;
        int64_t next_wall;
        int64_t next_at; /* milliseconds; meaningful where is_timed */
        bool is_timed;   /* false after a start: how old `next` is was a former process's clock */
} FeedWindow;

/* Pages that have come, as far as it takes to see that they never end. */
typedef struct FeedPages {
        unsigned n_entries; /* of the page being read */
        unsigned n_empty;   /* pages in a row */
        uint64_t hash;      /* of the page being read */
        unsigned n_pages;
        unsigned landmark_at; /* the page with which pages are compared */
        uint64_t landmark;
        unsigned n_repeats;
} FeedPages;

/* Why a reconcile reads a row by value. */
typedef enum FeedSuspicion {
        SUSPICION_CHANGED,  /* the cache has it, and it must have changed since */
        SUSPICION_UNKNOWN,  /* the cache does not have it, or as deleted */
        SUSPICION_SAMPLE,   /* another domain controller showed it: is it right? */
        SUSPICION_OF_SIGHT, /* no number says that it changed: what the account may see has */
        N_SUSPICIONS,
} FeedSuspicion;

/* Who may have come into sight, and the containers above: see feed-suspect.c. */
typedef struct FeedSight {
        Buffer doubts; /* struct Doubt */
        Buffer above;  /* lists of GUIDs, each with a null one behind it */
        GuidMap lists; /* container → where the list of those above what stands in it begins */
        GuidMap usns;  /* of these containers; 0: not shown */
        Buffer containers;    /* GUIDs: each of them once, */
        size_t containers_at; /* and how many bytes of them were asked for */
} FeedSight;

typedef struct FeedReconcile {
        size_t n_compared;
        Buffer suspects[N_SUSPICIONS]; /* GUIDs */
        unsigned suspicion;            /* which of them are being read, */
        size_t suspect_at;             /* and how many bytes of them were asked for */
        size_t n_adopted;              /* rows that the sample was taken from */
        GuidMap shown; /* those that may have been missed → USN as the comparison showed it, 0: judged */
        FeedSight sight;
} FeedReconcile;

/* The answer under way, from the vector read first to the epoch read last. */
typedef struct FeedAnswer {
        bool is_begun;
        int64_t started; /* milliseconds */
        int64_t started_wall;

        ApplyKind kind;
        Apply *apply; /* NULL: nothing to stage so far; a quiet poll never has one */
        Buffer vector;
        int64_t highest;     /* highestCommittedUSN before the search: the next watermark */
        int64_t low;         /* APPLY_DELTA: USNs above this are new */
        bool is_same_epoch;  /* as the cursor's: its watermark and the rows' USNs mean something */
        bool is_silent;      /* what it opens is a baseline */
        bool is_distrustful; /* USNs of this epoch may have been given twice */
        bool is_requested;   /* by an administrator, who is owed another one if it is dropped */
        bool accepts_deletions;
        bool is_reconcile; /* APPLY_DELTA: all that the server holds is held against the cache, too */
        bool is_woken;     /* a notification came meanwhile */
        FeedWindow window;  /* what follows it */
        Buffer unconfirmed; /* likewise */
        int64_t unconfirmed_since;

        FeedPages pages;
        int64_t n_entries;
        bool has_head, has_object; /* the domain's own object; some user or group */
        Guid newest;               /* the object with the highest USN: the next canary */
        int64_t newest_usn;
        int64_t canary_usn; /* of the present one, as read now; -1: it is gone */

        bool members_asked;     /* in this answer */
        size_t member_at;       /* which of the configuration's memberships is being asked about */
        FeedStep after_members; /* what comes then */

        Buffer late;    /* GUIDs that the overlap window shows and the cache lacks */
        size_t late_at; /* bytes of them that were asked for */

        size_t absent_at;         /* which absent row is being asked for */
        bool is_absent_elsewhere; /* it is in another naming context by now */
        bool is_gone_untraced;   /* one is gone, and has left no tombstone that could be seen … */
        bool has_seen_tombstone; /* … though others have */
        bool was_away;           /* so long that tombstones have expired */
        bool has_called_roll;    /* absent rows were looked for … */
        int64_t deletions_held;  /* … and were too many to go unasked */

        FeedReconcile reconcile;

        bool is_accepted; /* nothing more is asked: being applied */
        bool is_in_transaction;
} FeedAnswer;

/* Accounts with which connectors read the directory, as the traces showed them last, and how far it was asked what they may do. */
typedef struct FeedConnectors {
        struct {
                Guid guid;
                Buffer name;
        } accounts[FEED_CONNECTORS_MOST];
        size_t n;
        Buffer descriptor; /* of the domain */
        size_t at;         /* of the next account; the descriptor comes first */

        /* The one that logged on last: what it may read is what arrives. */
        size_t main;
        int64_t main_logged_on; /* Unix seconds; 0: none has */
        Buffer sids;            /* its own and those of its groups, one behind another */
        GuidList hidden;        /* OUs that it may not read */
} FeedConnectors;

/* Accounts that are named as connectors name theirs, as far as entries have shown them: see feed-account.c. */
typedef struct FeedAccounts {
        Buffer names;
        size_t n;
        bool is_complete; /* there are no others */
} FeedAccounts;

/* The members of groups, as they are being counted. */
typedef struct FeedCount {
        Guid epoch; /* of the server, and how far the cache had come when it began */
        int64_t usn;
        Buffer large;    /* GUIDs of groups with more members than one answer holds */
        size_t large_at; /* bytes of them that are counted to the end */
        size_t n;        /* members of that group that have come so far … */
        size_t n_entry;  /* … and in the answer to the outstanding request */
} FeedCount;

/* What surveys find: see feed-survey.c. */
typedef struct FeedSurvey {
        bool is_due;
        size_t at;                     /* which one */
        MeasureList found;             /* by this one so far */
        MeasureList absent;            /* whom others name and who does not arrive … */
        size_t absent_at, absent_next; /* … of whom it is asked who does, up to before the next */
        ForeignCount foreign;
        CacheRow row; /* scratch */
} FeedSurvey;

struct Feed {
        Store *store;
        Domain *domain;
        FeedSettings settings;
        uint64_t random;
        int64_t now, wall; /* as last told */

        bool is_connected;
        bool is_hanging_up;
        FeedStep step; /* what is asked next, or was just asked */
        bool is_outstanding;
        bool is_ignoring; /* what comes was asked for an answer that is no longer wanted */
        FeedRequest request;
        Buffer base, filter, cookie; /* behind the request's pointers */
        unsigned n_entries;          /* of the outstanding request */
        unsigned page_size;

        FeedServer server;
        FeedAnswer answer;
        FeedWindow window;
        GuidMap overlap;     /* what of it was found in the cache, by USN: see feed-late.c */
        Apply *reevaluation; /* local work: APPLY_REEVALUATE or APPLY_DUE */
        bool is_reevaluating_in_transaction;

        bool wants_full_read, wants_deletions, wants_reconcile, wants_reevaluation;
        int64_t reconcile_at; /* milliseconds: not before */
        bool wants_look; /* the clock may have changed findings, and no answer came that would have shown it */
        bool members_due; /* a group has come, whose members may be others now, or what else moves them */

        FeedFailure failure;
        unsigned n_failures; /* in a row */
        int64_t retry_at;    /* milliseconds: no new connection before */
        int64_t next_poll;
        int64_t next_trace; /* milliseconds: see feed-trace.c */
        int64_t traced_at;  /* wall */
        unsigned n_controllers;
        int64_t next_rights; /* milliseconds: see feed-rights.c */
        FeedAccounts accounts;
        bool owes_traces; /* who was found counts when it is known that there are no others */
        FeedConnectors connectors;
        FeedSurvey survey;
        bool count_due; /* a group has come, which may have more members now */
        FeedCount count;
        int64_t last_poll; /* when the last one ended */

        FeedStatus status;
};

/* feed.c */
int64_t feed_random_between(Feed *feed, int64_t least, int64_t most);

/* The answer needs nothing more from the server: apply it, or if there is nothing to apply, wait for the next poll. */
int feed_poll_complete(Feed *feed);

/* feed-request.c */

/* Begins a request: a search below base with a filter and a list of attributes that ends with ATTRIBUTE_NONE. */
void feed_ask(Feed *feed, FeedScope scope, const char *base, const char *filter,
              const AttributeId *attributes);
void feed_ask_for_page(Feed *feed, unsigned page_size);

/* Objects of the domain are always asked for with the deleted ones, and with no referrals to other naming contexts. */
void feed_ask_for_deleted(Feed *feed);

/* How a search stands that is good to know and not needed: a refusal leaves things as they were. */
typedef enum FeedOptional {
        FEED_OPTIONAL_MORE, /* another page is to be asked for */
        FEED_OPTIONAL_READ,
        FEED_OPTIONAL_REFUSED,
} FeedOptional;

/* What the result of one of its pages means: 0 and *ret, a FeedFailure that hangs up, or negative. */
int feed_optional_done(Feed *feed, const FeedResult *result, FeedOptional *ret);

/* What a result means where only success will do: 0 or a FeedFailure. */
int feed_check_result(const FeedResult *result);

/* The same for a base read that must have brought its object. */
int feed_check_base_read(const Feed *feed, const FeedResult *result);

/* One object by its GUID, wherever it is by now. Without a list of attributes: with all that the search asks for. */
int feed_ask_for_guid(Feed *feed, const Guid *guid, const AttributeId *attributes);

/*
 * The next FEED_GUID_CHUNK of a list of GUIDs, from *at on, which moves on: those that are visible come. Attributes likewise. 0 or
 * negative.
 */
int feed_ask_for_guids(Feed *feed, const Buffer *guids, size_t *at, const AttributeId *attributes);

/* feed-server.c */
void feed_server_done(FeedServer *server);
int feed_ask_for_tombstones(Feed *feed); /* one is enough. 0 or -ENOMEM */
int feed_value_to_text(const Value *value,
                       char **ret); /* 0, -ENOMEM, FEED_PROTOCOL for what is no clean text */

/* feed-poll.c */

/* All that the rules, the configuration and the machinery want of an object, as far as this server's schema has it. */
void feed_wanted_attributes(const Feed *feed, AttributeSet *ret);

/* What the search asks for. */
void feed_requested_attributes(const Feed *feed, AttributeSet *ret);

/* feed-start.c */

int64_t feed_seen(
        const Feed *feed); /* the highest USN of the cursor's epoch that we know was given */

/* Sets kind and low of the answer. 0, negative, or a FeedFailure for a server that must not be followed. */
int feed_start(Feed *feed);
void feed_start_full_read(Feed *feed, const char *reason);
int feed_refuse_rolled_back(Feed *feed); /* FEED_ROLLED_BACK, and remembered; or negative */

/* feed-unconfirmed.c: which domain controllers left behind the answer's vector does not cover yet */
int feed_unconfirmed_read(Feed *feed); /* 0 or negative */
bool feed_unconfirmed_is_ahead(
        const Feed *feed); /* we saw more of this very server than it says it ever wrote */
bool feed_unconfirmed_has_news(const Feed *feed); /* fewer than the cursor says */
bool feed_unconfirmed_is_only_owed(
        const Feed *feed); /* nothing is left but the full read that is owed */
int feed_unconfirmed_owe(
        Feed *feed); /* this full read cannot tell what is gone: another one must. 0 or negative */
void feed_unconfirmed_end(Feed *feed);

/* feed-answer.c */
extern const char feed_filter_names[]; /* which objects are read: rules.md section 0 */
void feed_answer_done(FeedAnswer *answer);
int feed_answer_apply(Feed *feed, Apply **ret); /* the staging, made at its first use */
int feed_stage(Feed *feed, const Object *object);

/* Every entry of a paged search, and the end of every page: 0 with *ret_is_last, or a FeedFailure. */
void feed_pages_entry(FeedPages *pages, const Object *object);
int feed_page_done(Feed *feed, const FeedResult *result, bool *ret_is_last);

/*
 * feed-member.c: the step that comes next, after the question who is in the groups of the configuration where that is due. 0 or
 * negative.
 */
int feed_members_first(Feed *feed, FeedStep next, FeedStep *ret);

/* May others be in them now that this object has changed? */
bool feed_moves_members(const Feed *feed, const Object *object);

/* feed-trace.c: a first read has shown all accounts. 0 or negative. */
int feed_traces_settle(Feed *feed);

/* feed-account.c */
void feed_accounts_done(FeedAccounts *accounts);

/* From here on entries show all that there are: of what was before nothing counts, as in a first read, or all of it was seen. */
void feed_accounts_see_all(Feed *feed);
int feed_accounts_note(Feed *feed,
                       const Object *object); /* 1: it is such a one, and new; 0 or -ENOMEM */

/* Appends the terms of an OR by which a server finds them. 0 or -ENOMEM. */
int feed_accounts_filter(const Feed *feed, Buffer *filter);

/* feed-rights.c */
void feed_connectors_done(FeedConnectors *connectors);
void feed_connectors_reset(FeedConnectors *connectors);
int feed_connectors_add(FeedConnectors *connectors, const Guid *guid, Slice name,
                        int64_t logged_on); /* 0 or -ENOMEM */

/* feed-survey.c */
void feed_survey_begin(Feed *feed); /* all of them are due */
bool feed_wants_survey(const Feed *feed);
void feed_survey_done(FeedSurvey *survey);

/* feed-count.c */
void feed_count_done(FeedCount *count);

/* feed-late.c */
FeedStep feed_step_after_search(const Feed *feed); /* of a delta: what is asked next */
FeedStep feed_step_after_overlap(const Feed *feed);
bool feed_window_is_open(const Feed *feed);     /* is there anything to look for? */
FeedWindow feed_window_after(const Feed *feed); /* the answer under way, once it is committed */
void feed_overlap_forget(Feed *feed);           /* unless that is the window it was learned in */

/* feed-reconcile.c */
void feed_reconcile_done(FeedReconcile *reconcile);
bool feed_reconcile_is_due(const Feed *feed);
void feed_reconcile_begin(Feed *feed); /* the answer under way will be one */

/* Is a row that the server shows what the cache has? What is not is read again later. 0, negative, or a FeedFailure. */
int feed_reconcile_check(Feed *feed, const Object *object);

/* feed-suspect.c */
void feed_sight_done(FeedSight *sight);

/* feed-absent.c */
int feed_absent_find(Feed *feed, unsigned budget); /* APPLY_MORE: call again */
