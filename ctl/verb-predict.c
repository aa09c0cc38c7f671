/* SPDX-License-Identifier: MIT */

/* What Entra ID and Exchange Online will hold for the objects of a file, or for those of the database that are called so. */

#include <errno.h>
#include <string.h>

#include "ctl/json-output.h"
#include "ctl/object-file.h"
#include "ctl/predicting.h"
#include "ctl/scanctl.h"
#include "lib/state/query.h"

/* The objects of one call. */
typedef struct PredictRun {
        Scanctl *scanctl;
        Predicting predicting;
        Object *object;
        JsonList list;
        size_t n;
} PredictRun;

static void predict_run_done(PredictRun *run)
{
        predicting_done(&run->predicting);
        (void)object_free(run->object);
}

static int write_predicted(PredictRun *run)
{
        Output *output = &run->scanctl->output;
        json_object *json;
        int r;

        if (run->scanctl->arguments.format == OUTPUT_JSON) {
                r = prediction_json(&run->predicting.predicted, &json);
                return r < 0 ? r : json_list_add(&run->list, json);
        }

        if (run->n > 0)
                (void)fputs("\n\n", output->stream);
        return prediction_print(output, &run->predicting.predicted);
}

static int predict_object(PredictRun *run, const char *domain, const char *left_out)
{
        int r;

        r = predicting_object(&run->predicting, run->object, domain, left_out);
        if (r >= 0)
                r = write_predicted(run);
        run->n++;
        return r;
}

/* ------------------------------------------------------------------ a file, or the database */

static int predict_file(PredictRun *run, const char *path)
{
        _cleanup_(object_file_closep) ObjectFile *file = NULL;
        const char *domain;
        size_t n_unreadable;
        int r;

        if (object_file_open(path, &file) < 0)
                return EXIT_TROUBLE;

        while ((r = object_file_next(file, run->object, &domain)) > 0) {
                r = predict_object(run, domain, NULL);
                if (r < 0)
                        break;
        }
        if (r < 0)
                return scanctl_error("%s: %s.", object_file_name(file), strerror(-r));

        n_unreadable = object_file_unreadable(file);
        if (n_unreadable > 0)
                return scanctl_error("%s: %zu record%s could not be read.", object_file_name(file),
                                     n_unreadable, n_unreadable == 1 ? "" : "s");
        if (run->n == 0 && run->scanctl->arguments.format == OUTPUT_TEXT)
                (void)fputs("No user, contact or group is in it.\n", run->scanctl->output.stream);
        return EXIT_FINE;
}

static int predict_cached(PredictRun *run, Store *store, int64_t id)
{
        _cleanup_(object_info_done) ObjectInfo info = {};
        int r;

        r = query_object(store, id, run->object, &info);
        if (r <= 0)
                return r; /* 0: it has gone since it was found */

        predicting_forget(
                &run->predicting); /* those that are called alike are asked for one by one */
        return predict_object(run, info.domain, predicting_scope(&info));
}

static int predict_named(PredictRun *run, const char *name)
{
        _cleanup_free_ int64_t *ids = NULL;
        Scanctl *scanctl = run->scanctl;
        Store *store;
        size_t n;
        int r;

        if (scanctl_store(scanctl, &store) < 0)
                return EXIT_TROUBLE;

        r = query_find_objects(store, name, &ids, &n);
        for (size_t i = 0; r >= 0 && i < n; i++)
                r = predict_cached(run, store, ids[i]);
        if (r < 0)
                return scanctl_failed(scanctl, "cannot predict the object", r);

        if (run->n > 0)
                return EXIT_FINE;
        return scanctl->arguments.format == OUTPUT_JSON ? EXIT_FOUND
                                                        : scanctl_no_such_object(store, name);
}

/* A name alone decides, not what is in the folder one happens to be in; a DN may hold a slash. */
static bool is_file_name(const char *operand)
{
        size_t n = strlen(operand);

        return strcmp(operand, "-") == 0 || (n > 5 && strcasecmp(operand + n - 5, ".ldif") == 0) ||
               (strchr(operand, '/') && !strchr(operand, '='));
}

int verb_predict(Scanctl *scanctl, char **operands, size_t n_operands)
{
        _cleanup_(predict_run_done) PredictRun run = { .scanctl = scanctl };
        bool is_json = scanctl->arguments.format == OUTPUT_JSON;
        const Config *config;
        int r;

        if (scanctl_config(scanctl, CONFIG_NEED_JUDGES, &config) < 0)
                return EXIT_TROUBLE;
        if (predicting_init(&run.predicting, config, &scanctl->arguments) < 0 ||
            object_new(&run.object) < 0)
                return scanctl_error("out of memory.");

        if (is_json)
                json_list_begin(&run.list, scanctl->output.stream, "predictions", scanctl->now);
        r = is_file_name(operands[0]) ? predict_file(&run, operands[0])
                                      : predict_named(&run, operands[0]);
        if (is_json)
                json_list_end(&run.list);
        return r;
}
