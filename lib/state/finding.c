/* SPDX-License-Identifier: MIT */
#include "lib/state/finding.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/core/record.h"
#include "lib/state/acceptance.h"
#include "lib/state/cache.h"
#include "lib/state/event.h"
#include "lib/state/id-list.h"

/* A finding that no verdict confirmed. */
typedef struct FindingEnd {
        int64_t object;
        int64_t key;
        uint64_t id;
} FindingEnd;

/* What stands in the database of one object and key. Strings are copied: the statement is used again. */
typedef struct StoredFinding {
        uint64_t id;
        RuleClass class;
        Severity severity;
        Certainty certainty;
        AttributeId attribute;
        char *rule, *detail, *advice;
        Buffer value;
        int64_t look_again_at; /* 0: the clock changes nothing */
        bool is_accepted;      /* somebody lives with it: counted apart */
        bool is_confirmed;     /* a verdict of now says the same */
} StoredFinding;

typedef struct StoredFindings {
        StoredFinding *rows;
        size_t n, n_allocated;
} StoredFindings;

static void stored_reset(StoredFindings *stored)
{
        for (size_t i = 0; i < stored->n; i++) {
                free(stored->rows[i].rule);
                free(stored->rows[i].detail);
                free(stored->rows[i].advice);
                buffer_done(&stored->rows[i].value);
        }
        stored->n = 0;
}

int findings_init(Findings *findings, Store *store, int64_t now, bool is_silent)
{
        Findings fresh = { .store = store, .now = now, .is_silent = is_silent };
        int r;

        r = event_last_id(store, &fresh.last_event);
        if (r < 0)
                return r;

        fresh.stored = calloc(1, sizeof(*fresh.stored));
        if (!fresh.stored)
                return -ENOMEM;

        *findings = fresh;
        return 0;
}

void findings_done(Findings *findings)
{
        tally_done(&findings->tally);
        free(findings->ends);
        if (findings->stored) {
                stored_reset(findings->stored);
                free(findings->stored->rows);
        }
        free(findings->stored);
        *findings = (Findings){};
}

static int copy_text(Statement *statement, int column, char **ret)
{
        const char *text = statement_text(statement, column);

        *ret = text ? strdup(text) : NULL;
        return text && !*ret ? -ENOMEM : 0;
}

static int stored_read(StoredFindings *stored, Statement *statement)
{
        StoredFinding *row;
        const void *value;
        size_t size;
        int r;

        if (stored->n == stored->n_allocated) {
                size_t n = stored->n_allocated ? stored->n_allocated * 2 : 8;
                StoredFinding *rows = reallocarray(stored->rows, n, sizeof(*rows));

                if (!rows)
                        return -ENOMEM;
                stored->rows = rows;
                stored->n_allocated = n;
        }

        row = &stored->rows[stored->n++];
        *row = (StoredFinding){
                .id = (uint64_t)statement_integer(statement, COLUMN_FINDING_OF_ID),
                .class = (RuleClass)statement_integer(statement, COLUMN_FINDING_OF_CLASS),
                .severity = (Severity)statement_integer(statement, COLUMN_FINDING_OF_SEVERITY),
                .certainty = (Certainty)statement_integer(statement, COLUMN_FINDING_OF_CERTAINTY),
                .attribute = (AttributeId)statement_integer(statement, COLUMN_FINDING_OF_ATTRIBUTE),
                .look_again_at = statement_integer(statement, COLUMN_FINDING_OF_LOOK_AGAIN_AT),
                .is_accepted = statement_integer(statement, COLUMN_FINDING_OF_ACCEPTED) != 0,
        };

        value = statement_blob(statement, COLUMN_FINDING_OF_VALUE, &size);
        r = buffer_append(&row->value, value, size);
        if (r >= 0)
                r = copy_text(statement, COLUMN_FINDING_OF_RULE, &row->rule);
        if (r >= 0)
                r = copy_text(statement, COLUMN_FINDING_OF_DETAIL, &row->detail);
        if (r >= 0)
                r = copy_text(statement, COLUMN_FINDING_OF_ADVICE, &row->advice);
        return r;
}

static int findings_read(Findings *findings, int64_t object, int64_t key)
{
        _cleanup_statement_ Statement *statement =
                store_statement(findings->store, QUERY_FINDING_OF);
        int r;

        stored_reset(findings->stored);
        statement_bind_integer(statement, ":object", object);
        statement_bind_integer(statement, ":key", key);
        while ((r = statement_step(statement)) > 0) {
                r = stored_read(findings->stored, statement);
                if (r < 0)
                        break;
        }

        return r;
}

