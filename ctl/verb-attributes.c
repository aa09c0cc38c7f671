/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <limits.h>
#include <string.h>

#include "ctl/csv.h"
#include "ctl/json-output.h"
#include "ctl/prose.h"
#include "ctl/scanctl.h"
#include "ctl/table.h"
#include "lib/core/sync-attribute.h"

static const Kind kinds[] = { KIND_USER, KIND_INETORGPERSON, KIND_CONTACT, KIND_GROUP };

#define ALL_KINDS UINT_MAX

/* "user, contact" of the kinds in both sets; inetOrgPerson goes without saying beside user. Appends. 0 or -ENOMEM. */
static int kinds_text(unsigned set, Buffer *buffer)
{
        const char *separator = "";
        int r = 0;

        for (size_t i = 0; i < ARRAY_SIZE(kinds) && r >= 0; i++) {
                if (!(set & kind_mask(kinds[i])) ||
                    (kinds[i] == KIND_INETORGPERSON && set & kind_mask(KIND_USER)))
                        continue;
                r = buffer_append_format(buffer, "%s%s", separator, kind_name(kinds[i]));
                separator = ", ";
        }

        return r;
}

/* Calls for those rules that watch the attribute for one of the kinds. */
static bool is_watched_by(const SyncAttribute *row, unsigned wanted, const Rule *rule)
{
        AttributeId attribute = attribute_find(row->name, strlen(row->name));

        return attribute != ATTRIBUTE_NONE && rule_kinds(rule) & row->kinds & wanted &&
               rule_watches(rule, attribute);
}

static int rules_text(const SyncAttribute *row, unsigned wanted, Buffer *buffer)
{
        const char *separator = "";
        int r = 0;

        for (size_t i = 0; i < rule_count() && r >= 0; i++) {
                if (!is_watched_by(row, wanted, rule_at(i)))
                        continue;
                r = buffer_append_format(buffer, "%s%s", separator, rule_id(rule_at(i)));
                separator = ", ";
        }

        return r;
}

/* "448, cut" */
static int limit_text(const SyncAttribute *row, Buffer *buffer)
{
        return row->limit_there ? buffer_append_format(buffer, "%u%s", row->limit_there,
                                                       row->is_cut ? ", cut" : "")
                                : 0;
}

/* ------------------------------------------------------------------ text and CSV */

typedef struct Cells {
        Buffer kinds, nickname, here, there, rules;
} Cells;

static void cells_done(Cells *cells)
{
        buffer_done(&cells->kinds);
        buffer_done(&cells->nickname);
        buffer_done(&cells->here);
        buffer_done(&cells->there);
        buffer_done(&cells->rules);
}

static int cells_make(const SyncAttribute *row, unsigned wanted, Cells *ret)
{
        int r;

        if ((r = kinds_text(row->kinds & wanted, &ret->kinds)) < 0 ||
            (r = kinds_text(row->nickname_kinds & wanted, &ret->nickname)) < 0 ||
            (r = limit_text(row, &ret->there)) < 0 ||
            (r = rules_text(row, wanted, &ret->rules)) < 0)
                return r;
        return row->limit_here ? buffer_append_format(&ret->here, "%u", row->limit_here) : 0;
}

static int add_row(Table *table, const SyncAttribute *row, unsigned wanted)
{
        _cleanup_(cells_done) Cells cells = {};
        int r;

        if ((r = cells_make(row, wanted, &cells)) < 0 ||
            (r = table_add(table, STYLE_STRONG, row->name)) < 0 ||
            (r = table_add(table, STYLE_PLAIN, buffer_string(&cells.kinds))) < 0 ||
            (r = table_add(table, STYLE_PLAIN, buffer_string(&cells.nickname))) < 0 ||
            (r = table_add(table, STYLE_PLAIN, buffer_string(&cells.here))) < 0 ||
            (r = table_add(table, STYLE_PLAIN, buffer_string(&cells.there))) < 0 ||
            (r = table_add(table, STYLE_PLAIN, buffer_string(&cells.rules))) < 0)
                return r;
        return table_add(table, STYLE_PLAIN, row->note);
}

static int print_text(Scanctl *scanctl, unsigned wanted)
{
        static const Column columns[] = {
                { .title = "ATTRIBUTE" },
                { .title = "SYNCS FOR", .label = "syncs for", .least = 20 },
                { .title = "ONLY WITH NICKNAME", .is_spare = true },
                { .title = "HERE", .is_right = true },
                { .title = "CLOUD", .is_right = true },
                { .title = "WATCHED BY", .label = "watched by", .least = 24 },
                { .title = "NOTE", .label = "note", .least = 1, .is_extra = true },
        };
        _cleanup_(table_freep) Table *table = NULL;
        int r;

        r = table_new(columns, ARRAY_SIZE(columns), &table);
        for (size_t i = 0; i < sync_attribute_count() && r >= 0; i++)
                if (sync_attribute_at(i)->kinds & wanted)
                        r = add_row(table, sync_attribute_at(i), wanted);
        if (r < 0)
                return r;

        table_print(table, &scanctl->output);
        if (!scanctl->output.has_legend)
                return 0;

        (void)putc('\n', scanctl->output.stream);
        prose_text(&scanctl->output, STYLE_PLAIN,
                   "Here: what AD's schema lets in. Cloud: what Entra ID and Exchange Online take. "
                   "Both "
                   "in characters; empty where no limit is documented.");
        prose_text(&scanctl->output, STYLE_FAINT, sync_attribute_source());
        return 0;
}

