/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * A feed at work on a model directory: what the daemon's follower does, in one function and with no wires. The test decides when
 * it takes a turn, to whom it is connected, and what goes wrong.
 */

#include "lib/state/feed.h"
#include "tests/simulate/server.h"

typedef struct Client Client;

/* Which request of the feed's this is: to aim a fault at it. */
typedef enum RequestSort {
        REQUEST_ROOT,     /* rootDSE */
        REQUEST_SETTINGS, /* NTDS Settings */
        REQUEST_SCHEMA,
        REQUEST_COUNT, /* of the members of groups, and surveys: behind an answer, and no part of it */
        REQUEST_OTHER, /* lifetime, recycle bin, deleted objects, accounts of connectors */
        REQUEST_HEAD,  /* the naming context's root: the vector */
        REQUEST_SEARCH,
        REQUEST_OVERLAP,
        REQUEST_LATE,
        REQUEST_GUID, /* one object */
        REQUEST_NOTIFICATION,
        N_REQUEST_SORTS,
} RequestSort;

RequestSort request_sort(const FeedRequest *request);

typedef struct ClientOps {
        /* Before a request is answered. NULL: nothing goes wrong. */
        Fault (*fault)(Client *client, const FeedRequest *request, void *userdata);
} ClientOps;

struct Client {
        Directory *directory;
        const char *path; /* of the database; NULL: in memory. Borrowed */
        Store *store;
        Domain domain;
        Config *config;
        DomainConfig domain_config;
        Feed *feed;
        uint64_t seed;
        uint64_t random; /* from it: what the machine finds time for while a server is at work */
        int64_t clock_error; /* seconds by which the machine's clock is wrong; may change at any time */

        bool is_connected;
        Server server;
        ServerManner manner; /* of every server it connects to from now on */

        const ClientOps *ops;
        void *userdata;
        unsigned budget;
        int64_t until; /* of the last WAITING or HUNG_UP */
        unsigned n_asked[N_REQUEST_SORTS];
        unsigned search_page_size; /* of the last search */
};

typedef enum ClientTurn {
        CLIENT_ASKED,     /* a request was sent and answered */
        CLIENT_APPLIED,   /* a step of local work */
        CLIENT_COMMITTED, /* the last one */
        CLIENT_WAITING,
        CLIENT_HUNG_UP,
        CLIENT_LOST, /* the connection broke */
} ClientTurn;

/* The clock of the machine: the directory's, in seconds of a made-up epoch, and wrong by clock_error. */
int64_t client_wall(const Client *client);

/* With a configuration of defaults, which the test may change before it starts. The directory outlives the client. */
void client_init(Client *client, Directory *directory, uint64_t seed);

/* Opens the database, in memory where path is NULL, and makes the feed. Errors end the program. */
void client_start(Client *client, const char *path);
void client_done(Client *client);

/* Removes the files of a folder: the database and what stands beside it. */
void folder_clear(const char *folder);

/*
 * As if the process had been killed, and started again: nothing survives but what was committed. A database in memory stays
 * open for that, a file is closed and opened again.
 */
void client_kill(Client *client);

/* A reload: the configuration may have changed, the feed starts over. */
void client_reload(Client *client);

void client_connect(Client *client, unsigned controller);
void client_disconnect(Client *client);

/* What the feed wants now. */
ClientTurn client_turn(Client *client);

/* Turns until the feed waits, hangs up or loses the connection. */
ClientTurn client_run(Client *client);

/* Moves the clock to when the feed wants to go on, and runs. */
ClientTurn client_poll(Client *client);
