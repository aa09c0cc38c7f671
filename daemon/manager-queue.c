/* SPDX-License-Identifier: MIT */
#include "daemon/manager-internal.h"

#include <systemd/sd-daemon.h>
#include <time.h>

#include "daemon/connect.h"

sd_event *manager_event(Manager *manager)
{
        return manager->event;
}

Store *manager_store(Manager *manager)
{
        return manager->store;
}

const Config *manager_config(Manager *manager)
{
        return manager->config;
}

const char *manager_credentials_directory(Manager *manager)
{
        return manager->settings.credentials_directory;
}

int64_t manager_usec(void)
{
        struct timespec t;

        (void)clock_gettime(CLOCK_MONOTONIC, &t);
        return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

int64_t manager_now(Manager *manager)
{
        return manager_usec() / 1000;
}

int64_t manager_wall(Manager *manager)
{
        return time(NULL);
}

void manager_note_turn(Manager *manager, const char *what)
{
        manager->turn = what;
}

static Place *manager_place(Manager *manager, const Follower *follower)
{
        for (size_t i = 0; i < manager->n_places; i++)
                if (manager->places[i].follower == follower)
                        return &manager->places[i];

        return NULL;
}

/* systemd may go on: the database is open, and somebody was tried, or there is work that may take longer than it waits. */
static void manager_ready(Manager *manager)
{
        if (manager->state != MANAGER_STARTING)
                return;

        manager->state = MANAGER_RUNNING;
        (void)sd_notify(false, "READY=1");
        manager_report_soon(manager);
}

void manager_want_connect(Manager *manager, Follower *follower)
{
        manager_place(manager, follower)->wants_connect = true;
        if (manager->connecting && manager->is_logon)
                follower_logon_cancel(manager->connecting);
        manager_enable(manager->queue);
}

void manager_want_logon(Manager *manager, Follower *follower)
{
        manager_place(manager, follower)->wants_logon = true;
        manager_enable(manager->queue);
}

static void manager_thread_is_free(Manager *manager, const Follower *follower, bool is_logon)
{
        if (manager->connecting == follower && manager->is_logon == is_logon) {
                manager->connecting = NULL;
                manager->is_logon = false;
        }
        manager_enable(manager->queue);
}

void manager_logon_done(Manager *manager, Follower *follower)
{
        manager_thread_is_free(manager, follower, true);
}

void manager_connect_done(Manager *manager, Follower *follower)
{
        manager_thread_is_free(manager, follower, false);
        manager_ready(manager);
}

bool manager_claim_transaction(Manager *manager, Follower *follower)
{
        manager_ready(manager);
        if (!manager->applying && !manager->is_importing)
                manager->applying = follower;

        return manager->applying == follower;
}

/* Whoever waited for the transaction may try now. `follower` does not wait; NULL: it was the intake's. */
static void manager_wake_others(Manager *manager, const Follower *follower)
{
        if (manager->control)
                control_transaction_free(manager->control);
        for (size_t i = 0; i < manager->n_places; i++)
                if (!manager->places[i].is_leaving && manager->places[i].follower != follower)
                        follower_wake(manager->places[i].follower);
}

void manager_release_transaction(Manager *manager, Follower *follower)
{
        if (manager->applying != follower)
                return;

        manager->applying = NULL;
        manager_wake_others(manager, follower);
}

bool manager_claim_import(Manager *manager)
{
        if (manager->applying || manager->is_importing || store_in_transaction(manager->store))
                return false;

        manager->is_importing = true;
        return true;
}

void manager_release_import(Manager *manager)
{
        manager->is_importing = false;
        manager_wake_others(manager, NULL);
}

void manager_committed(Manager *manager)
{
        manager_enable(manager->publish);
        manager_report_soon(manager);
}

void manager_follower_changed(Manager *manager, Follower *follower)
{
        manager_report_soon(manager);
}

/* --- the one connecting thread, and who leaves --- */

static void manager_remove_leaving(Manager *manager)
{
        size_t n = 0;

        for (size_t i = 0; i < manager->n_places; i++) {
                Place *place = &manager->places[i];

                if (place->is_leaving && follower_may_be_freed(place->follower)) {
                        if (manager->connecting == place->follower) {
                                manager->connecting = NULL;
                                manager->is_logon = false;
                        }
                        follower_free(place->follower);
                        continue;
                }
                manager->places[n++] = *place;
        }

        manager->n_places = n;
}

static void manager_connect_next(Manager *manager)
{
        int r;

        for (size_t i = 0; i < manager->n_places && !manager->connecting; i++) {
                Place *place = &manager->places[manager->next++ % manager->n_places];

                if (!place->wants_connect)
                        continue;

                place->wants_connect = false;
                r = follower_connect(place->follower);
                if (r >= 0)
                        manager->connecting = place->follower;
        }
}

/* Only when nobody waits for a domain controller to follow. */
static void manager_logon_next(Manager *manager)
{
        for (size_t i = 0; i < manager->n_places && !manager->connecting; i++) {
                Place *place = &manager->places[i];

                if (!place->wants_logon || place->is_leaving)
                        continue;

                place->wants_logon = false;
                if (follower_logon_connect(place->follower) >= 0) {
                        manager->connecting = place->follower;
                        manager->is_logon = true;
                }
        }
}

int manager_on_queue(sd_event_source *source, void *userdata)
{
        Manager *manager = userdata;

        manager_remove_leaving(manager);
        if (!manager->connecting && !connect_is_busy())
                manager_connect_next(manager);
        if (!manager->connecting && !connect_is_busy())
                manager_logon_next(manager);
        return 0;
}
