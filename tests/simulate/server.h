/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * A connection to one controller of the model directory: answers a FeedRequest as a domain controller would, or as one in
 * trouble. No LDAP: entries come as Objects, the way the session hands them to the feed.
 */

#include "lib/state/feed.h"
#include "tests/simulate/directory.h"

#define SERVER_DOMAIN         "sim.example"
#define SERVER_NAMING_CONTEXT "DC=sim,DC=example"

/* What may go wrong with one answer. */
typedef enum FaultType {
        FAULT_NONE,
        FAULT_CUT,   /* the connection breaks after n entries */
        FAULT_CODE,  /* LDAP result `code` after n entries */
        FAULT_EMPTY, /* success, and nothing */
        FAULT_SHORT, /* success and "that was all" after n entries: a lie that nobody can tell from the truth */
        FAULT_NO_PAGE_CONTROL, /* the page comes whole, but without its control */
        FAULT_FORGETFUL,       /* every page is the first one again, for ever */
        FAULT_REPEAT,          /* every entry comes twice */
        FAULT_REFERRAL,
} FaultType;

typedef struct Fault {
        FaultType type;
        unsigned n;
        int code;
} Fault;

/* How a server is; all zero is a good one. */
typedef struct ServerManner {
        bool walks_live; /* pages walk an index as it is now; else the list is made with the first page, as Samba does */
        bool hides_deleted; /* the account may not see deleted objects: no error, they are just not there */
        bool hides_users; /* nor the container of users, whose children then have no parentGUID */
        unsigned hides; /* nor this object, live or deleted; 0: none */
        bool lacks_notification;
        bool lacks_vector;
        bool is_not_ad, is_read_only, is_not_synchronized, is_other_domain;
        unsigned tombstone_lifetime; /* days; 0: 60 */
        AttributeSet not_in_schema;
} ServerManner;

typedef struct Server {
        const Directory *directory;
        unsigned controller;

        ServerManner manner;

        /* Paging state of the one paged search that may be open. */
        unsigned list[DIRECTORY_OBJECTS_MOST];
        unsigned n_list, at;
        uint64_t last_key;
        char cookie[16];
        unsigned n_cookies;

        unsigned n_requests, n_entries; /* counted for the test */
        Object *object;
} Server;

void server_init(Server *server, const Directory *directory, unsigned controller,
                 const ServerManner *manner);
void server_done(Server *server);

/*
 * Answers. Entries go to feed_entry(); *ret is what belongs to feed_result(), its cookie lives until the next call. Negative is
 * what feed_entry() returned.
 */
int server_answer(Server *server, const FeedRequest *request, Fault fault, Feed *feed,
                  FeedResult *ret);

/* Makes the object as this controller shows it, with these attributes. */
void server_make_object(const Server *server, unsigned object, const AttributeSet *attributes,
                        Object *ret);
