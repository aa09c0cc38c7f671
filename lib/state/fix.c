/* SPDX-License-Identifier: MIT */
#include "lib/state/fix.h"

#include <errno.h>
#include <string.h>

#include "lib/core/address.h"
#include "lib/state/claim.h"
#include "lib/state/trial.h"

/* So often is a repair taken back that opened something, before all are. */
#define ROUNDS_MAX 5

/* A finding of the filter: whose, and of which rule. */
typedef struct Wish {
        int64_t object;
        size_t rule; /* rule_index() */
} Wish;

/* A value that a repair writes. */
typedef struct Given {
        int64_t key;
        int64_t object;
} Given;

struct FixMemory {
        Store *store;
        const Config *config;
        int64_t now;
        Trial *trial; /* of the last round */

        Wish *wishes;
        size_t n_wishes;
        Given *given;
        size_t n_given;

        /* The object that is being repaired: its wishes. */
        int64_t object;
        size_t first, n;
};

static void fix_done(Fix *fix)
{
        (void)object_free(fix->before);
        (void)object_free(fix->after);
        free(fix->domain);
        repair_done(&fix->repair);
        *fix = (Fix){};
}

FixList *fix_list_free(FixList *list)
{
        if (!list)
                return NULL;

        for (size_t i = 0; i < list->n_fixes; i++)
                fix_done(&list->fixes[i]);
        free(list->fixes);
        (void)finding_list_free(list->closes);
        if (list->memory) {
                (void)trial_free(list->memory->trial);
                free(list->memory->wishes);
                free(list->memory->given);
                free(list->memory);
        }
        free(list);
        return NULL;
}

/* ------------------------------------------------------------------ what is wanted */

static int read_wishes(struct FixMemory *memory, FindingList *findings)
{
        size_t n = finding_list_size(findings);

        memory->wishes = calloc(n + 1, sizeof(*memory->wishes));
        if (!memory->wishes)
                return -ENOMEM;

        for (size_t i = 0; i < n; i++) {
                _cleanup_(finding_page_freep) FindingPage *page = NULL;
                const Rule *rule;
                int r;

                r = finding_list_page(findings, i, 1, 0, &page);
                if (r < 0)
                        return r;
                rule = page->n_records > 0 ? rule_find(page->records[0].rule) : NULL;
                if (rule)
                        memory->wishes[memory->n_wishes++] = (Wish){
                                .object = finding_list_object(findings, i),
                                .rule = rule_index(rule),
                        };
        }

        return 0;
}

static int compare_wishes(const void *a, const void *b)
{
        const Wish *x = a, *y = b;

        return (x->object > y->object) - (x->object < y->object);
}

static bool is_wanted(const Rule *rule, void *userdata)
{
        const struct FixMemory *memory = userdata;

        for (size_t i = memory->first; i < memory->first + memory->n; i++)
                if (memory->wishes[i].rule == rule_index(rule))
                        return true;
        return false;
}

/* ------------------------------------------------------------------ one object */

/* Against the whole cache, whether in scope or not, and against what other repairs write. */
static int is_free(KeySpace space, Slice value, void *userdata)
{
        const struct FixMemory *memory = userdata;
        int64_t key, holders[2];
        int n, r;

        r = claim_make_key(space, value, &key);
        if (r < 0)
                return r;

        n = claim_holders(memory->store, key, 0, holders, ARRAY_SIZE(holders));
        if (n < 0)
                return n;
        for (int i = 0; i < n; i++)
                if (holders[i] != memory->object)
                        return 0;
        for (size_t i = 0; i < memory->n_given; i++)
                if (memory->given[i].key == key && memory->given[i].object != memory->object)
                        return 0;
        return 1;
}

static int note_given(struct FixMemory *memory, KeySpace space, Slice value)
{
        Given *given = reallocarray(memory->given, memory->n_given + 1, sizeof(*given));
        int64_t key;
        int r;

        if (!given)
                return -ENOMEM;
        memory->given = given;

        r = claim_make_key(space, value, &key);
        if (r < 0)
                return r;

        given[memory->n_given++] = (Given){ .key = key, .object = memory->object };
        return 0;
}

