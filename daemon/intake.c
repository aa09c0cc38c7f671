/* SPDX-License-Identifier: MIT */
#include "daemon/intake.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "daemon/drop.h"
#include "daemon/log.h"
#include "daemon/message-id.h"
#include "daemon/pace.h"
#include "lib/state/apply.h"
#include "lib/state/cloud-import.h"

enum {
        LOOK_USEC = 1000 * 1000,
        BUSY_USEC = 100 * 1000, /* somebody has the transaction */
        PIECE = 64 << 10,       /* a hundred objects: a transaction of its own */
        SWEEP = 200,            /* rows */
};

typedef enum IntakeState {
        INTAKE_LOOKING,
        INTAKE_READING,
        INTAKE_PUBLISHING,
        INTAKE_APPLYING,
        INTAKE_SWEEPING,
} IntakeState;

struct Intake {
        Manager *manager;
        sd_event_source *timer, *work;
        Drop drop;
        IntakeState state;

        /* The import under way. */
        size_t next_file;
        int file; /* the one that is read; -1: none */
        CloudImport *import;
        Domain domain;
        Apply *apply;
        Pace pace; /* of its steps */
        uint8_t piece[PIECE];
};

/* ------------------------------------------------------------------ an import comes and goes */

static void intake_forget(Intake *intake)
{
        (void)apply_free(intake->apply);
        intake->apply = NULL;
        domain_done(&intake->domain);
        intake->domain = (Domain){};
        (void)cloud_import_free(intake->import);
        intake->import = NULL;
        drop_forget(&intake->drop);
        intake->next_file = 0;
        if (intake->file >= 0)
                (void)close(intake->file);
        intake->file = -1;
}

/* 1: there is something to import; 0: nothing; or negative. */
static int intake_look(Intake *intake)
{
        int r;

        r = drop_look(&intake->drop, manager_wall(intake->manager));
        if (r <= 0)
                return r;
        r = cloud_import_new(manager_store(intake->manager), manager_wall(intake->manager),
                             &intake->import);
        return r < 0 ? r : 1;
}

static void intake_end(Intake *intake)
{
        intake_forget(intake);
        intake->state = INTAKE_SWEEPING;
}

static void intake_refuse(Intake *intake, const char *file, const char *reason)
{
        char text[1200];

        (void)snprintf(text, sizeof(text), "%s%s%s", file ? file : "", file ? ": " : "", reason);
        log_about(LOG_ERR, MESSAGE_IMPORT_REFUSED, NULL,
                  "the inventory of the cloud is not imported, the former one stays: %s", text);
        drop_say(&intake->drop, "failed", text);
        drop_clear(&intake->drop, true);
        intake_end(intake);
}

static void intake_fail(Intake *intake, int error)
{
        intake_refuse(intake, NULL, strerror(-error));
}

static void intake_done(Intake *intake)
{
        const CloudPart *parts;
        char text[1200] = "";
        size_t n, size = 0;

        parts = cloud_import_parts(intake->import, &n);
        for (size_t i = 0; i < n && size < sizeof(text) - 100; i++)
                size += (size_t)snprintf(text + size, sizeof(text) - size, "%s%lld %s",
                                         i > 0 ? ", " : "", (long long)parts[i].objects,
                                         inventory_part_info(parts[i].part)->title);

        log_about(LOG_INFO, MESSAGE_IMPORTED, NULL, "the inventory of the cloud is imported: %s",
                  text);
        drop_say(&intake->drop, "ok", text);
        drop_clear(&intake->drop, false);
        intake_end(intake);
        manager_committed(intake->manager);
        manager_inventory_changed(intake->manager);
}

/* ------------------------------------------------------------------ reading */

/* "3.users.json" of scanctl is taken for users; the name "users.json" only tells what an empty list is of. */
static void file_parts(const char *name, InventoryPart *ret_part, InventoryPart *ret_hint)
{
        char stem[64];
        const char *dot = strchr(name, '.'), *first = name;
        size_t n;

        *ret_part = *ret_hint = INVENTORY_PARTS;
        if (dot && strspn(name, "0123456789") == (size_t)(dot - name) && strchr(dot + 1, '.'))
                first = dot + 1;
        n = strcspn(first, ".");
        if (n >= sizeof(stem))
                return;

        memcpy(stem, first, n);
        stem[n] = 0;
        (void)inventory_part_from_name(stem, first != name ? ret_part : ret_hint);
}

