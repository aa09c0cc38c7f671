/* SPDX-License-Identifier: MIT */
#include "ctl/fold-writer.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "ctl/csv.h"
#include "ctl/json-output.h"
#include "ctl/table.h"

static const char *const by_names[] = {
        [FOLD_BY_RULE] = "rule",
        [FOLD_BY_DOMAIN] = "domain",
        [FOLD_BY_OU] = "ou",
};

/* NULL: the name says it all. */
static const char *fold_title(const Config *config, FoldBy by, const Fold *fold)
{
        const Rule *rule = by == FOLD_BY_RULE ? config_find_rule(config, fold->name) : NULL;

        return rule ? rule_title(rule) : NULL;
}

/* ------------------------------------------------------------------ text */

static const Column rule_columns[] = {
        { .title = "SEVERITY" },
        { .title = "COUNT", .is_right = true },
        { .title = "RULE" },
        { .title = "FIRST", .label = "first", .least = 30 },
        { .title = "WHAT", .label = "what", .least = 24, .is_extra = true },
};

/* Names of OUs are long: they may be cut, those of rules not. */
static const Column place_columns[] = {
        { .title = "FINDINGS" },
        { .title = "WHERE", .label = "in", .least = 28 },
        { .title = "FIRST", .label = "first", .least = 28 },
};

static int holders_text(const Fold *fold, Buffer *buffer)
{
        int r = 0;

        buffer_reset(buffer);
        for (size_t i = 0; i < fold->n_holders && r >= 0; i++)
                r = buffer_append_format(buffer, "%s%s", i > 0 ? " and " : "", fold->holders[i].dn);
        if (r >= 0 && fold->n > fold->n_holders)
                r = buffer_append_string(buffer, " …");
        return r;
}

static int add_rule(Table *table, const Config *config, const Fold *fold, Buffer *buffer)
{
        int r;

        if ((r = table_add(table, style_of_severity(fold->severity),
                           severity_name(fold->severity))) < 0 ||
            (r = table_add_format(table, STYLE_PLAIN, "%zu", fold->n)) < 0 ||
            (r = table_add(table, STYLE_STRONG, fold->name)) < 0 ||
            (r = holders_text(fold, buffer)) < 0 ||
            (r = table_add(table, STYLE_PLAIN, buffer_string(buffer))) < 0)
                return r;

        return table_add(table, STYLE_FAINT, fold_title(config, FOLD_BY_RULE, fold));
}

/* "6 errors, 1 notice" */
static int counts_text(const Fold *fold, Buffer *buffer)
{
        int r = 0;

        buffer_reset(buffer);
        for (size_t i = ARRAY_SIZE(fold->n_by_severity); i-- > 0 && r >= 0;) {
                size_t n = fold->n_by_severity[i];

                if (n > 0)
                        r = buffer_append_format(buffer, "%s%zu %s%s", buffer->size > 0 ? ", " : "",
                                                 n, severity_name((Severity)i), n == 1 ? "" : "s");
        }
        return r;
}

static int add_place(Table *table, const Fold *fold, Buffer *buffer)
{
        int r;

        if ((r = counts_text(fold, buffer)) < 0 ||
            (r = table_add(table, style_of_severity(fold->severity), buffer_string(buffer))) < 0 ||
            (r = table_add(table, STYLE_STRONG, fold->name)) < 0 ||
            (r = holders_text(fold, buffer)) < 0)
                return r;
        return table_add(table, STYLE_PLAIN, buffer_string(buffer));
}

static void print_sum(Output *output, FoldBy by, const FoldList *list)
{
        static const char *const ones[] = { "rule", "domain", "OU or container" };
        static const char *const many[] = { "rules", "domains", "OUs and containers" };

        (void)putc('\n', output->stream);
        output_prose(output, STYLE_PLAIN, 0, "%zu finding%s of %zu %s. %s", list->n_findings,
                     list->n_findings == 1 ? "" : "s", list->n, list->n == 1 ? ones[by] : many[by],
                     by == FOLD_BY_RULE
                             ? "scanctl findings --rule=RULE lists those of one, --all every one."
                             : "--all lists every one.");
}

static int write_text(Output *output, const Config *config, FoldBy by, const FoldList *list)
{
        _cleanup_(table_freep) Table *table = NULL;
        _cleanup_buffer_ Buffer buffer = BUFFER_INIT;
        int r;

        if (by == FOLD_BY_RULE)
                r = table_new(rule_columns, ARRAY_SIZE(rule_columns), &table);
        else
                r = table_new(place_columns, ARRAY_SIZE(place_columns), &table);
        for (size_t i = 0; i < list->n && r >= 0; i++)
                r = by == FOLD_BY_RULE ? add_rule(table, config, &list->folds[i], &buffer)
                                       : add_place(table, &list->folds[i], &buffer);
        if (r < 0)
                return r;

        table_print(table, output);
        if (output->has_legend)
                print_sum(output, by, list);
        return 0;
}

/* ------------------------------------------------------------------ JSON */

