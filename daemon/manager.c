/* SPDX-License-Identifier: MIT */
#include "daemon/manager.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <systemd/sd-daemon.h>
#include <time.h>

#include "daemon/log.h"
#include "daemon/manager-internal.h"
#include "daemon/message-id.h"
#include "daemon/publish.h"
#include "daemon/report.h"
#include "lib/state/cloud.h"

enum {
        PUBLISH_AT_ONCE = 64, /* events a turn */
        LONG_TURN_USEC = 50 * 1000,
        REPORT_GAP_USEC = 1000 * 1000, /* between two writes, at least */
        REPORT_INTERVAL_USEC = REPORT_INTERVAL_SECONDS * 1000 * 1000,
};

void manager_report_soon(Manager *manager)
{
        uint64_t at = (uint64_t)(manager->reported_at + REPORT_GAP_USEC), due;

        if (sd_event_source_get_time(manager->report, &due) >= 0 && at < due)
                (void)sd_event_source_set_time(manager->report, at);
}

/* --- telling --- */

/* What systemctl status shows; sent only when it says something else than before. */
static void manager_tell_status(Manager *manager)
{
        char *line = report_line(&manager->health);

        if (!line || (manager->status && strcmp(line, manager->status) == 0)) {
                free(line);
                return;
        }

        (void)sd_notifyf(false, "STATUS=%s", line);
        free(manager->status);
        manager->status = line;
}

static void manager_fill_report(Manager *manager)
{
        int r;

        r = report_fill(manager, &manager->health);
        if (r < 0)
                log_error("cannot count what there is to report: %s", strerror(-r));
}

static void manager_write_report(Manager *manager)
{
        int r;

        r = report_write(&manager->health, manager->runtime_directory);
        if (r < 0)
                log_error("cannot write health.json and scand.prom in %s: %s, trying again in %ds",
                          manager->runtime_directory, strerror(-r), REPORT_INTERVAL_SECONDS);
}

static int on_report(sd_event_source *source, uint64_t usec, void *userdata)
{
        Manager *manager = userdata;

        manager_note_turn(manager, "report");
        manager->reported_at = manager_usec();
        (void)sd_event_source_set_time(source,
                                       (uint64_t)manager->reported_at + REPORT_INTERVAL_USEC);
        manager_enable(source);

        manager_fill_report(manager);
        manager_tell_status(manager);
        manager_write_report(manager);

        /* Now and then also what a failed attempt left untold. */
        manager_enable(manager->publish);
        return 0;
}

static int on_publish(sd_event_source *source, void *userdata)
{
        Manager *manager = userdata;
        int r;

        manager_note_turn(manager, "publish");
        r = publish_events(manager->store, PUBLISH_AT_ONCE);
        if (r == PUBLISH_MORE)
                manager_enable(source);
        else if (r < 0)
                log_error("cannot tell the journal what happened: %s (%s), trying again in %ds",
                          strerror(-r), store_error(manager->store), REPORT_INTERVAL_SECONDS);
        return 0;
}

/* --- for whoever reports --- */

const Follower *manager_follower(const Manager *manager, size_t index)
{
        for (size_t i = 0; i < manager->n_places; i++)
                if (!manager->places[i].is_leaving && index-- == 0)
                        return manager->places[i].follower;

        return NULL;
}

ManagerState manager_state(const Manager *manager)
{
        return manager->state;
}

int64_t manager_since(const Manager *manager)
{
        return manager->since;
}

int64_t manager_longest_turn_usec(const Manager *manager)
{
        return manager->longest_turn;
}

/* --- life --- */

static int on_stop(sd_event_source *source, const struct signalfd_siginfo *info, void *userdata)
{
        Manager *manager = userdata;

        (void)sd_notify(false, "STOPPING=1");
        manager->state = MANAGER_STOPPING;
        for (size_t i = 0; i < manager->n_places; i++)
                if (!manager->places[i].is_leaving)
                        follower_stop(manager->places[i].follower);

        return sd_event_exit(manager->event, 0);
}

static int on_reload(sd_event_source *source, const struct signalfd_siginfo *info, void *userdata)
{
        _cleanup_free_ char *text = NULL;

        (void)manager_reload(userdata, &text);
        return 0;
}