/* 0, APPLY_MORE: somebody has the transaction, or negative. */
static int intake_open(Intake *intake)
{
        const char *name = intake->drop.files[intake->next_file];
        InventoryPart part, hint;
        struct stat status;

        intake->file = drop_open_file(&intake->drop, intake->next_file, &status);
        if (intake->file < 0)
                return intake->file;

        file_parts(name, &part, &hint);
        return cloud_import_begin(intake->import, part, hint, status.st_mtime);
}

static int intake_read_piece(Intake *intake)
{
        ssize_t n;
        int r;

        if (store_in_transaction(manager_store(intake->manager)))
                return -EBUSY;

        n = read(intake->file, intake->piece, PIECE);
        if (n < 0)
                return -errno;
        if (n > 0)
                return cloud_import_feed(intake->import, intake->piece, (size_t)n);

        r = cloud_import_end(intake->import);
        (void)close(intake->file);
        intake->file = -1;
        intake->next_file++;
        return r;
}

static int intake_read(Intake *intake)
{
        int r = 0;

        /* What was written so far is moved beside us; more of it would only make the log longer. */
        if (!store_await_checkpoint(manager_store(intake->manager)))
                return 0;

        if (intake->next_file == intake->drop.n_files) {
                log_debug("the export of the cloud is read, and is judged now");
                r = cloud_import_check(intake->import);
                intake->state = INTAKE_PUBLISHING;
                return r;
        }

        if (intake->file < 0)
                r = intake_open(intake);
        return r < 0 ? r : intake_read_piece(intake);
}

/* ------------------------------------------------------------------ publishing */

/* Any domain that is followed: the inventory is judged against all of them by one Apply. 1, 0: there is none so far, or negative. */
static int intake_find_domain(Intake *intake)
{
        const Config *config = manager_config(intake->manager);

        for (size_t i = 0; i < config->n_domains; i++) {
                int r;

                domain_done(&intake->domain);
                intake->domain = (Domain){};
                r = domain_load(manager_store(intake->manager), config->domains[i].name,
                                &intake->domain);
                if (r < 0)
                        return r;
                if (intake->domain.is_ready)
                        return 1;
        }

        return 0;
}

static int intake_publish(Intake *intake)
{
        Manager *manager = intake->manager;
        ApplySettings settings = { .config = manager_config(manager),
                                   .now = manager_wall(manager) };
        int r;

        if (!manager_claim_import(manager))
                return -EBUSY;

        r = intake_find_domain(intake);
        if (r <= 0) {
                r = r < 0 ? r : cloud_import_publish(intake->import);
                manager_release_import(manager);
                if (r >= 0)
                        intake_done(intake);
                return r;
        }

        settings.domain_config = config_find_domain(settings.config, intake->domain.name);
        settings.cloud_parts = cloud_import_parts(intake->import, &settings.n_cloud_parts);
        r = apply_new(manager_store(manager), &intake->domain, APPLY_CLOUD, &settings,
                      &intake->apply);
        if (r >= 0)
                r = apply_accept(intake->apply, NULL);
        if (r < 0) {
                (void)apply_free(intake->apply);
                intake->apply = NULL;
                manager_release_import(manager);
                return r;
        }

        intake->state = INTAKE_APPLYING;
        return 0;
}

static int intake_apply(Intake *intake)
{
        const Store *store = manager_store(intake->manager);
        int r;

        pace_begin(&intake->pace, store, manager_usec());
        r = apply_step(intake->apply, intake->pace.budget);
        pace_end(&intake->pace, store, manager_usec(), r == APPLY_MORE);
        if (r == APPLY_MORE)
                return 0;

        (void)apply_free(intake->apply);
        intake->apply = NULL;
        manager_release_import(intake->manager);
        if (r >= 0)
                intake_done(intake);
        return r;
}

void intake_reconfigure(Intake *intake)
{
        if (!intake || !intake->apply)
                return;

        (void)apply_free(intake->apply);
        intake->apply = NULL;
        intake->state = INTAKE_PUBLISHING;
        manager_release_import(intake->manager);
}

/* ------------------------------------------------------------------ the loop */

static int intake_start(Intake *intake)
{
        int r = intake_look(intake);

        if (r > 0)
                intake->state = INTAKE_READING;
        else
                intake_forget(intake);
        return r < 0 ? r : 0;
}