static int json_fold_holders(json_object *object, const Fold *fold)
{
        json_object *array = json_object_new_array();
        int r;

        r = json_add(object, "first", array);
        for (size_t i = 0; i < fold->n_holders && r >= 0; i++) {
                const FoldHolder *holder = &fold->holders[i];
                json_object *element = json_object_new_object();

                if ((r = json_append(array, element)) < 0 ||
                    (r = json_add_string(element, "domain", holder->domain)) < 0 ||
                    (r = json_add_guid(element, "guid", &holder->guid)) < 0 ||
                    (r = json_add_string(element, "dn", holder->dn)) < 0)
                        return r;
                r = json_add_string(element, "kind", kind_name(holder->kind));
        }

        return r;
}

static int json_fold(const Config *config, FoldBy by, const Fold *fold, json_object **ret)
{
        _cleanup_json_ json_object *object = json_object_new_object();
        int r;

        if (!object)
                return -ENOMEM;

        if ((r = json_add_string(object, "by", by_names[by])) < 0 ||
            (r = json_add_string(object, "name", fold->name)) < 0 ||
            (r = json_add_string(object, "title", fold_title(config, by, fold))) < 0 ||
            (r = json_add_string(object, "severity", severity_name(fold->severity))) < 0 ||
            (r = json_add_integer(object, "count", (int64_t)fold->n)) < 0)
                return r;
        for (size_t i = ARRAY_SIZE(fold->n_by_severity); i-- > 0;) {
                r = json_add_integer(object, severity_name((Severity)i),
                                     (int64_t)fold->n_by_severity[i]);
                if (r < 0)
                        return r;
        }
        r = json_fold_holders(object, fold);
        if (r < 0)
                return r;

        *ret = TAKE_PTR(object);
        return 0;
}

static int write_json(Output *output, const Config *config, FoldBy by, const FoldList *list,
                      int64_t now)
{
        JsonList json;
        int r = 0;

        json_list_begin(&json, output->stream, "folds", now);
        for (size_t i = 0; i < list->n && r >= 0; i++) {
                json_object *object;

                r = json_fold(config, by, &list->folds[i], &object);
                if (r >= 0)
                        r = json_list_add(&json, object);
        }
        json_list_end(&json);
        return r;
}

/* ------------------------------------------------------------------ CSV */

static int csv_safe_cell(Output *output, const char *text, bool is_first, Buffer *scratch)
{
        int r;

        buffer_reset(scratch);
        r = text ? output_safe(text, scratch) : 0;
        if (r < 0)
                return r;
        csv_cell(output->stream, buffer_string(scratch), is_first);
        return 0;
}

static int write_csv_fold(Output *output, const Config *config, FoldBy by, const Fold *fold,
                          Buffer *scratch)
{
        char numbers[1 + ARRAY_SIZE(fold->n_by_severity)][24];
        _cleanup_buffer_ Buffer first = BUFFER_INIT;
        int r = 0;

        (void)snprintf(numbers[0], sizeof(numbers[0]), "%zu", fold->n);
        for (size_t i = 0; i < ARRAY_SIZE(fold->n_by_severity); i++)
                (void)snprintf(numbers[i + 1], sizeof(numbers[0]), "%zu", fold->n_by_severity[i]);
        for (size_t i = 0; i < fold->n_holders && r >= 0; i++)
                r = buffer_append_format(&first, "%s%s", i > 0 ? " | " : "", fold->holders[i].dn);
        if (r < 0)
                return r;

        const char *const cells[] = {
                by_names[by],
                fold->name,
                fold_title(config, by, fold),
                severity_name(fold->severity),
                numbers[0],
                numbers[1 + SEVERITY_ERROR],
                numbers[1 + SEVERITY_WARNING],
                numbers[1 + SEVERITY_NOTICE],
                buffer_string(&first),
        };

        for (size_t i = 0; i < ARRAY_SIZE(cells); i++) {
                r = csv_safe_cell(output, cells[i], i == 0, scratch);
                if (r < 0)
                        return r;
        }
        (void)putc('\n', output->stream);
        return 0;
}

static int write_csv(Output *output, const Config *config, FoldBy by, const FoldList *list)
{
        static const char *const titles[] = { "by",    "name",    "title",  "severity", "count",
                                              "error", "warning", "notice", "first" };
        _cleanup_buffer_ Buffer scratch = BUFFER_INIT;
        int r = 0;

        if (output->has_legend)
                csv_row(output->stream, titles, ARRAY_SIZE(titles));
        for (size_t i = 0; i < list->n && r >= 0; i++)
                r = write_csv_fold(output, config, by, &list->folds[i], &scratch);
        return r;
}

int fold_list_write(Output *output, OutputFormat format, const Config *config, FoldBy by,
                    const FoldList *list, int64_t now)
{
        switch (format) {
        case OUTPUT_TEXT:
                return write_text(output, config, by, list);
        case OUTPUT_JSON:
                return write_json(output, config, by, list, now);
        case OUTPUT_CSV:
                return write_csv(output, config, by, list);
        }

        return -EINVAL;
}
