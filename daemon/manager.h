/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Owns everything that lives longer than a call: the loop, signals, timers, the database, the followers, the control socket.
 * It also deals out the two things of which there is one in the process: the connecting thread, and the open
 * transaction.
 */

#include <stdbool.h>
#include <stdint.h>
#include <systemd/sd-event.h>

#include "daemon/follower.h"
#include "lib/core/config.h"
#include "lib/core/control-protocol.h"
#include "lib/state/retain.h"
#include "lib/state/store.h"

typedef struct ManagerSettings {
        const char *config_file;
        const char *drop_in_directory;     /* NULL: none */
        const char *credentials_directory; /* NULL: none was given to this service */
} ManagerSettings;

/*
 * Builds, attaches nothing. `config` was loaded from the settings' file and is taken over in any case. 0, or negative with a
 * sentence for people in *ret_error (caller frees; NULL: it was logged or there was no memory), see store_open() for the errno.
 */
int manager_new(const ManagerSettings *settings, Config *config, Manager **ret, char **ret_error);
Manager *manager_free(Manager *manager);
DEFINE_CLEANUP(Manager, manager_free)

/* Runs until told to stop. 0, or negative where the loop itself failed. */
int manager_run(Manager *manager);

/* --- for followers --- */

sd_event *manager_event(Manager *manager);
Store *manager_store(Manager *manager);
const Config *manager_config(Manager *manager);
const char *manager_credentials_directory(Manager *manager);

int64_t manager_usec(void);             /* CLOCK_MONOTONIC, microseconds */
int64_t manager_now(Manager *manager);  /* milliseconds of a clock that never steps back */
int64_t manager_wall(Manager *manager); /* Unix seconds */

/* Wants the connecting thread: follower_connect() comes when it is this one's turn. Asking twice changes nothing. */
void manager_want_connect(Manager *manager, Follower *follower);
/* The same when nobody else wants it, for follower_logon_connect(); it is given up where somebody does. */
void manager_want_logon(Manager *manager, Follower *follower);
void manager_logon_done(Manager *manager, Follower *follower);

/* Its attempt is over and freed, or not wanted any more. */
void manager_connect_done(Manager *manager, Follower *follower);

/*
 * The transaction: one follower at a time is between its first and last feed_step(). True: it is yours. False: follower_wake()
 * comes when it is free.
 */
bool manager_claim_transaction(Manager *manager, Follower *follower);
void manager_release_transaction(Manager *manager, Follower *follower);

/* The same for an import of the cloud's inventory, which belongs to no follower; it asks again later. */
bool manager_claim_import(Manager *manager);
void manager_release_import(Manager *manager);

/* What the present turn of the loop is about, for the log of long ones; lives for ever. */
void manager_note_turn(Manager *manager, const char *what);

/* Something committed: there may be events to publish and counts to write. */
void manager_committed(Manager *manager);

/* A new one counts: what it says of the tenant stands in for what is not configured, and all is judged again where that is news. */
void manager_inventory_changed(Manager *manager);
/* A follower's state, failures or DC changed. */
void manager_follower_changed(Manager *manager, Follower *follower);

/* --- for whoever reports --- */

typedef enum ManagerState {
        MANAGER_STARTING, /* until every domain was tried once */
        MANAGER_RUNNING,
        MANAGER_STOPPING,
        MANAGER_STOPPED,
} ManagerState;

const Follower *manager_follower(const Manager *manager, size_t index); /* NULL: past the end */
ManagerState manager_state(const Manager *manager);
int64_t manager_since(const Manager *manager); /* Unix seconds */
int64_t manager_longest_turn_usec(const Manager *manager);

/* --- for the control socket --- */

/* 0, or negative with the problems in *ret_text (caller frees; NULL: no memory). */
int manager_reload(Manager *manager, char **ret_text);

/* `domain` NULL: all. How many domains were told. */
size_t manager_rescan(Manager *manager, const char *domain, bool is_reconcile,
                      bool accept_deletions);

enum {
        MANAGER_BUSY =
                1, /* an answer is being applied, or awaited: control_transaction_free() tells when it is done */
        MANAGER_ALIVE = 2,
};

/*
 * Where the attributes of an object were written last. 0 with the text of origin_text(), the caller's; MANAGER_BUSY: the domain
 * controller is being asked; -ENODEV: no such domain is configured; -ENOTCONN: it is not connected; -ENOENT: no such object;
 * -EACCES: the account may not read it; or another negative.
 */
int manager_origin(Manager *manager, const char *domain, const Guid *guid, char **ret_text);

/* By followers: what manager_origin() was busy with is known. */
void manager_origin_answered(Manager *manager);

/* Does what CONTROL_ACCEPT and CONTROL_UNACCEPT ask. 0 with *ret_n, how many findings it was; MANAGER_BUSY; or negative. */
int manager_accept(Manager *manager, const ControlRequest *request, int64_t uid, size_t *ret_n);

/*
 * Forgets a deleted object at once, in all domains; *ret as retain_forget() has it. 0; MANAGER_BUSY; MANAGER_ALIVE: a directory still
 * has it; or negative.
 */
int manager_forget(Manager *manager, const Guid *guid, int64_t uid, Forgotten *ret);

/*
 * Begins to erase what is kept of a domain. 0 with *ret_objects, how many live ones were known of it; MANAGER_BUSY; MANAGER_ALIVE: it is
 * configured; -ENODEV: nothing is kept of such a domain; or another negative.
 */
int manager_forget_domain(Manager *manager, const char *domain, int64_t uid, int64_t *ret_objects);