static int manager_add_signals(Manager *manager)
{
        static const struct {
                int number;
                sd_event_signal_handler_t handler;
        } signals[] = {
                { SIGTERM, on_stop },
                { SIGINT, on_stop },
                { SIGHUP, on_reload },
        };
        int r;

        for (size_t i = 0; i < ARRAY_SIZE(signals); i++) {
                sd_event_source *source = NULL;

                r = sd_event_add_signal(manager->event, &source, signals[i].number,
                                        signals[i].handler, manager);
                if (r < 0)
                        return r;
                (void)sd_event_source_set_priority(source, SD_EVENT_PRIORITY_IMPORTANT);
                (void)sd_event_source_set_description(source, strsignal(signals[i].number));
                r = sd_event_source_set_floating(source, true);
                sd_event_source_unref(source);
                if (r < 0)
                        return r;
        }

        return 0;
}

static int add_defer(Manager *manager, const char *name, sd_event_handler_t handler,
                     sd_event_source **ret)
{
        int r;

        r = sd_event_add_defer(manager->event, ret, handler, manager);
        if (r < 0)
                return r;

        (void)sd_event_source_set_description(*ret, name);
        return sd_event_source_set_enabled(*ret, SD_EVENT_OFF);
}

static int manager_add_sources(Manager *manager)
{
        int r;

        r = sd_event_default(&manager->event);
        if (r < 0)
                return r;
        r = manager_add_signals(manager);
        if (r < 0)
                return r;
        r = add_defer(manager, "queue", manager_on_queue, &manager->queue);
        if (r < 0)
                return r;
        r = add_defer(manager, "publish", on_publish, &manager->publish);
        if (r < 0)
                return r;

        r = sd_event_add_time(manager->event, &manager->report, CLOCK_MONOTONIC, 0, 0, on_report,
                              manager);
        if (r < 0)
                return r;
        (void)sd_event_source_set_description(manager->report, "report");
        r = manager_watch_what_is_old(manager);
        if (r >= 0)
                r = manager_watch_acceptances(manager);
        if (r < 0)
                return r;

        /* Pings only from the loop, between two turns: a loop that hangs does not ping. */
        r = sd_event_set_watchdog(manager->event, true);
        return r < 0 ? r : 0;
}

/* systemd makes these before it starts us; a daemon started by hand makes its own. */
static int make_directory(const char *path, mode_t mode)
{
        if (mkdir(path, mode) < 0 && errno != EEXIST)
                return -errno;

        return 0;
}

static int manager_open_store(Manager *manager, char **ret_error)
{
        const char *directory = manager->config->state_directory;
        _cleanup_free_ char *path = NULL;
        int r;

        r = make_directory(directory, 0750);
        if (r < 0) {
                if (asprintf(ret_error, "%s: cannot be made: %s", directory, strerror(-r)) < 0)
                        *ret_error = NULL;
                return r;
        }
        if (asprintf(&path, "%s/scand.db", directory) < 0) {
                path = NULL;
                return -ENOMEM;
        }

        r = store_open(path, STORE_WRITE, &manager->store, ret_error);
        if (r >= 0)
                store_set_worker(manager->store, worker_of_store(manager->worker));
        return r;
}

static int manager_open_control(Manager *manager, char **ret_error)
{
        int r;

        r = make_directory(manager->runtime_directory, 0755);
        if (r >= 0)
                r = control_new(manager, manager->runtime_directory, &manager->control);
        if (r < 0 && asprintf(ret_error, "%s/control: %s", manager->runtime_directory,
                              r == -EADDRINUSE ? "another daemon answers there" : strerror(-r)) < 0)
                *ret_error = NULL;
        return r;
}