/* What opened or closed, as the event log has it. */
typedef struct FindingChange {
        uint64_t id;
        const char *rule;
        Severity severity;
        AttributeId attribute;
        Slice value;
} FindingChange;

static int findings_tell(Findings *findings, const FindingSubject *subject, EventType type,
                         const FindingChange *change)
{
        const Event event = {
                .at = findings->now,
                .type = type,
                .guid = subject->guid,
                .dn = subject->dn,
                .kind = subject->kind,
                .rule = change->rule,
                .severity = change->severity,
                .attribute = attribute_name(change->attribute),
                .value = change->value,
                .finding = change->id,
        };
        int64_t n;
        int r;

        r = tally_event(&findings->tally, subject->domain, change->rule, type, 1, &n);
        if (r < 0)
                return r;

        if (type == EVENT_OPENED)
                findings->opened++;
        else
                findings->closed++;

        /* Beyond the limit one summary will stand for all of them. */
        if (findings->is_silent || n > TALLY_EVENTS_PER_RULE)
                return 0;
        return event_append(findings->store, subject->domain, &event);
}

static void bind_judgement(Statement *statement, const Verdict *verdict)
{
        statement_bind_integer(statement, ":class", verdict->class);
        statement_bind_integer(statement, ":severity", verdict->severity);
        statement_bind_integer(statement, ":certainty", verdict->certainty);
        statement_bind_text(statement, ":detail", verdict->detail);
        statement_bind_text(statement, ":advice", verdict->advice);
        if (verdict->look_again_at != 0)
                statement_bind_integer(statement, ":look_again_at", verdict->look_again_at);
        else
                statement_bind_null(statement, ":look_again_at");
}

/* Since when is the same found of the object under another key? 1 and *ret, 0: it is not. */
static int finding_elsewhere(Findings *findings, int64_t object, int64_t key, uint64_t id,
                             int64_t *ret)
{
        _cleanup_statement_ Statement *statement =
                store_statement(findings->store, QUERY_FINDING_ELSEWHERE);
        int r;

        statement_bind_integer(statement, ":object", object);
        statement_bind_integer(statement, ":key", key);
        statement_bind_integer(statement, ":id", (int64_t)id);
        r = statement_step(statement);
        if (r > 0)
                *ret = statement_integer(statement, COLUMN_FINDING_ELSEWHERE_OPENED);
        return r;
}

static int finding_insert(Findings *findings, const FindingSubject *subject, int64_t key,
                          uint64_t id, const Verdict *verdict, bool is_accepted, int64_t opened)
{
        Statement *statement = store_statement(findings->store, QUERY_FINDING_INSERT);

        statement_bind_integer(statement, ":object", subject->object);
        statement_bind_integer(statement, ":key", key);
        statement_bind_integer(statement, ":id", (int64_t)id);
        statement_bind_text(statement, ":rule", rule_id(verdict->rule));
        statement_bind_integer(statement, ":attribute", verdict->attribute);
        statement_bind_blob(statement, ":value", verdict->value.data, verdict->value.size);
        statement_bind_integer(statement, ":opened", opened);
        statement_bind_integer(statement, ":accepted", is_accepted);
        bind_judgement(statement, verdict);
        return statement_execute(statement);
}

/*
 * The object counts by the worst that is found of it, before and after this one changed from `old` to `new`; FATE_UNCHANGED: it
 * was not, or is not, there. What it makes of the object can be seen whether its row was written yet or not.
 */
static int findings_weigh(Findings *findings, int64_t object, int64_t key, uint64_t id, Fate old,
                          Fate new)
{
        int64_t domain = cache_domain_of(object);
        Fate rest;
        int r;

        if (old == new)
                return 0;
        r = fate_without(findings->store, object, key, id, &rest);
        if (r < 0)
                return r;

        old = old < rest ? old : rest;
        new = new < rest ? new : rest;
        if (old == new)
                return 0;
        r = tally_fate(&findings->tally, domain, old, -1);
        return r < 0 ? r : tally_fate(&findings->tally, domain, new, 1);
}