static int print_csv(Scanctl *scanctl, unsigned wanted)
{
        static const char *const titles[] = { "attribute",  "kinds",       "mailnickname_kinds",
                                              "limit_here", "limit_there", "rules",
                                              "note" };

        if (scanctl->output.has_legend)
                csv_row(scanctl->output.stream, titles, ARRAY_SIZE(titles));
        for (size_t i = 0; i < sync_attribute_count(); i++) {
                const SyncAttribute *row = sync_attribute_at(i);
                _cleanup_(cells_done) Cells cells = {};
                int r;

                if (!(row->kinds & wanted))
                        continue;
                r = cells_make(row, wanted, &cells);
                if (r < 0)
                        return r;

                const char *const texts[ARRAY_SIZE(titles)] = {
                        row->name,
                        buffer_string(&cells.kinds),
                        buffer_string(&cells.nickname),
                        buffer_string(&cells.here),
                        buffer_string(&cells.there),
                        buffer_string(&cells.rules),
                        row->note,
                };

                csv_row(scanctl->output.stream, texts, ARRAY_SIZE(texts));
        }

        return 0;
}

/* ------------------------------------------------------------------ JSON */

static int add_kinds(json_object *object, const char *key, unsigned set)
{
        json_object *array = json_object_new_array();
        int r;

        r = json_add(object, key, array);
        for (size_t i = 0; i < ARRAY_SIZE(kinds) && r >= 0; i++)
                if (set & kind_mask(kinds[i]))
                        r = json_append(array, json_object_new_string(kind_name(kinds[i])));
        return r;
}

static int add_rules(json_object *object, const SyncAttribute *row, unsigned wanted)
{
        json_object *array = json_object_new_array();
        int r;

        r = json_add(object, "rules", array);
        for (size_t i = 0; i < rule_count() && r >= 0; i++)
                if (is_watched_by(row, wanted, rule_at(i)))
                        r = json_append(array, json_object_new_string(rule_id(rule_at(i))));
        return r;
}

static int add_limit(json_object *object, const char *key, unsigned limit)
{
        return limit ? json_add_integer(object, key, limit) : json_add_string(object, key, NULL);
}

static int row_json(const SyncAttribute *row, unsigned wanted, json_object **ret)
{
        _cleanup_json_ json_object *object = json_object_new_object();
        int r;

        if (!object)
                return -ENOMEM;

        if ((r = json_add_string(object, "attribute", row->name)) < 0 ||
            (r = add_kinds(object, "kinds", row->kinds & wanted)) < 0 ||
            (r = add_kinds(object, "mailnickname_kinds", row->nickname_kinds & wanted)) < 0 ||
            (r = add_limit(object, "limit_here", row->limit_here)) < 0 ||
            (r = add_limit(object, "limit_there", row->limit_there)) < 0 ||
            (r = json_add_boolean(object, "is_cut", row->is_cut)) < 0 ||
            (r = add_rules(object, row, wanted)) < 0 ||
            (r = json_add_string(object, "note", row->note)) < 0 ||
            (r = json_add_string(object, "source", sync_attribute_source())) < 0)
                return r;

        *ret = TAKE_PTR(object);
        return 0;
}

static int print_json(Scanctl *scanctl, unsigned wanted)
{
        JsonList list;
        int r = 0;

        json_list_begin(&list, scanctl->output.stream, "attributes", scanctl->now);
        for (size_t i = 0; i < sync_attribute_count() && r >= 0; i++) {
                json_object *object;

                if (!(sync_attribute_at(i)->kinds & wanted))
                        continue;
                r = row_json(sync_attribute_at(i), wanted, &object);
                if (r >= 0)
                        r = json_list_add(&list, object);
        }
        json_list_end(&list);
        return r;
}

/* ------------------------------------------------------------------ the verb */

/* 0, or EXIT_TROUBLE after a message. */
static int parse_kind(const char *name, unsigned *ret)
{
        for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
                if (strcasecmp(name, kind_name(kinds[i])) == 0) {
                        *ret = kind_mask(kinds[i]);
                        return 0;
                }

        return scanctl_error(
                "\"%s\" is no kind of object. Try user, inetOrgPerson, contact or group.", name);
}

int verb_attributes(Scanctl *scanctl, char **operands, size_t n_operands)
{
        unsigned wanted = ALL_KINDS;
        int r;

        r = n_operands > 0 ? parse_kind(operands[0], &wanted) : 0;
        if (r != 0)
                return r;

        switch (scanctl->arguments.format) {
        case OUTPUT_TEXT:
                r = print_text(scanctl, wanted);
                break;
        case OUTPUT_JSON:
                r = print_json(scanctl, wanted);
                break;
        case OUTPUT_CSV:
                r = print_csv(scanctl, wanted);
                break;
        }

        return r < 0 ? scanctl_failed(scanctl, "cannot list the attributes", r) : EXIT_FINE;
}
