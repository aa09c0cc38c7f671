/* SPDX-License-Identifier: MIT */

/* One finding: how it opens, goes on, is held and closes, with what is counted and told of it. Which ones do is decided in finding.c. */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/state/acceptance.h"
#include "lib/state/cache.h"
#include "lib/state/event.h"
#include "lib/state/finding-internal.h"

/* What opened or closed, as the event log has it. */
typedef struct FindingChange {
        uint64_t id;
        const char *rule;
        Severity severity;
        AttributeId attribute;
        Slice value;
} FindingChange;

/* By what a finding counts. */
typedef struct FindingCount {
        const char *rule;
        RuleClass class;
        Severity severity;
        bool is_accepted;
        Slice fold; /* no data: it stands alone */
} FindingCount;

/* One of many that fold is no news: the finding that stands for them is. */
static bool is_one_of_many(const FindingSubject *subject, const void *fold)
{
        return fold && subject->object != cache_first_id(subject->domain);
}

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

/*
 * One more or one less for the counters. Of many that fold only their number is kept: the domain's own finding, which stands for them, is
 * counted itself.
 */
static int findings_count(Findings *findings, int64_t object, const FindingCount *count, int64_t n)
{
        int64_t domain = cache_domain_of(object);

        if (count->fold.data && object != cache_first_id(domain))
                return tally_fold(&findings->tally, domain, count->rule, count->fold, n);
        return tally_count(&findings->tally, domain, count->rule, count->class, count->severity,
                           count->is_accepted, n);
}

static FindingCount stored_count(const StoredFinding *row)
{
        return (FindingCount){
                .rule = row->rule,
                .class = row->class,
                .severity = row->severity,
                .is_accepted = row->is_accepted,
                .fold = { (const uint8_t *)row->fold, row->fold ? strlen(row->fold) : 0 },
        };
}

static FindingCount verdict_count(const Verdict *verdict, bool is_accepted)
{
        return (FindingCount){
                .rule = rule_id(verdict->rule),
                .class = verdict->class,
                .severity = verdict->severity,
                .is_accepted = is_accepted,
                .fold = verdict->fold,
        };
}

