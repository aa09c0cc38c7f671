/* SPDX-License-Identifier: MIT */
#include "lib/state/tally.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Both lists are as long as there are rules whose findings change: dozens. */

typedef struct TallyRule {
        int64_t domain;
        char *rule;
        int64_t opened, closed;
} TallyRule;

typedef struct TallyCount {
        int64_t domain;
        char *rule;
        RuleClass class;
        Severity severity;
        bool is_accepted;
        int64_t n;
} TallyCount;

typedef struct TallyFold {
        int64_t domain;
        char *rule, *fold;
        int64_t n;
} TallyFold;

typedef struct TallyFates {
        int64_t domain;
        int64_t n[FATE_MAX];
} TallyFates;

void tally_done(Tally *tally)
{
        for (size_t i = 0; i < tally->n_rules; i++)
                free(tally->rules[i].rule);
        for (size_t i = 0; i < tally->n_counts; i++)
                free(tally->counts[i].rule);
        for (size_t i = 0; i < tally->n_folds; i++) {
                free(tally->folds[i].rule);
                free(tally->folds[i].fold);
        }
        free(tally->folds);
        free(tally->rules);
        free(tally->counts);
        free(tally->fates);
        *tally = (Tally){};
}

static TallyRule *tally_find_rule(const Tally *tally, int64_t domain, const char *rule)
{
        for (size_t i = 0; i < tally->n_rules; i++)
                if (tally->rules[i].domain == domain && strcmp(tally->rules[i].rule, rule) == 0)
                        return &tally->rules[i];
        return NULL;
}

static int tally_add_rule(Tally *tally, int64_t domain, const char *rule, TallyRule **ret)
{
        TallyRule *rules = reallocarray(tally->rules, tally->n_rules + 1, sizeof(*rules));
        char *copy;

        if (!rules)
                return -ENOMEM;
        tally->rules = rules;

        copy = strdup(rule);
        if (!copy)
                return -ENOMEM;

        *ret = &rules[tally->n_rules++];
        **ret = (TallyRule){ .domain = domain, .rule = copy };
        return 0;
}

int tally_event(Tally *tally, int64_t domain, const char *rule, EventType type, int64_t n,
                int64_t *ret)
{
        TallyRule *row = tally_find_rule(tally, domain, rule);
        int64_t *counter;
        int r;

        if (!row) {
                r = tally_add_rule(tally, domain, rule, &row);
                if (r < 0)
                        return r;
        }

        counter = type == EVENT_OPENED ? &row->opened : &row->closed;
        *counter += n;
        *ret = *counter;
        return 0;
}

int tally_count(Tally *tally, int64_t domain, const char *rule, RuleClass class, Severity severity,
                bool is_accepted, int64_t n)
{
        TallyCount *counts;
        char *copy;

        for (size_t i = 0; i < tally->n_counts; i++) {
                TallyCount *count = &tally->counts[i];

                if (count->domain == domain && count->class == class &&
                    count->severity == severity && count->is_accepted == is_accepted &&
                    strcmp(count->rule, rule) == 0) {
                        count->n += n;
                        return 0;
                }
        }

        counts = reallocarray(tally->counts, tally->n_counts + 1, sizeof(*counts));
        if (!counts)
                return -ENOMEM;
        tally->counts = counts;

        copy = strdup(rule);
        if (!copy)
                return -ENOMEM;

        counts[tally->n_counts++] = (TallyCount){ .domain = domain,
                                                  .rule = copy,
                                                  .class = class,
                                                  .severity = severity,
                                                  .is_accepted = is_accepted,
                                                  .n = n };
        return 0;
}

static bool fold_is(const TallyFold *fold, int64_t domain, const char *rule, Slice name)
{
        return fold->domain == domain &&
               strncmp(fold->fold, (const char *)name.data, name.size) == 0 &&
               fold->fold[name.size] == '\0' && strcmp(fold->rule, rule) == 0;
}

static int tally_add_fold(Tally *tally, const TallyFold *fold)
{
        TallyFold *folds = reallocarray(tally->folds, tally->n_folds + 1, sizeof(*folds));

        if (!folds)
                return -ENOMEM;
        tally->folds = folds;
        folds[tally->n_folds++] = *fold;
        return 0;
}

/* Those of one rule have one cause, or a few: what comes next is most often what came last. */
int tally_fold(Tally *tally, int64_t domain, const char *rule, Slice name, int64_t n)
{
        TallyFold fold = { .domain = domain, .n = n };
        int r;

        for (size_t i = tally->n_folds; i > 0; i--)
                if (fold_is(&tally->folds[i - 1], domain, rule, name)) {
                        tally->folds[i - 1].n += n;
                        return 0;
                }

        fold.rule = strdup(rule);
        fold.fold = strndup((const char *)name.data, name.size);
        r = fold.rule && fold.fold ? tally_add_fold(tally, &fold) : -ENOMEM;
        if (r < 0) {
                free(fold.rule);
                free(fold.fold);
        }
        return r;
}

int tally_fate(Tally *tally, int64_t domain, Fate fate, int64_t n)
{
        TallyFates *fates;

        for (size_t i = 0; i < tally->n_fates; i++)
                if (tally->fates[i].domain == domain) {
                        tally->fates[i].n[fate] += n;
                        return 0;
                }

        fates = reallocarray(tally->fates, tally->n_fates + 1, sizeof(*fates));
        if (!fates)
                return -ENOMEM;

        tally->fates = fates;
        fates[tally->n_fates] = (TallyFates){ .domain = domain };
        fates[tally->n_fates++].n[fate] = n;
        return 0;
}