int manager_new(const ManagerSettings *settings, Config *config, Manager **ret, char **ret_error)
{
        _cleanup_(manager_freep) Manager *manager = NULL;
        int r;

        *ret_error = NULL;
        manager = calloc(1, sizeof(*manager));
        if (!manager) {
                config_free(config);
                return -ENOMEM;
        }

        manager->settings = *settings;
        manager->config = config;
        manager->since = time(NULL);
        manager->runtime_directory = strdup(config->runtime_directory);
        if (!manager->runtime_directory)
                return -ENOMEM;

        r = manager_add_sources(manager);
        if (r >= 0)
                r = worker_new(&manager->worker);
        if (r < 0)
                return r;
        r = manager_open_store(manager, ret_error);
        if (r < 0)
                return r;
        r = cloud_tenant_fill(manager->store, &manager->config->tenant);
        if (r < 0)
                return r;
        r = manager_open_control(manager, ret_error);
        if (r < 0)
                return r;

        r = manager_retire_others(manager);
        if (r < 0)
                return r;
        r = intake_new(manager, config->state_directory, &manager->intake);
        if (r < 0) {
                if (asprintf(ret_error, "%s/cloud: %s", config->state_directory, strerror(-r)) < 0)
                        *ret_error = NULL;
                return r;
        }
        for (size_t i = 0; i < config->n_domains; i++) {
                r = manager_add_domain(manager, &config->domains[i]);
                if (r < 0)
                        return r;
        }

        *ret = TAKE_PTR(manager);
        return 0;
}

static void manager_free_followers(Manager *manager)
{
        for (size_t i = 0; i < manager->n_places; i++)
                follower_free(manager->places[i].follower);

        free(manager->places);
        manager->places = NULL;
        manager->n_places = 0;
}

Manager *manager_free(Manager *manager)
{
        if (!manager)
                return NULL;

        manager_free_followers(manager);
        intake_free(manager->intake);
        control_free(manager->control);
        sd_event_source_disable_unref(manager->report);
        sd_event_source_disable_unref(manager->retain);
        sd_event_source_disable_unref(manager->expire);
        sd_event_source_disable_unref(manager->publish);
        sd_event_source_disable_unref(manager->queue);
        sd_event_unref(manager->event);
        store_close(manager->store);
        worker_free(manager->worker);
        config_free(manager->config);
        health_done(&manager->health);
        free(manager->status);
        free(manager->runtime_directory);
        free(manager);
        return NULL;
}

/* Of this thread: what is missing from the time of day went to the disk, or to others on the same machine. */
static int64_t cpu_usec(void)
{
        struct timespec t;

        (void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
        return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

/* A turn is what runs between two looks at the descriptors: nobody is heard and no watchdog is fed meanwhile. */
static void manager_measure_turn(Manager *manager, int64_t usec, int64_t cpu)
{
        if (usec > LONG_TURN_USEC)
                log_debug("a turn of the loop took %" PRIi64 " ms, %" PRIi64
                          " of them computing (%s)",
                          usec / 1000, cpu / 1000, manager->turn ?: "reading");
        if (usec > manager->longest_turn)
                manager->longest_turn = usec;
}

static int manager_turn(Manager *manager)
{
        int64_t begin, cpu;
        int r;

        r = sd_event_prepare(manager->event);
        if (r == 0)
                r = sd_event_wait(manager->event, UINT64_MAX);
        if (r <= 0)
                return r;

        manager->turn = NULL;
        begin = manager_usec();
        cpu = cpu_usec();
        r = sd_event_dispatch(manager->event);
        manager_measure_turn(manager, manager_usec() - begin, cpu_usec() - cpu);
        return r;
}

/* The last words: what happened until now, and that nothing will any more. */
static void manager_finish(Manager *manager)
{
        manager->state = MANAGER_STOPPED;
        manager_fill_report(manager);
        manager->intake = intake_free(manager->intake); /* with its transaction */
        manager_free_followers(manager);

        while (publish_events(manager->store, PUBLISH_AT_ONCE) == PUBLISH_MORE)
                ;
        manager_write_report(manager);
        log_about(LOG_INFO, MESSAGE_STOPPED, NULL,
                  "stopped; longest turn of the loop %" PRIi64 " ms", manager->longest_turn / 1000);
}

int manager_run(Manager *manager)
{
        int r = 0;

        log_about(LOG_INFO, MESSAGE_STARTED, NULL, "scand " SCAND_VERSION " started, %zu domain%s",
                  manager->n_places, manager->n_places == 1 ? "" : "s");

        while (r >= 0 && sd_event_get_state(manager->event) != SD_EVENT_FINISHED)
                r = manager_turn(manager);
        if (r < 0)
                log_error("the event loop failed: %s", strerror(-r));

        manager_finish(manager);
        return r < 0 ? r : 0;
}
