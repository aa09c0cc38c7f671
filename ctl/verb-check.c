/* SPDX-License-Identifier: MIT */

/*
 * Judges the objects in a file. They go through the very same applying as those of a domain, into a database in memory, so that
 * uniqueness, persons and scope are judged by the same code, and what `check` says is what the daemon would say. With
 * --against-cache that database begins as a copy of scand's own, and the file may change what is there.
 */

#include <errno.h>
#include <string.h>

#include "ctl/cloud.h"
#include "ctl/listing.h"
#include "ctl/object-file.h"
#include "lib/state/plan.h"

typedef struct Check {
        Scanctl *scanctl;
        const Config *config;
        Store *cache; /* NULL: the file is all there is */
        ObjectFile *file;
        Trial *trial;
        Plan *plan; /* with a cache */
        size_t n_judged;
} Check;

static void check_done(Check *check)
{
        (void)trial_free(check->trial);
        (void)plan_free(check->plan);
        (void)object_file_close(check->file);
}

/* A change of something that is there: with a cache it can be judged. */
static int check_change(Check *check, const char *domain, LdifChange change, const Object *object,
                        const LdifEdits *edits)
{
        _cleanup_buffer_ Buffer why = BUFFER_INIT;
        const char *error;
        int r;

        r = plan_note(check->plan, domain, change, object, edits, &error);
        if (r <= 0) {
                check->n_judged += r == 0;
                return r;
        }

        r = buffer_append_format(&why, "the record %s", error);
        if (r < 0 || !buffer_string(&why))
                return -ENOMEM;
        object_file_complain(check->file, (const char *)why.data);
        return 0;
}

static int check_record(Check *check, const char *domain, LdifChange change, Object *object,
                        const LdifEdits *edits)
{
        if (check->plan)
                return check_change(check, domain, change, object, edits);

        if (change != LDIF_CONTENT && change != LDIF_ADD) {
                object_file_complain(check->file,
                                     "the record changes an object that is not here: only whole "
                                     "objects can be judged without --against-cache");
                return 0;
        }

        check->n_judged++;
        return trial_stage(check->trial, domain, object);
}

static int check_read(Check *check)
{
        _cleanup_(object_freep) Object *object = NULL;
        const LdifEdits *edits;
        const char *domain;
        LdifChange change;
        int r;

        r = object_new(&object);
        while (r >= 0 && (r = object_file_next_change(check->file, check->scanctl->arguments.domain,
                                                      object, &domain, &change, &edits)) > 0)
                r = check_record(check, domain, change, object, edits);
        if (r >= 0 && check->plan)
                r = plan_stage(check->plan, check->trial);
        return r;
}

static int check_file(Check *check)
{
        int r;

        r = check_read(check);
        if (r >= 0)
                r = trial_apply(check->trial);
        return r < 0 ? scanctl_error("%s: %s.", object_file_name(check->file), strerror(-r)) : 0;
}

/* What the file's objects have, and what opens on others by them. */
static int select_news(FindingList *list, void *userdata)
{
        static const FindingFilter everything = { .least = SEVERITY_NOTICE, .unfolded = true };
        _cleanup_(finding_list_freep) FindingList *before = NULL;
        const Check *check = userdata;
        int r;

        r = finding_list_new(check->cache, check->config, &everything, &before);
        return r < 0 ? r : plan_select(check->plan, check->trial, list, before);
}

static int cloud_begin(void *userdata, int64_t exported_at)
{
        return cloud_import_begin(userdata, INVENTORY_PARTS, INVENTORY_PARTS, exported_at);
}

static int cloud_feed(void *userdata, const void *data, size_t size)
{
        return cloud_import_feed(userdata, data, size);
}

static int cloud_end(void *userdata)
{
        return cloud_import_end(userdata);
}

static const char *cloud_error(void *userdata)
{
        return cloud_import_error(userdata);
}

/* What --cloud= names, to be judged by. */
static int check_cloud(Check *check)
{
        char **files = check->scanctl->arguments.cloud;
        CloudSink sink = { cloud_begin, cloud_feed, cloud_end, cloud_error, NULL };
        CloudImport *import;
        int r;

        if (!files)
                return 0;
        if (check->cache)
                return scanctl_error(
                        "--against-cache judges by the inventory that was imported: leave "
                        "out --cloud, or --against-cache.");

        r = trial_cloud(check->trial, &import);
        if (r < 0)
                return scanctl_error("%s.", strerror(-r));
        sink.userdata = import;
        for (; *files; files++) {
                r = cloud_read(*files, check->scanctl->now, &sink);
                if (r != 0)
                        return r;
        }

        r = cloud_import_check(import);
        if (r >= 0)
                r = trial_cloud_read(check->trial);
        return r < 0 ? scanctl_error("%s.",
                                     r == -EBADMSG ? cloud_import_error(import) : strerror(-r))
                     : 0;
}

static int check_begin(Check *check, const char *path)
{
        _cleanup_free_ char *error = NULL;
        int r;

        if (scanctl_config(check->scanctl, CONFIG_NEED_JUDGES, &check->config) < 0)
                return EXIT_TROUBLE;
        if (check->scanctl->arguments.against_cache &&
            (scanctl_store(check->scanctl, &check->cache) < 0 ||
             plan_new(check->cache, &check->plan) < 0))
                return EXIT_TROUBLE;
        if (object_file_open(path, &check->file) < 0)
                return EXIT_TROUBLE;

        r = trial_new(check->cache, check->config, check->scanctl->now, &check->trial, &error);
        return r < 0 ? scanctl_error("%s", error ? error : strerror(-r)) : check_cloud(check);
}

int verb_check(Scanctl *scanctl, char **operands, size_t n_operands)
{
        _cleanup_(check_done) Check check = { .scanctl = scanctl };
        size_t n, n_unreadable;
        int r;

        scanctl->arguments.unfolded = true; /* whoever gives a file asks of each object in it */
        r = check_begin(&check, operands[0]);
        if (r != 0)
                return r;
        r = check_file(&check);
        if (r != 0)
                return r;
        r = listing_print(scanctl, trial_store(check.trial), trial_config(check.trial),
                          LISTING_FILE, check.plan ? select_news : NULL, &check, &n);
        if (r != 0)
                return r;

        n_unreadable = object_file_unreadable(check.file);
        if (n_unreadable > 0)
                return scanctl_error("%s: %zu record%s could not be judged, %zu object%s were.",
                                     object_file_name(check.file), n_unreadable,
                                     n_unreadable == 1 ? "" : "s", check.n_judged,
                                     check.n_judged == 1 ? "" : "s");
        return n > 0 ? EXIT_FOUND : EXIT_FINE;
}
