/* SPDX-License-Identifier: MIT */

/* Which findings should be in the reports of the connector, and which are. */

#include <errno.h>
#include <string.h>

#include "ctl/errors.h"
#include "lib/core/symptom.h"

#define PAGE_SIZE     500
#define CYCLE_SECONDS 1800 /* the connector comes by every half hour */

/* Which kinds of report show a finding of a class, if a symptom has its rule. */
typedef struct Shown {
        bool failures;      /* Connect Health and csexport: what the connector could not export */
        bool quarantined;   /* Connect Health and Graph: what the cloud took away */
        int64_t written_at; /* the oldest file */
} Shown;

typedef struct Balance {
        const JoinedError *joined;
        size_t n_joined;
        Shown shown;
        uint64_t *ids; /* of findings that name an error, in order */
        size_t n_ids;
        const JoinedError **by_guid; /* those of an object, in order */
        size_t n_by_guid;
        ErrorMissing function;
        void *userdata;
        ErrorBalance result;
} Balance;

static void shown_add(Shown *shown, const ErrorFile *file)
{
        switch (file->source) {
        case SYNC_ERROR_HEALTH:
                shown->failures = shown->quarantined = true;
                break;
        case SYNC_ERROR_CSEXPORT:
                shown->failures = true;
                break;
        case SYNC_ERROR_GRAPH:
                shown->quarantined = true;
                break;
        }
        if (shown->written_at == 0 || file->written_at < shown->written_at)
                shown->written_at = file->written_at;
}

static bool symptom_has(const Symptom *symptom, const char *rule)
{
        for (const char *const *id = symptom->rules; *id; id++)
                if (strcmp(*id, rule) == 0)
                        return true;
        return false;
}

/* The rules of one symptom, or with NULL of any. */
static bool is_symptomatic(const char *rule, const char *symptom)
{
        for (size_t i = 0; i < symptom_count(); i++)
                if ((!symptom || strcmp(symptom_at(i)->name, symptom) == 0) &&
                    symptom_has(symptom_at(i), rule))
                        return true;
        return false;
}

/* Should a report show it? What is altered is reported only where that is a value that was taken away. */
static bool is_expected(const Shown *shown, const Record *record)
{
        if (strcmp(record->rule, "cloud-quarantined") == 0)
                return false; /* see error-join.c: it is the report itself */

        switch (record->class) {
        case RULE_FAILS:
                return shown->failures && is_symptomatic(record->rule, NULL);
        case RULE_ALTERED:
                return shown->quarantined &&
                       is_symptomatic(record->rule, "QuarantinedAttributeValueMustBeUnique");
        case RULE_EXCLUDED:
        case RULE_DIRECTORY:
                return false;
        }

        return false;
}

static int compare_ids(const void *a, const void *b)
{
        const uint64_t *x = a, *y = b;

        return (*x > *y) - (*x < *y);
}

static int compare_guids(const void *a, const void *b)
{
        const JoinedError *const *x = a, *const *y = b;

        return memcmp((*x)->guid.bytes, (*y)->guid.bytes, sizeof((*x)->guid.bytes));
}

static int balance_collect(Balance *balance)
{
        size_t n = 0;

        for (size_t i = 0; i < balance->n_joined; i++)
                n += balance->joined[i].n_records;
        balance->ids = calloc(n + 1, sizeof(*balance->ids));
        balance->by_guid = calloc(balance->n_joined + 1, sizeof(*balance->by_guid));
        if (!balance->ids || !balance->by_guid)
                return -ENOMEM;

        for (size_t i = 0; i < balance->n_joined; i++) {
                const JoinedError *joined = &balance->joined[i];

                for (size_t k = 0; k < joined->n_records; k++)
                        balance->ids[balance->n_ids++] = joined->records[k]->id;
                if (joined->dn)
                        balance->by_guid[balance->n_by_guid++] = joined;
        }
        qsort(balance->ids, balance->n_ids, sizeof(*balance->ids), compare_ids);
        qsort(balance->by_guid, balance->n_by_guid, sizeof(const JoinedError *), compare_guids);
        return 0;
}

/* The place of the first error of an object, or of what comes behind it. */
static size_t balance_find(const Balance *balance, const Guid *guid)
{
        size_t low = 0, high = balance->n_by_guid;

        while (low < high) {
                size_t middle = low + (high - low) / 2;

                if (memcmp(balance->by_guid[middle]->guid.bytes, guid->bytes, sizeof(guid->bytes)) <
                    0)
                        low = middle + 1;
                else
                        high = middle;
        }
        return low;
}

/* Has the object an error about the value? 1, 0, or -ENOMEM. */
static int has_error(const Balance *balance, const Guid *guid, const char *value)
{
        for (size_t i = balance_find(balance, guid);
             i < balance->n_by_guid && guid_equal(&balance->by_guid[i]->guid, guid); i++) {
                int r = sync_error_is_about(balance->by_guid[i]->error, value);

                if (r != 0)
                        return r;
        }
        return 0;
}

/* Of two that hold a value, the connector reports the one that came later: which it is, no directory knows. */
static int is_there_at_other(const Balance *balance, const Record *record)
{
        int r = 0;

        for (size_t i = 0; record->value && i < record->n_others && r == 0; i++)
                r = has_error(balance, &record->others[i].guid, record->value);
        return r;
}

static int balance_add(Balance *balance, const Record *record)
{
        ErrorCount *count = &balance->result.counts[record->certainty];
        int r;

        if (!is_expected(&balance->shown, record))
                return 0;

        r = bsearch(&record->id, balance->ids, balance->n_ids, sizeof(*balance->ids),
                    compare_ids) != NULL;
        if (r == 0)
                r = is_there_at_other(balance, record);
        if (r < 0)
                return r;
        if (r > 0)
                count->there++;
        else if (record->opened > balance->shown.written_at - CYCLE_SECONDS)
                count->too_new++;
        else {
                count->not_there++;
                return balance->function(balance->userdata, record);
        }
        return 0;
}

static int balance_walk(Balance *balance, Store *store, const Config *config, int64_t now)
{
        const FindingFilter filter = { .shown = FINDING_SHOWN_ALL,
                                       .least = SEVERITY_NOTICE,
                                       .unfolded = true, /* an error is of one object */
                                       .now = now };
        _cleanup_(finding_list_freep) FindingList *list = NULL;
        int r;

        r = finding_list_new(store, config, &filter, &list);
        if (r < 0)
                return r;

        for (size_t first = 0; first < finding_list_size(list) && r >= 0; first += PAGE_SIZE) {
                _cleanup_(finding_page_freep) FindingPage *page = NULL;

                r = finding_list_page(list, first, PAGE_SIZE, SIZE_MAX, &page);
                for (size_t i = 0; r >= 0 && i < page->n_records; i++)
                        r = balance_add(balance, &page->records[i]);
        }
        return r;
}

int error_balance(Store *store, const Config *config, int64_t now, const ErrorFile *files,
                  size_t n_files, const JoinedError *joined, size_t n_joined, ErrorMissing function,
                  void *userdata, ErrorBalance *ret)
{
        Balance balance = {
                .joined = joined, .n_joined = n_joined, .function = function, .userdata = userdata
        };
        int r;

        for (size_t i = 0; i < n_files; i++)
                shown_add(&balance.shown, &files[i]);
        r = balance_collect(&balance);
        if (r >= 0)
                r = balance_walk(&balance, store, config, now);
        free(balance.ids);
        free(balance.by_guid);
        if (r < 0)
                return r;

        *ret = balance.result;
        return 0;
}