static int finding_open(Findings *findings, const FindingSubject *subject, int64_t key, uint64_t id,
                        const Verdict *verdict, bool is_new)
{
        const FindingChange change = {
                .id = id,
                .rule = rule_id(verdict->rule),
                .severity = verdict->severity,
                .attribute = verdict->attribute,
                .value = verdict->value,
        };
        int64_t opened = findings->now;
        int is_known = 0, is_accepted, r;

        is_accepted = acceptance_exists(findings->store, id);
        if (is_accepted < 0)
                return is_accepted;
        if (!is_new)
                is_known = finding_elsewhere(findings, subject->object, key, id, &opened);
        if (is_known < 0)
                return is_known;

        r = finding_insert(findings, subject, key, id, verdict, is_accepted > 0, opened);
        if (r < 0 || store_changes(findings->store) == 0)
                return r; /* said twice in one judgement: it stands already */

        r = tally_count(&findings->tally, subject->domain, change.rule, verdict->class,
                        verdict->severity, is_accepted > 0, 1);
        if (r >= 0)
                r = findings_weigh(findings, subject->object, key, id, FATE_UNCHANGED,
                                   fate_of(verdict->class, verdict->severity));
        return r < 0 || is_known ? r : findings_tell(findings, subject, EVENT_OPENED, &change);
}

static int finding_delete(Findings *findings, int64_t object, int64_t key, uint64_t id)
{
        Statement *statement = store_statement(findings->store, QUERY_FINDING_DELETE);

        statement_bind_integer(statement, ":object", object);
        statement_bind_integer(statement, ":key", key);
        statement_bind_integer(statement, ":id", (int64_t)id);
        return statement_execute(statement);
}

/* Takes a row away and counts it no more; whether anybody is told is another matter. */
static int finding_remove(Findings *findings, int64_t domain, int64_t object, int64_t key,
                          const StoredFinding *row)
{
        int r;

        r = finding_delete(findings, object, key, row->id);
        if (r >= 0)
                r = findings_weigh(findings, object, key, row->id,
                                   fate_of(row->class, row->severity), FATE_UNCHANGED);
        return r < 0 ? r
                     : tally_count(&findings->tally, domain, row->rule, row->class, row->severity,
                                   row->is_accepted, -1);
}

static int finding_close(Findings *findings, const FindingSubject *subject, int64_t key,
                         const StoredFinding *row)
{
        const FindingChange change = {
                .id = row->id,
                .rule = row->rule,
                .severity = row->severity,
                .attribute = row->attribute,
                .value = { row->value.data, row->value.size },
        };
        int r;

        r = finding_remove(findings, subject->domain, subject->object, key, row);
        return r < 0 ? r : findings_tell(findings, subject, EVENT_CLOSED, &change);
}

static bool text_same(const char *a, const char *b)
{
        return a && b ? strcmp(a, b) == 0 : a == b;
}

/* The same finding, perhaps in other words: since when it is open does not change. */
static int finding_go_on(Findings *findings, const FindingSubject *subject, int64_t key,
                         const StoredFinding *row, const Verdict *verdict)
{
        Statement *statement;
        int r;

        if (row->class == verdict->class && row->severity == verdict->severity &&
            row->certainty == verdict->certainty && row->look_again_at == verdict->look_again_at &&
            text_same(row->detail, verdict->detail) && text_same(row->advice, verdict->advice))
                return 0;

        statement = store_statement(findings->store, QUERY_FINDING_UPDATE);
        statement_bind_integer(statement, ":object", subject->object);
        statement_bind_integer(statement, ":key", key);
        statement_bind_integer(statement, ":id", (int64_t)row->id);
        bind_judgement(statement, verdict);
        r = statement_execute(statement);
        if (r >= 0)
                r = tally_count(&findings->tally, subject->domain, row->rule, row->class,
                                row->severity, row->is_accepted, -1);
        if (r >= 0)
                r = tally_count(&findings->tally, subject->domain, row->rule, verdict->class,
                                verdict->severity, row->is_accepted, 1);
        if (r >= 0)
                r = findings_weigh(findings, subject->object, key, row->id,
                                   fate_of(row->class, row->severity),
                                   fate_of(verdict->class, verdict->severity));
        return r;
}

static StoredFinding *stored_find(StoredFindings *stored, uint64_t id)
{
        for (size_t i = 0; i < stored->n; i++)
                if (stored->rows[i].id == id)
                        return &stored->rows[i];
        return NULL;
}

static uint64_t verdict_id(const FindingSubject *subject, const Verdict *verdict)
{
        const char *attribute = attribute_name(verdict->attribute);

        return record_id(&subject->guid, subject->dn, rule_id(verdict->rule), attribute,
                         verdict->value.data, verdict->value.size);
}

static int findings_take(Findings *findings, const FindingSubject *subject, int64_t key,
                         const Verdict *verdict, bool is_new)
{
        uint64_t id = verdict_id(subject, verdict);
        StoredFinding *row = stored_find(findings->stored, id);

        if (!row)
                return finding_open(findings, subject, key, id, verdict, is_new);
        if (row->is_confirmed)
                return 0;

        row->is_confirmed = true;
        return finding_go_on(findings, subject, key, row, verdict);
}

