/* SPDX-License-Identifier: MIT */

/*
 * Judges the objects in a file. They go through the very same applying as those of a domain, into a database in memory, so that
 * uniqueness, persons and scope are judged by the same code, and what `check` says is what the daemon would say.
 */

#include <errno.h>
#include <string.h>

#include "ctl/listing.h"
#include "ctl/object-file.h"
#include "lib/state/trial.h"

typedef struct Check {
        Scanctl *scanctl;
        ObjectFile *file;
        Trial *trial;
        size_t n_judged;
} Check;

static void check_done(Check *check)
{
        (void)trial_free(check->trial);
        (void)object_file_close(check->file);
}

static int check_read(Check *check)
{
        _cleanup_(object_freep) Object *object = NULL;
        const char *domain;
        int r;

        r = object_new(&object);
        if (r < 0)
                return r;

        while ((r = object_file_next(check->file, object, &domain)) > 0) {
                r = trial_stage(check->trial, domain, object);
                if (r < 0)
                        return r;
                check->n_judged++;
        }

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

int verb_check(Scanctl *scanctl, char **operands, size_t n_operands)
{
        _cleanup_(check_done) Check check = { .scanctl = scanctl };
        _cleanup_free_ char *error = NULL;
        const Config *config;
        size_t n, n_unreadable;
        int r;

        if (scanctl_config(scanctl, CONFIG_NEED_JUDGES, &config) < 0)
                return EXIT_TROUBLE;
        if (object_file_open(operands[0], &check.file) < 0)
                return EXIT_TROUBLE;

        r = trial_new(NULL, config, scanctl->now, &check.trial, &error);
        if (r < 0)
                return scanctl_error("%s", error ? error : strerror(-r));

        r = check_file(&check);
        if (r != 0)
                return r;
        r = listing_print(scanctl, trial_store(check.trial), trial_config(check.trial),
                          LISTING_FILE, &n);
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