static int intake_sweep(Intake *intake)
{
        Store *store = manager_store(intake->manager);
        int r;

        if (store_in_transaction(store))
                return -EBUSY;
        if (!store_await_checkpoint(store))
                return 0;
        r = cloud_sweep(store, NULL, SWEEP);
        if (r <= 0)
                intake->state = INTAKE_LOOKING;
        return r;
}

static int intake_step(Intake *intake)
{
        switch (intake->state) {
        case INTAKE_LOOKING:
                return intake_start(intake);
        case INTAKE_READING:
                return intake_read(intake);
        case INTAKE_PUBLISHING:
                return intake_publish(intake);
        case INTAKE_APPLYING:
                return intake_apply(intake);
        case INTAKE_SWEEPING:
                return intake_sweep(intake);
        }

        return 0;
}

static void intake_trouble(Intake *intake, int error)
{
        size_t at = intake->next_file;
        const char *file = intake->state == INTAKE_READING && at < intake->drop.n_files
                                   ? intake->drop.files[at]
                                   : NULL;

        if (intake->state == INTAKE_LOOKING || intake->state == INTAKE_SWEEPING) {
                log_warning("the folder for exports of the cloud: %s", strerror(-error));
                intake->state = INTAKE_LOOKING;
        } else if (error == -EBADMSG)
                intake_refuse(intake, file, cloud_import_error(intake->import));
        else
                intake_fail(intake, error);
}

/* For the log of long turns. */
static const char *const state_names[] = {
        [INTAKE_LOOKING] = "looking for exports",
        [INTAKE_READING] = "reading an export",
        [INTAKE_PUBLISHING] = "publishing an inventory",
        [INTAKE_APPLYING] = "judging by an inventory",
        [INTAKE_SWEEPING] = "removing a former inventory",
};

static int on_work(sd_event_source *source, void *userdata)
{
        Intake *intake = userdata;
        int r;

        manager_note_turn(intake->manager, state_names[intake->state]);
        r = intake_step(intake);
        if (r < 0 && r != -EBUSY)
                intake_trouble(intake, r);

        /* More at once, or when the transaction may be free, or when something may have come. */
        if (intake->state == INTAKE_LOOKING || r == -EBUSY) {
                (void)sd_event_source_set_time_relative(intake->timer,
                                                        r == -EBUSY ? BUSY_USEC : LOOK_USEC);
                (void)sd_event_source_set_enabled(intake->timer, SD_EVENT_ONESHOT);
        } else
                (void)sd_event_source_set_enabled(source, SD_EVENT_ONESHOT);
        return 0;
}

static int on_timer(sd_event_source *source, uint64_t usec, void *userdata)
{
        const Intake *intake = userdata;

        return sd_event_source_set_enabled(intake->work, SD_EVENT_ONESHOT);
}

Intake *intake_free(Intake *intake)
{
        if (!intake)
                return NULL;

        sd_event_source_disable_unref(intake->timer);
        sd_event_source_disable_unref(intake->work);
        intake_forget(intake);
        drop_done(&intake->drop);
        free(intake);
        return NULL;
}

int intake_new(Manager *manager, const char *state_directory, Intake **ret)
{
        sd_event *event = manager_event(manager);
        Intake *intake = calloc(1, sizeof(*intake));
        int r;

        if (!intake)
                return -ENOMEM;

        intake->manager = manager;
        intake->state = INTAKE_SWEEPING; /* of what a crash has left */
        pace_init(&intake->pace);
        intake->drop = DROP_CLOSED;
        intake->file = -1;
        r = drop_open(&intake->drop, state_directory);
        if (r >= 0)
                r = sd_event_add_defer(event, &intake->work, on_work, intake);
        if (r >= 0)
                r = sd_event_source_set_enabled(intake->work, SD_EVENT_OFF);
        if (r >= 0)
                r = sd_event_add_time_relative(event, &intake->timer, CLOCK_MONOTONIC, BUSY_USEC, 0,
                                               on_timer, intake);
        if (r < 0) {
                (void)intake_free(intake);
                return r;
        }

        (void)sd_event_source_set_description(intake->work, "intake");
        (void)sd_event_source_set_description(intake->timer, "intake-timer");
        *ret = intake;
        return 0;
}