static void bind_judgement(Statement *statement, const Verdict *verdict)
{
        statement_bind_text(statement, ":fold", (const char *)verdict->fold.data);
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

int finding_elsewhere(Findings *findings, int64_t object, int64_t key, uint64_t id, int64_t *ret)
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

int finding_remove(Findings *findings, int64_t object, int64_t key, const StoredFinding *row)
{
        Statement *statement = store_statement(findings->store, QUERY_FINDING_DELETE);
        FindingCount count;
        int r;

        statement_bind_integer(statement, ":object", object);
        statement_bind_integer(statement, ":key", key);
        statement_bind_integer(statement, ":id", (int64_t)row->id);
        r = statement_execute(statement);
        if (r >= 0 && findings->has_held)
                r = hold_end_all(findings->store, object, key, row->id);
        if (r >= 0)
                r = findings_weigh(findings, object, key, row->id,
                                   fate_of(row->class, row->severity), FATE_UNCHANGED);
        count = stored_count(row);
        return r < 0 ? r : findings_count(findings, object, &count, -1);
}

/* What is found under one key is held under no other. At most one is: this sees to it. */
static int findings_end_held_elsewhere(Findings *findings, int64_t object, int64_t key, uint64_t id)
{
        StoredFinding row = { .id = id };
        Statement *held;
        int r;

        if (!findings->has_held)
                return 0;

        held = store_statement(findings->store, QUERY_HELD_ELSEWHERE);
        statement_bind_integer(held, ":object", object);
        statement_bind_integer(held, ":key", key);
        statement_bind_integer(held, ":id", (int64_t)id);
        r = statement_step(held);
        if (r > 0) {
                row.rule = strdup(statement_text(held, COLUMN_HELD_ELSEWHERE_RULE));
                row.class = (RuleClass)statement_integer(held, COLUMN_HELD_ELSEWHERE_CLASS);
                row.severity = (Severity)statement_integer(held, COLUMN_HELD_ELSEWHERE_SEVERITY);
                row.is_accepted = statement_integer(held, COLUMN_HELD_ELSEWHERE_ACCEPTED) != 0;
                key = statement_integer(held, COLUMN_HELD_ELSEWHERE_KEY);
                statement_reset(held);
                r = row.rule ? finding_remove(findings, object, key, &row) : -ENOMEM;
                free(row.rule);
        }

        return r < 0 ? r : 0;
}

int finding_open(Findings *findings, const FindingSubject *subject, int64_t key, uint64_t id,
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
        FindingCount count;
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

        count = verdict_count(verdict, is_accepted > 0);
        r = findings_count(findings, subject->object, &count, 1);
        if (r >= 0)
                r = findings_weigh(findings, subject->object, key, id, FATE_UNCHANGED,
                                   fate_of(verdict->class, verdict->severity));
        if (r < 0 || is_one_of_many(subject, verdict->fold.data))
                return r;
        return is_known ? findings_end_held_elsewhere(findings, subject->object, key, id)
                        : findings_tell(findings, subject, EVENT_OPENED, &change);
}

int finding_close(Findings *findings, const FindingSubject *subject, int64_t key,
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

        r = finding_remove(findings, subject->object, key, row);
        if (r < 0 || is_one_of_many(subject, row->fold))
                return r;
        return findings_tell(findings, subject, EVENT_CLOSED, &change);
}

/*
 * For which domains does a finding stay open that nothing supports any more? What a domain controller says that may be behind
 * another one ends nothing: neither of its own domain's objects, nor in a dispute with others; nor may others end a dispute that
 * one of its objects may still be part of.
 */
static int findings_hold_for(Findings *findings, const FindingSubject *subject, int64_t key,
                             IdList *ret)
{
        _cleanup_id_list_ IdList others = {};
        int r = 0;

        if (findings->answering == 0)
                return 0;

        if (findings_doubt_domain(findings, subject->domain))
                r = id_list_add(ret, subject->domain);
        if (r >= 0 && findings_doubt_domain(findings, findings->answering))
                r = id_list_add(ret, findings->answering);
        if (r >= 0 && key != 0 && findings->has_held)
                r = hold_domains_of(findings->store, key, &others);
        for (size_t i = 0; i < others.n && r >= 0; i++)
                if (findings_doubt_domain(findings, others.ids[i]))
                        r = id_list_add(ret, others.ids[i]);
        return r;
}

/* While it is held, the clock has nothing to say of it: what it would be judged by is not there. */
static int finding_hold(Findings *findings, const FindingSubject *subject, int64_t key,
                        const StoredFinding *row, const IdList *domains)
{
        Hold hold = { .object = subject->object, .key = key, .id = row->id };
        int r = 0;

        for (size_t i = 0; i < domains->n && r >= 0; i++) {
                hold.domain = domains->ids[i];
                r = hold_add(findings->store, &hold);
        }
        if (r >= 0 && row->look_again_at != 0) {
                Statement *statement = store_statement(findings->store, QUERY_FINDING_LOOK_NEVER);

                statement_bind_integer(statement, ":object", subject->object);
                statement_bind_integer(statement, ":key", key);
                statement_bind_integer(statement, ":id", (int64_t)row->id);
                r = statement_execute(statement);
        }

        findings->has_held = true;
        return r;
}

/*
 * Must it close at once? What its time ends, nobody's word does; and what an object gives up whose own domain is not doubted, that
 * is given up. The domains themselves are judged by what was just read.
 */
static bool finding_is_over(const Findings *findings, const FindingSubject *subject,
                            const StoredFinding *row, bool is_renounced)
{
        if (findings->doubted.n == 0 || subject->object == cache_first_id(subject->domain))
                return true;
        if (row->look_again_at != 0 && row->look_again_at <= findings->now)
                return true;
        return is_renounced && !findings_doubt_domain(findings, subject->domain);
}

int finding_drop(Findings *findings, const FindingSubject *subject, int64_t key,
                 const StoredFinding *row, bool is_renounced)
{
        _cleanup_id_list_ IdList domains = {};
        int r;

        if (finding_is_over(findings, subject, row, is_renounced))
                return finding_close(findings, subject, key, row);

        r = findings_hold_for(findings, subject, key, &domains);
        if (r < 0)
                return r;
        if (domains.n > 0)
                return finding_hold(findings, subject, key, row, &domains);

        r = findings->has_held ? hold_find(findings->store, subject->object, key, row->id) : 0;
        if (r != 0)
                return r < 0 ? r : 0;
        return finding_close(findings, subject, key, row);
}

static bool text_same(const char *a, const char *b)
{
        return a && b ? strcmp(a, b) == 0 : a == b;
}

static bool is_same_judgement(const StoredFinding *row, const Verdict *verdict)
{
        return row->class == verdict->class && row->severity == verdict->severity &&
               row->certainty == verdict->certainty &&
               row->look_again_at == verdict->look_again_at &&
               text_same(row->detail, verdict->detail) && text_same(row->advice, verdict->advice) &&
               text_same(row->fold, (const char *)verdict->fold.data);
}

/* One of many from now on, or one for itself: the log knows those only that stand for themselves. */
static int finding_regroup(Findings *findings, const FindingSubject *subject,
                           const StoredFinding *row, const Verdict *verdict)
{
        bool was_one_of_many = is_one_of_many(subject, row->fold);
        bool is_now = is_one_of_many(subject, verdict->fold.data);
        const FindingChange change = {
                .id = row->id,
                .rule = row->rule,
                .severity = is_now ? row->severity : verdict->severity,
                .attribute = row->attribute,
                .value = { row->value.data, row->value.size },
        };

        if (was_one_of_many == is_now)
                return 0;
        return findings_tell(findings, subject, is_now ? EVENT_CLOSED : EVENT_OPENED, &change);
}

int finding_go_on(Findings *findings, const FindingSubject *subject, int64_t key,
                  const StoredFinding *row, const Verdict *verdict)
{
        FindingCount before = stored_count(row), now = verdict_count(verdict, row->is_accepted);
        Statement *statement;
        int r;

        if (is_same_judgement(row, verdict))
                return 0;

        statement = store_statement(findings->store, QUERY_FINDING_UPDATE);
        statement_bind_integer(statement, ":object", subject->object);
        statement_bind_integer(statement, ":key", key);
        statement_bind_integer(statement, ":id", (int64_t)row->id);
        bind_judgement(statement, verdict);
        r = statement_execute(statement);
        if (r >= 0)
                r = findings_count(findings, subject->object, &before, -1);
        if (r >= 0)
                r = findings_count(findings, subject->object, &now, 1);
        if (r >= 0)
                r = finding_regroup(findings, subject, row, verdict);
        if (r >= 0)
                r = findings_weigh(findings, subject->object, key, row->id,
                                   fate_of(row->class, row->severity),
                                   fate_of(verdict->class, verdict->severity));
        return r;
}

int finding_forget(Findings *findings, int64_t object, int64_t key, const StoredFinding *row)
{
        int64_t domain = cache_domain_of(object);
        int64_t n;
        int r;

        r = finding_remove(findings, object, key, row);
        if (r < 0 || row->fold)
                return r;
        if (r >= 0)
                r = tally_event(&findings->tally, domain, row->rule, EVENT_OPENED, -1, &n);
        if (r >= 0)
                findings->opened--;
        return r;
}
