/* SPDX-License-Identifier: MIT */
#include "lib/state/finding.h"

#include <errno.h>
#include <stdlib.h>

#include "lib/core/record.h"
#include "lib/state/event.h"
#include "lib/state/finding-internal.h"

/* A finding that no verdict confirmed. */
typedef struct FindingEnd {
        int64_t object;
        int64_t key;
        uint64_t id;
        bool is_renounced; /* the object does not hold the value any more */
} FindingEnd;

int findings_init(Findings *findings, Store *store, int64_t now, bool is_silent)
{
        Findings fresh = { .store = store, .now = now, .is_silent = is_silent };
        int r;

        r = event_last_id(store, &fresh.last_event);
        if (r < 0)
                return r;
        r = hold_exists(store);
        if (r < 0)
                return r;
        fresh.has_held = r > 0;

        fresh.stored = calloc(1, sizeof(*fresh.stored));
        if (!fresh.stored)
                return -ENOMEM;

        *findings = fresh;
        return 0;
}

void findings_done(Findings *findings)
{
        tally_done(&findings->tally);
        id_list_done(&findings->doubted);
        free(findings->ends);
        if (findings->stored)
                stored_findings_done(findings->stored);
        free(findings->stored);
        *findings = (Findings){};
}

int findings_doubt(Findings *findings, int64_t domain)
{
        return id_list_add(&findings->doubted, domain);
}

bool findings_doubt_domain(const Findings *findings, int64_t domain)
{
        for (size_t i = 0; i < findings->doubted.n; i++)
                if (findings->doubted.ids[i] == domain)
                        return true;
        return false;
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
        StoredFinding *row = stored_findings_find(findings->stored, id);

        if (!row)
                return finding_open(findings, subject, key, id, verdict, is_new);
        if (row->is_confirmed)
                return 0;

        row->is_confirmed = true;
        if (findings->has_held) {
                int r = hold_end_all(findings->store, subject->object, key, id);

                if (r < 0)
                        return r;
        }
        return finding_go_on(findings, subject, key, row, verdict);
}

static int findings_add_end(Findings *findings, const FindingEnd *end)
{
        if (findings->n_ends == findings->n_ends_allocated) {
                size_t n = findings->n_ends_allocated ? findings->n_ends_allocated * 2 : 16;
                FindingEnd *ends = reallocarray(findings->ends, n, sizeof(*ends));

                if (!ends)
                        return -ENOMEM;
                findings->ends = ends;
                findings->n_ends_allocated = n;
        }

        findings->ends[findings->n_ends++] = *end;
        return 0;
}

/* Whatever stands there and was not confirmed. */
static int findings_drop_rest(Findings *findings, const FindingSubject *subject, int64_t key,
                              bool is_renounced)
{
        const StoredFindings *stored = findings->stored;
        int r = 0;

        for (size_t i = 0; i < stored->n && r >= 0; i++) {
                const StoredFinding *row = &stored->rows[i];
                const FindingEnd end = { subject->object, key, row->id, is_renounced };

                if (row->is_confirmed)
                        continue;
                r = key != 0 ? findings_add_end(findings, &end)
                             : finding_drop(findings, subject, key, row, is_renounced);
        }

        return r;
}

int findings_diff(Findings *findings, const FindingSubject *subject, int64_t key,
                  const Verdict *verdicts, size_t n, bool is_new)
{
        int r = 0;

        if (is_new)
                stored_findings_reset(findings->stored);
        else
                r = stored_findings_read(findings->stored, findings->store, subject->object, key);

        for (size_t i = 0; i < n && r >= 0; i++)
                r = findings_take(findings, subject, key, &verdicts[i], is_new);
        return r < 0 ? r : findings_drop_rest(findings, subject, key, false);
}

int findings_renounce(Findings *findings, const FindingSubject *subject, int64_t key)
{
        int r;

        r = stored_findings_read(findings->stored, findings->store, subject->object, key);
        return r < 0 ? r : findings_drop_rest(findings, subject, key, true);
}

size_t findings_ends(const Findings *findings)
{
        return findings->n_ends;
}

int64_t findings_end_object(const Findings *findings, size_t index)
{
        return findings->ends[index].object;
}

/*
 * Nothing supports a finding under a key any more. If the same is found under another one it goes on there, and nobody need be told.
 * `is_released`: nothing holds it.
 */
static int findings_end_one(Findings *findings, const FindingSubject *subject,
                            const FindingEnd *end, bool is_released)
{
        const StoredFinding *row;
        int64_t opened;
        int r;

        r = stored_findings_read(findings->stored, findings->store, end->object, end->key);
        if (r < 0)
                return r;
        row = stored_findings_find(findings->stored, end->id);
        if (!row)
                return 0;

        r = finding_elsewhere(findings, end->object, end->key, end->id, &opened);
        if (r != 0)
                return r < 0 ? r : finding_remove(findings, end->object, end->key, row);

        return is_released ? finding_close(findings, subject, end->key, row)
                           : finding_drop(findings, subject, end->key, row, end->is_renounced);
}

int findings_end(Findings *findings, const FindingSubject *subject, size_t index)
{
        return findings_end_one(findings, subject, &findings->ends[index], false);
}

int findings_released(Findings *findings, IdList *ret)
{
        _cleanup_id_list_ IdList domains = {};
        int r;

        r = findings->has_held ? hold_domains(findings->store, &domains) : 0;
        for (size_t i = 0; i < domains.n && r >= 0; i++)
                if (!findings_doubt_domain(findings, domains.ids[i]))
                        r = id_list_add(ret, domains.ids[i]);
        return r;
}

int findings_release(Findings *findings, const FindingSubject *subject, const Hold *hold)
{
        const FindingEnd end = { hold->object, hold->key, hold->id, false };
        int r;

        r = hold_end(findings->store, hold);
        if (r >= 0)
                r = hold_find(findings->store, hold->object, hold->key, hold->id);
        if (r != 0)
                return r < 0 ? r : 0; /* another domain holds it as well */

        return subject ? findings_end_one(findings, subject, &end, true) : 0;
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
                r = stored_findings_read(findings->stored, findings->store, subject->object,
                                         keys.ids[i]);
                for (size_t k = 0; k < stored->n && r >= 0; k++)
                        r = finding_drop(findings, subject, keys.ids[i], &stored->rows[k], true);
        }

        return r;
}

int findings_forget(Findings *findings, int64_t object)
{
        _cleanup_id_list_ IdList keys = {};
        int r;

        r = findings_keys(findings, object, &keys);
        for (size_t i = 0; i < keys.n && r >= 0; i++) {
                r = stored_findings_read(findings->stored, findings->store, object, keys.ids[i]);
                for (size_t k = 0; k < findings->stored->n && r >= 0; k++)
                        r = finding_forget(findings, object, keys.ids[i],
                                           &findings->stored->rows[k]);
        }

        return r;
}

int findings_count_up(Findings *findings)
{
        return tally_write_counts(&findings->tally, findings->store);
}

int findings_finish(Findings *findings)
{
        return tally_write(&findings->tally, findings->store, findings->now, findings->is_silent,
                           findings->last_event);
}
