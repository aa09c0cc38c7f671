/* SPDX-License-Identifier: MIT */
#pragma once

/* What the files of `scand --check` share: one domain that is being tried. */

#include <systemd/sd-event.h>

#include "daemon/check.h"
#include "daemon/connect.h"
#include "daemon/session.h"
#include "lib/state/feed.h"

/* How a line begins. */
typedef enum CheckMark {
        CHECK_GOOD,   /* works */
        CHECK_REMARK, /* works, but less than it could */
        CHECK_BAD,    /* the domain cannot be followed */
} CheckMark;

/* What is asked of the server, one after the other. The first is the feed's own, up to its main search. */
typedef enum CheckQuestion {
        CHECK_ASK_FEED,
        CHECK_ASK_CLOCK,
        CHECK_ASK_SAMPLE,    /* the first page of the feed's main search */
        CHECK_ASK_LIMITS,    /* the forest's query policy */
        CHECK_ASK_CONNECTOR, /* the account of Entra Connect */
        CHECK_ASK_NOTHING,
} CheckQuestion;

typedef struct Check {
        FILE *stream;
        const Config *config;
        const DomainConfig *domain_config;
        const char *credentials_directory;
        sd_event *event;
        unsigned n_bad;

        Discover *discover;
        Connect *connect;
        unsigned n_tries;

        Store *store; /* in memory */
        Domain domain;
        Feed *feed;
        Session *session;
        sd_event_source *work; /* the next question, on a turn of its own */
        CheckQuestion question;
        FeedRequest search; /* the feed's main search; its strings are the feed's */

        /* What came. */
        bool has_asked_vector, has_vector;
        int64_t server_time; /* Unix seconds, 0: not told */
        unsigned n_objects, n_users;
        bool has_more; /* than the page */
        AttributeSet seen_on_users;  /* of one at least */
        AttributeSet shown_by_users; /* of two: an account may always read itself */
        int64_t page_limit, range_limit; /* of the query policy; 0: not told */
        char *connector; /* its sAMAccountName; NULL: none */
} Check;

/* One line: a mark, what was tried, how it went. Counts what is bad. */
void check_line(Check *check, CheckMark mark, const char *what, const char *format, ...)
        _printf_(4, 5);

/* What to do about it, below such a line; each line of the text is indented. */
void check_advice(Check *check, const char *format, ...) _printf_(2, 3);

/* check-connect.c: says how far the attempt came. Returns whether another server is worth a try. */
bool check_tell_connection(Check *check, const ConnectResult *result);

/* check-server.c: begins to ask; ends the loop when all is told. 0 or negative. */
int check_server(Check *check, struct ldap *handle);

/* check-tell.c: the lines about what came. */
void check_tell_feed(Check *check); /* it went well */
void check_tell_failure(Check *check, FeedFailure failure);
void check_tell_clock(Check *check);
void check_tell_sample(Check *check);
void check_tell_limits(Check *check);
void check_tell_connector(Check *check);