static int findings_add_end(Findings *findings, int64_t object, int64_t key, uint64_t id)
{
        if (findings->n_ends == findings->n_ends_allocated) {
                size_t n = findings->n_ends_allocated ? findings->n_ends_allocated * 2 : 16;
                FindingEnd *ends = reallocarray(findings->ends, n, sizeof(*ends));

                if (!ends)
                        return -ENOMEM;
                findings->ends = ends;
                findings->n_ends_allocated = n;
        }

        findings->ends[findings->n_ends++] = (FindingEnd){ .object = object, .key = key, .id = id };
        return 0;
}

int findings_diff(Findings *findings, const FindingSubject *subject, int64_t key,
                  const Verdict *verdicts, size_t n, bool is_new)
{
        StoredFindings *stored = findings->stored;
        int r = 0;

        if (is_new)
                stored_reset(stored);
        else
                r = findings_read(findings, subject->object, key);

        for (size_t i = 0; i < n && r >= 0; i++)
                r = findings_take(findings, subject, key, &verdicts[i], is_new);
        for (size_t i = 0; i < stored->n && r >= 0; i++)
                if (!stored->rows[i].is_confirmed && key != 0)
                        r = findings_add_end(findings, subject->object, key, stored->rows[i].id);
                else if (!stored->rows[i].is_confirmed)
                        r = finding_close(findings, subject, key, &stored->rows[i]);

        return r;
}

size_t findings_ends(const Findings *findings)
{
        return findings->n_ends;
}

int64_t findings_end_object(const Findings *findings, size_t index)
{
        return findings->ends[index].object;
}

int findings_end(Findings *findings, const FindingSubject *subject, size_t index)
{
        const FindingEnd *end = &findings->ends[index];
        const StoredFinding *row;
        int64_t opened;
        int r;

        r = findings_read(findings, end->object, end->key);
        if (r < 0)
                return r;
        row = stored_find(findings->stored, end->id);
        if (!row)
                return 0;

        r = finding_elsewhere(findings, end->object, end->key, end->id, &opened);
        if (r < 0)
                return r;
        return r > 0 ? finding_remove(findings, subject->domain, end->object, end->key, row)
                     : finding_close(findings, subject, end->key, row);
}

/* The keys under which an object has findings. */
static int findings_keys(Findings *findings, int64_t object, IdList *ret)
{
        _cleanup_statement_ Statement *statement =
                store_statement(findings->store, QUERY_FINDING_KEYS);
        int r;

        statement_bind_integer(statement, ":object", object);
        while ((r = statement_step(statement)) > 0) {
                r = id_list_add(ret, statement_integer(statement, COLUMN_FINDING_KEYS_KEY));
                if (r < 0)
                        break;
        }

        return r;
}

int findings_close(Findings *findings, const FindingSubject *subject)
{
        StoredFindings *stored = findings->stored;
        _cleanup_id_list_ IdList keys = {};
        int r;

        r = findings_keys(findings, subject->object, &keys);
        for (size_t i = 0; i < keys.n && r >= 0; i++) {
                r = findings_read(findings, subject->object, keys.ids[i]);
                for (size_t k = 0; k < stored->n && r >= 0; k++)
                        r = finding_close(findings, subject, keys.ids[i], &stored->rows[k]);
        }

        return r;
}

static int finding_forget(Findings *findings, int64_t object, int64_t key, const StoredFinding *row)
{
        int64_t domain = cache_domain_of(object);
        int64_t n;
        int r;

        r = finding_remove(findings, domain, object, key, row);
        if (r >= 0)
                r = tally_event(&findings->tally, domain, row->rule, EVENT_OPENED, -1, &n);
        if (r >= 0)
                findings->opened--;
        return r;
}

int findings_forget(Findings *findings, int64_t object)
{
        _cleanup_id_list_ IdList keys = {};
        int r;

        r = findings_keys(findings, object, &keys);
        for (size_t i = 0; i < keys.n && r >= 0; i++) {
                r = findings_read(findings, object, keys.ids[i]);
                for (size_t k = 0; k < findings->stored->n && r >= 0; k++)
                        r = finding_forget(findings, object, keys.ids[i],
                                           &findings->stored->rows[k]);
        }

        return r;
}

int findings_finish(Findings *findings)
{
        return tally_write(&findings->tally, findings->store, findings->now, findings->is_silent,
                           findings->last_event);
}
