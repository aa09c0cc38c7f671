/* SPDX-License-Identifier: MIT */

/* What the connector itself reported, held against what scand said: files of Connect Health, csexport and Graph. */

#include <errno.h>
#include <string.h>

#include "ctl/cloud.h"
#include "ctl/errors.h"
#include "lib/core/sync-error-file.h"
#include "lib/state/cloud.h"

typedef struct Import {
        SyncErrorList list;
        SyncErrorFile *reader;
        bool is_too_large;
        ErrorFile *files;
        size_t n_files;
        JoinedError *joined; /* as many as there are errors */
        size_t n_joined;
} Import;

static void import_done(Import *import)
{
        (void)sync_error_file_free(import->reader);
        for (size_t i = 0; i < import->n_joined; i++)
                joined_error_done(&import->joined[i]);
        free(import->joined);
        free(import->files);
        sync_error_list_done(&import->list);
}

/* ------------------------------------------------------------------ reading */

static int read_begin(void *userdata, int64_t exported_at)
{
        Import *import = userdata;

        (void)sync_error_file_free(import->reader);
        import->reader = NULL;
        import->files[import->n_files].written_at = exported_at;
        return sync_error_file_new(&import->list, &import->reader);
}

/* More errors than anybody can have are told as what is wrong with the file. */
static int read_outcome(Import *import, int r)
{
        import->is_too_large = r == -E2BIG;
        return import->is_too_large ? -EBADMSG : r;
}

static int read_feed(void *userdata, const void *data, size_t size)
{
        Import *import = userdata;

        return read_outcome(import, sync_error_file_feed(import->reader, data, size));
}

static int read_end(void *userdata)
{
        Import *import = userdata;

        return read_outcome(import, sync_error_file_end(import->reader));
}

static const char *read_error(void *userdata)
{
        Import *import = userdata;

        return import->is_too_large ? "there are more than 200,000 errors: a run of the connector "
                                      "ends after 5,000, so this is no report of one"
                                    : sync_error_file_error(import->reader);
}

/* All of them, before anything is said: one that is damaged spoils the comparison. 0, or EXIT_TROUBLE after a message. */
static int import_read(Import *import, const Scanctl *scanctl, char **paths, size_t n)
{
        const CloudSink sink = { read_begin, read_feed, read_end, read_error, import };

        import->files = calloc(n, sizeof(*import->files));
        if (!import->files)
                return scanctl_error("out of memory.");

        for (size_t i = 0; i < n; i++) {
                ErrorFile *file = &import->files[i];
                size_t before = import->list.n;
                int r;

                file->path = strcmp(paths[i], "-") == 0 ? "standard input" : paths[i];
                r = cloud_read(paths[i], scanctl->now, &sink);
                if (r != 0)
                        return r;
                file->source = sync_error_file_source(import->reader);
                file->n_objects = sync_error_file_count(import->reader);
                file->n_errors = import->list.n - before;
                import->n_files++;
        }
        return 0;
}

/* ------------------------------------------------------------------ joining */

static int import_join(Import *import, const Scanctl *scanctl, Store *store, const Config *config)
{
        size_t in_file = 0;
        int has_inventory, r = 0;

        has_inventory = cloud_exists(store);
        if (has_inventory < 0)
                return has_inventory;
        import->joined = calloc(import->list.n + 1, sizeof(*import->joined));
        if (!import->joined)
                return -ENOMEM;

        for (size_t i = 0, file = 0; i < import->list.n && r >= 0; i++, in_file++) {
                JoinedError *joined = &import->joined[import->n_joined++];

                while (in_file == import->files[file].n_errors) {
                        file++;
                        in_file = 0;
                }
                *joined = (JoinedError){ .error = &import->list.errors[i],
                                         .file = &import->files[file] };
                r = error_join(store, config, scanctl->now, has_inventory > 0, joined);
        }
        return r;
}

static int errors_import(Scanctl *scanctl, char **operands, size_t n_operands)
{
        _cleanup_(import_done) Import import = {};
        ErrorReport report = { .scanctl = scanctl };
        Store *store;
        int r;

        if (scanctl_config(scanctl, CONFIG_NEED_PATHS, &report.config) < 0 ||
            scanctl_store(scanctl, &store) < 0)
                return EXIT_TROUBLE;
        r = import_read(&import, scanctl, operands, n_operands);
        if (r != 0)
                return r;

        r = import_join(&import, scanctl, store, report.config);
        report.store = store;
        report.files = import.files;
        report.n_files = import.n_files;
        report.joined = import.joined;
        report.n_joined = import.n_joined;
        if (r >= 0)
                r = scanctl->arguments.format == OUTPUT_JSON ? error_report_json(&report)
                                                             : error_report_text(&report);
        return r < 0 ? scanctl_failed(scanctl, "cannot compare the errors", r) : EXIT_FINE;
}

int verb_errors(Scanctl *scanctl, char **operands, size_t n_operands)
{
        if (strcmp(operands[0], "import") != 0)
                return scanctl_error("there is no \"errors %s\". See scanctl help errors.",
                                     operands[0]);
        if (n_operands < 2)
                return scanctl_error(
                        "errors import needs at least one FILE. See scanctl help errors.");
        return errors_import(scanctl, operands + 1, n_operands - 1);
}