static int note_edits(struct FixMemory *memory, const Repair *repair)
{
        for (size_t i = 0; i < repair->n_edits; i++) {
                const RepairEdit *edit = &repair->edits[i];
                Slice value = edit->new;
                int r;

                if (!value.data)
                        continue;
                if (edit->attribute == ATTRIBUTE_PROXY_ADDRESSES)
                        value = address_parse_proxy(value.data, value.size).address;
                r = note_given(memory,
                               edit->attribute == ATTRIBUTE_MAIL_NICKNAME ? KEY_NICKNAME
                                                                          : KEY_ADDRESS,
                               value);
                if (r < 0)
                        return r;
        }

        return 0;
}

/* 1: repaired; 0: nothing to propose, or it has gone; negative. */
static int fix_object(struct FixMemory *memory, Fix *fix)
{
        _cleanup_(object_info_done) ObjectInfo info = {};
        EvaluateContext evaluate = {
                .tenant = &memory->config->tenant,
                .settings = memory->config->rules,
                .n_settings = memory->config->n_rules,
                .selected = true,
                .all_forests_scanned = true,
        };
        RepairContext context = {
                .evaluate = &evaluate,
                .is_wanted = is_wanted,
                .is_free = is_free,
                .userdata = memory,
        };
        int r;

        fix->object = memory->object;
        if ((r = object_new(&fix->before)) < 0 || (r = object_new(&fix->after)) < 0)
                return r;
        r = query_object(memory->store, memory->object, fix->before, &info);
        if (r <= 0)
                return r;
        if (!info.selected || info.deleted_at)
                return 0;

        evaluate.domain = info.domain;
        evaluate.unreadable = info.unreadable;
        r = repair_object(&context, fix->before, &fix->repair, fix->after);
        if (r <= 0)
                return r;

        r = note_edits(memory, &fix->repair);
        fix->domain = TAKE_PTR(info.domain);
        return r < 0 ? r : 1;
}

/* Wishes stand by object, so each object's are together. */
static int fix_all(FixList *list)
{
        struct FixMemory *memory = list->memory;

        list->fixes = calloc(memory->n_wishes + 1, sizeof(*list->fixes));
        if (!list->fixes)
                return -ENOMEM;

        for (size_t i = 0; i < memory->n_wishes; i += memory->n) {
                Fix *fix = &list->fixes[list->n_fixes];
                int r;

                memory->object = memory->wishes[i].object;
                memory->first = i;
                for (memory->n = 1; i + memory->n < memory->n_wishes; memory->n++)
                        if (memory->wishes[i + memory->n].object != memory->object)
                                break;

                list->n_wanted++;
                r = fix_object(memory, fix);
                if (r > 0)
                        list->n_fixes++;
                else
                        fix_done(fix);
                if (r < 0)
                        return r;
        }

        return 0;
}

/* ------------------------------------------------------------------ all together */

static int try_all(FixList *list, char **ret_error)
{
        struct FixMemory *memory = list->memory;
        int r;

        memory->trial = trial_free(memory->trial);
        r = trial_new(memory->store, memory->config, memory->now, &memory->trial, ret_error);
        for (size_t i = 0; i < list->n_fixes && r >= 0; i++)
                r = trial_stage(memory->trial, list->fixes[i].domain, list->fixes[i].after);
        return r < 0 ? r : trial_apply(memory->trial);
}

static const Fix *find_fix(const FixList *list, const Guid *guid)
{
        for (size_t i = 0; i < list->n_fixes; i++)
                if (guid_equal(&list->fixes[i].before->guid, guid))
                        return &list->fixes[i];
        return NULL;
}

