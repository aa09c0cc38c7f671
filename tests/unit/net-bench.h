/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * What the tests of connect and session share: a fake domain controller, a loop with a heartbeat that notices when a turn blocks,
 * and the outcome of what was started.
 */

#include <stdbool.h>
#include <systemd/sd-event.h>

#include "daemon/connect.h"
#include "daemon/session.h"
#include "tests/fakedc/peer.h"

/*
 * The loop beats every 20 ms. A turn that blocks does so until a deadline of seconds or for ever; this is far from either. What others
 * on a busy machine take is not counted.
 */
#define BEAT_LONGEST_MS 1000

/*
 * Where nobody answers, the tests have little patience: a second. On a busy machine it may be over before the other side has come to where
 * it falls silent; then the same is tried with twice as much, up to this.
 */
#define LONGEST_TIMEOUT 16

typedef struct Bench {
        Peer *peer;
        sd_event *event;
        Discover *discover;
        DomainConfig config;
        ConnectSettings settings;
        char *servers[2];
        char *folder; /* for files, removed at the end */
        char *ca_file, *password_file;

        sd_event_source *beat;
        int64_t last_beat, longest_gap;
        int schedstat; /* of the thread */

        Connect *connect;
        bool is_connected; /* done() came */
        unsigned n_done;
        ConnectFailure failure;
        ConnectPhase phase;
        char text[512];

        Session *session;
        unsigned n_entries, n_results, n_notified, n_closed, n_notify_ended;
        FeedResult result;
        Buffer cookie;
        int notify_code;
        SessionEnd end;
        int (*on_entry)(struct Bench *bench, const Object *object); /* NULL: counted only */
        int (*on_result)(struct Bench *bench, const FeedResult *result);
        void *userdata;
} Bench;

/* Starts a fake DC with LDAPS and these options beside; NULL: no options. A simple bind to it is configured. */
Bench *bench_new(const char *const *options);
Bench *bench_free(Bench *bench);
DEFINE_CLEANUP(Bench, bench_free)

/* A path in the test's own folder. The caller frees it. */
char *bench_path(Bench *bench, const char *name);
void bench_write(Bench *bench, const char *name, const char *content, unsigned mode);

/* Points the configuration at a host and port. */
void bench_aim(Bench *bench, const char *host, unsigned port);

/* Runs the loop until *flag is not 0. Fails the test after minutes, and when a turn blocked. */
void bench_wait(Bench *bench, const unsigned *flag);
void bench_run_for(Bench *bench, unsigned milliseconds);

/* An attempt, until its end. */
void bench_start(Bench *bench);
ConnectFailure bench_connect(Bench *bench);

/* An attempt at a server that answers no more from this phase on: it must end by itself, and so. */
void bench_give_up(Bench *bench, ConnectFailure failure, ConnectPhase phase);

/* Waits until the server counts so: that a connection was closed it may learn a moment later. */
void bench_expect_count(Bench *bench, const char *count);

/* An attempt that must succeed, and a session on it. */
void bench_open(Bench *bench);

/* Sends and waits for the result. */
void bench_search(Bench *bench, const FeedRequest *request);

/* All users of the generated domain, all pages. The number of entries seen. */
FeedRequest bench_request(void);
unsigned bench_read_all(Bench *bench, unsigned page_size);