static int tally_write_fates(TallyFates *fates, Store *store)
{
        int r = 0;

        for (int64_t fate = 0; fate < FATE_MAX && r >= 0; fate++) {
                Statement *statement;

                if (fates->n[fate] == 0 || fate == FATE_UNCHANGED)
                        continue;
                statement = store_statement(store, QUERY_FATE_ADD);
                statement_bind_integer(statement, ":domain", fates->domain);
                statement_bind_integer(statement, ":fate", fate);
                statement_bind_integer(statement, ":n", fates->n[fate]);
                r = statement_execute(statement);
                if (r >= 0)
                        fates->n[fate] = 0;
        }
        return r;
}

static Statement *fold_statement(const TallyFold *fold, Store *store, QueryId query)
{
        Statement *statement = store_statement(store, query);

        statement_bind_integer(statement, ":domain", fold->domain);
        statement_bind_text(statement, ":rule", fold->rule);
        statement_bind_text(statement, ":fold", fold->fold);
        return statement;
}

/* Only what became less may have come to nothing. */
static int tally_write_fold(TallyFold *fold, Store *store)
{
        Statement *statement = fold_statement(fold, store, QUERY_FOLDED_ADD);
        int r;

        statement_bind_integer(statement, ":n", fold->n);
        r = statement_execute(statement);
        if (r >= 0 && fold->n < 0)
                r = statement_execute(fold_statement(fold, store, QUERY_FOLDED_SWEEP));
        if (r >= 0)
                fold->n = 0;
        return r;
}

static Statement *count_statement(const TallyCount *count, Store *store, QueryId query)
{
        Statement *statement = store_statement(store, query);

        statement_bind_integer(statement, ":domain", count->domain);
        statement_bind_text(statement, ":rule", count->rule);
        statement_bind_integer(statement, ":class", count->class);
        statement_bind_integer(statement, ":severity", count->severity);
        statement_bind_integer(statement, ":accepted", count->is_accepted);
        return statement;
}

static int tally_write_count(TallyCount *count, Store *store)
{
        Statement *statement = count_statement(count, store, QUERY_COUNTER_ADD);
        int r;

        statement_bind_integer(statement, ":n", count->n);
        r = statement_execute(statement);
        if (r >= 0 && count->n < 0)
                r = statement_execute(count_statement(count, store, QUERY_COUNTER_SWEEP));
        if (r >= 0)
                count->n = 0;
        return r;
}

static int tally_delete_events(const TallyRule *row, Store *store, EventType type,
                               int64_t last_event)
{
        Statement *statement = store_statement(store, QUERY_EVENT_DELETE_SINGLE);

        statement_bind_integer(statement, ":after", last_event);
        statement_bind_integer(statement, ":type", type);
        statement_bind_integer(statement, ":domain", row->domain);
        statement_bind_text(statement, ":rule", row->rule);
        return statement_execute(statement);
}

/* Of a rule that the site has written, the worst of what was found says it. */
static Severity tally_severity(const Tally *tally, const TallyRule *row)
{
        const Rule *rule = rule_find(row->rule);
        Severity severity = SEVERITY_NOTICE;

        if (rule)
                return rule_severity(rule);

        for (size_t i = 0; i < tally->n_counts; i++)
                if (tally->counts[i].severity > severity &&
                    strcmp(tally->counts[i].rule, row->rule) == 0)
                        severity = tally->counts[i].severity;
        return severity;
}

static int tally_summarize(const Tally *tally, const TallyRule *row, Store *store, EventType type,
                           int64_t n, int64_t now)
{
        const Event event = {
                .at = now,
                .type = type,
                .rule = row->rule,
                .severity = tally_severity(tally, row),
                .count = n,
        };

        return event_append(store, row->domain, &event);
}

static int tally_write_silent(const Tally *tally, const TallyRule *row, Store *store, int64_t now)
{
        int r = 0;

        if (row->opened > 0)
                r = tally_summarize(tally, row, store, EVENT_BASELINE, row->opened, now);
        if (r >= 0 && row->closed > 0)
                r = tally_summarize(tally, row, store, EVENT_CLOSED_SUMMARY, row->closed, now);
        return r;
}

static int tally_write_many(const Tally *tally, const TallyRule *row, Store *store, int64_t now,
                            int64_t last_event)
{
        int r = 0;

        if (row->opened > TALLY_EVENTS_PER_RULE) {
                r = tally_delete_events(row, store, EVENT_OPENED, last_event);
                if (r >= 0)
                        r = tally_summarize(tally, row, store, EVENT_SUMMARY, row->opened, now);
        }
        if (r >= 0 && row->closed > TALLY_EVENTS_PER_RULE) {
                r = tally_delete_events(row, store, EVENT_CLOSED, last_event);
                if (r >= 0)
                        r = tally_summarize(tally, row, store, EVENT_CLOSED_SUMMARY, row->closed,
                                            now);
        }
        return r;
}

int tally_write_counts(Tally *tally, Store *store)
{
        int r = 0;

        for (size_t i = 0; i < tally->n_counts && r >= 0; i++)
                if (tally->counts[i].n != 0)
                        r = tally_write_count(&tally->counts[i], store);
        for (size_t i = 0; i < tally->n_folds && r >= 0; i++)
                if (tally->folds[i].n != 0)
                        r = tally_write_fold(&tally->folds[i], store);
        for (size_t i = 0; i < tally->n_fates && r >= 0; i++)
                r = tally_write_fates(&tally->fates[i], store);
        return r;
}

int tally_write(Tally *tally, Store *store, int64_t now, bool is_silent, int64_t last_event)
{
        int r;

        r = tally_write_counts(tally, store);
        for (size_t i = 0; i < tally->n_rules && r >= 0; i++)
                r = is_silent ? tally_write_silent(tally, &tally->rules[i], store, now)
                              : tally_write_many(tally, &tally->rules[i], store, now, last_event);

        return r;
}