static void drop_fix(FixList *list, const Guid *guid)
{
        const Fix *found = find_fix(list, guid);
        size_t at = found ? (size_t)(found - list->fixes) : list->n_fixes;

        if (!found)
                return;

        fix_done(&list->fixes[at]);
        list->n_fixes--;
        memmove(&list->fixes[at], &list->fixes[at + 1],
                (list->n_fixes - at) * sizeof(*list->fixes));
        list->fixes[list->n_fixes] = (Fix){};
}

/* Takes back the repairs of those whom a finding that opened names. */
static int drop_openers(FixList *list, FindingList *opened)
{
        for (size_t i = 0; i < finding_list_size(opened); i++) {
                _cleanup_(finding_page_freep) FindingPage *page = NULL;
                int r;

                r = finding_list_page(opened, i, 1, SIZE_MAX, &page);
                if (r < 0)
                        return r;
                if (page->n_records == 0)
                        continue;

                drop_fix(list, &page->records[0].guid);
                for (size_t j = 0; j < page->records[0].n_others; j++)
                        drop_fix(list, &page->records[0].others[j].guid);
        }

        return 0;
}

/* What has opened (or closed) between the cache and the trial. That a value was changed is meant, and no news. */
static int compare(const FixList *list, bool is_opened, FindingList **ret)
{
        static const FindingFilter everything = { .least = SEVERITY_NOTICE,
                                                  .unfolded = true,
                                                  .without_held = true };
        _cleanup_(finding_list_freep) FindingList *before = NULL, *after = NULL;
        struct FixMemory *memory = list->memory;
        int r;

        r = finding_list_new(memory->store, memory->config, &everything, &before);
        if (r >= 0)
                r = finding_list_new(trial_store(memory->trial), trial_config(memory->trial),
                                     &everything, &after);
        if (r >= 0)
                r = is_opened ? finding_list_subtract(after, before)
                              : finding_list_subtract(before, after);
        if (r >= 0)
                r = finding_list_keep_state(is_opened ? after : before);
        if (r < 0)
                return r;

        *ret = is_opened ? TAKE_PTR(after) : TAKE_PTR(before);
        return 0;
}

static int settle(FixList *list, char **ret_error)
{
        for (unsigned round = 0;; round++) {
                _cleanup_(finding_list_freep) FindingList *opened = NULL;
                size_t n = list->n_fixes;
                int r;

                r = try_all(list, ret_error);
                if (r >= 0)
                        r = compare(list, true, &opened);
                if (r < 0)
                        return r;
                if (finding_list_size(opened) == 0)
                        return compare(list, false, &list->closes);

                r = drop_openers(list, opened);
                if (r < 0)
                        return r;

                /* Nobody can be named, or it goes on: better nothing than what opens something. */
                if (list->n_fixes == n || round == ROUNDS_MAX)
                        while (list->n_fixes > 0)
                                fix_done(&list->fixes[--list->n_fixes]);
        }
}

int fix_list_new(Store *store, const Config *config, const FindingFilter *filter, int64_t now,
                 FixList **ret, char **ret_error)
{
        _cleanup_(fix_list_freep) FixList *list = calloc(1, sizeof(*list));
        _cleanup_(finding_list_freep) FindingList *findings = NULL;
        FindingFilter supported = *filter;
        int r;

        *ret_error = NULL;
        if (!list)
                return -ENOMEM;
        list->memory = calloc(1, sizeof(*list->memory));
        if (!list->memory)
                return -ENOMEM;

        list->memory->store = store;
        list->memory->config = config;
        list->memory->now = now;
        supported.unfolded = true;     /* one object is repaired after the other */
        supported.without_held = true; /* what is not there now cannot be repaired */
        r = finding_list_new(store, config, &supported, &findings);
        if (r != 0)
                return r;

        r = read_wishes(list->memory, findings);
        if (r < 0)
                return r;
        if (list->memory->n_wishes > 0)
                qsort(list->memory->wishes, list->memory->n_wishes, sizeof(Wish), compare_wishes);
        r = fix_all(list);
        if (r >= 0)
                r = settle(list, ret_error);
        if (r < 0)
                return r;

        *ret = TAKE_PTR(list);
        return 0;
}
