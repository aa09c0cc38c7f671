/* SPDX-License-Identifier: MIT */
#include "lib/state/acceptance.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/state/claim.h"
#include "lib/state/event.h"
#include "lib/state/id-list.h"
#include "lib/state/query-internal.h"
#include "lib/state/tally.h"

/* One change of the database, of which all or nothing is committed. */
typedef struct AcceptanceChange {
        Store *store;
        QueryReader reader;
        Tally tally;
        IdList holders; /* rows with the GUID of the present object */
        Buffer value;   /* of the present finding */
        size_t n;
} AcceptanceChange;

/* What is stored of one; and, of a finding that is open, what is found. */
typedef struct AcceptanceRow {
        int64_t object;
        uint64_t finding;
        char *rule;
        Severity severity;
        AttributeId attribute;
        int64_t until, uid;
        char *who, *why;
        bool has_value; /* in AcceptanceChange.value */
} AcceptanceRow;

static void acceptance_row_done(AcceptanceRow *row)
{
        free(row->rule);
        free(row->who);
        free(row->why);
        *row = (AcceptanceRow){};
}

static int copy_column(Statement *statement, int column, char **ret)
{
        const char *text = statement_text(statement, column);

        *ret = strdup(text ? text : "");
        return *ret ? 0 : -ENOMEM;
}

int acceptance_exists(Store *store, uint64_t finding)
{
        _cleanup_statement_ Statement *row = store_statement(store, QUERY_ACCEPTANCE_GET);

        statement_bind_integer(row, ":finding", (int64_t)finding);
        return statement_step(row);
}

/* 1 found, 0 not. */
static int acceptance_get(Store *store, uint64_t finding, AcceptanceRow *ret)
{
        _cleanup_statement_ Statement *row = store_statement(store, QUERY_ACCEPTANCE_GET);
        _cleanup_(acceptance_row_done) AcceptanceRow stored = { .finding = finding };
        int r;

        statement_bind_integer(row, ":finding", (int64_t)finding);
        r = statement_step(row);
        if (r <= 0)
                return r;

        stored.object = statement_integer(row, COLUMN_ACCEPTANCE_GET_OBJECT);
        stored.severity = (Severity)statement_integer(row, COLUMN_ACCEPTANCE_GET_SEVERITY);
        stored.attribute = (AttributeId)statement_integer(row, COLUMN_ACCEPTANCE_GET_ATTRIBUTE);
        stored.until = statement_integer(row, COLUMN_ACCEPTANCE_GET_UNTIL);
        stored.uid = statement_integer(row, COLUMN_ACCEPTANCE_GET_UID);
        if ((unsigned)stored.severity > SEVERITY_ERROR)
                return -EUCLEAN; /* never written: numbers become names by looking them up in arrays */
        if ((r = copy_column(row, COLUMN_ACCEPTANCE_GET_RULE, &stored.rule)) < 0 ||
            (r = copy_column(row, COLUMN_ACCEPTANCE_GET_WHO, &stored.who)) < 0 ||
            (r = copy_column(row, COLUMN_ACCEPTANCE_GET_WHY, &stored.why)) < 0)
                return r;

        *ret = stored;
        stored = (AcceptanceRow){};
        return 1;
}

static int acceptance_put(Store *store, const AcceptanceTerms *terms, const AcceptanceRow *row)
{
        Statement *put = store_statement(store, QUERY_ACCEPTANCE_PUT);

        statement_bind_integer(put, ":finding", (int64_t)row->finding);
        statement_bind_integer(put, ":object", row->object);
        statement_bind_text(put, ":rule", row->rule);
        statement_bind_integer(put, ":severity", row->severity);
        statement_bind_integer(put, ":attribute", row->attribute);
        statement_bind_integer(put, ":since", terms->now);
        statement_bind_integer(put, ":until", terms->until);
        statement_bind_integer(put, ":uid", terms->uid);
        statement_bind_text(put, ":who", terms->who);
        statement_bind_text(put, ":why", terms->why);
        return statement_execute(put);
}

static int acceptance_delete(Store *store, uint64_t finding)
{
        Statement *row = store_statement(store, QUERY_ACCEPTANCE_DELETE);

        statement_bind_integer(row, ":finding", (int64_t)finding);
        return statement_execute(row);
}

/* --- what is open --- */

/* All rows that are the object, as the id of a finding knows it: one in each domain that has the GUID. Reads the object. */
static int change_find_holders(AcceptanceChange *change, int64_t object)
{
        int64_t key, ids[8], after = 0;
        int r;

        change->holders.n = 0;
        r = query_reader_get(&change->reader, object);
        if (r <= 0) /* a domain itself, or of a domain that is not shown now */
                return r < 0 ? r : id_list_add(&change->holders, object);

        key = claim_guid_key(&change->reader.row.guid);
        do {
                r = claim_holders(change->store, key, after, ids, ARRAY_SIZE(ids));
                for (int i = 0; i < r; i++) {
                        int error = id_list_add(&change->holders, ids[i]);

                        if (error < 0)
                                return error;
                        after = ids[i];
                }
        } while (r == ARRAY_SIZE(ids));

        return r < 0 ? r : 0;
}

/* Counts one row of a finding on the side where it is from now on. */
static int change_count(AcceptanceChange *change, Statement *row, int64_t object, bool accepted)
{
        const char *rule = statement_text(row, COLUMN_ACCEPTANCE_FINDINGS_RULE);
        int64_t domain = cache_domain_of(object);
        bool was = statement_integer(row, COLUMN_ACCEPTANCE_FINDINGS_ACCEPTED) != 0;
        RuleClass class;
        Severity severity;
        int r;

        /* Of many that fold only their number is counted, accepted or not. */
        if (was == accepted || statement_integer(row, COLUMN_ACCEPTANCE_FINDINGS_FOLDS))
                return 0;

        r = query_class_severity(row, COLUMN_ACCEPTANCE_FINDINGS_CLASS,
                                 COLUMN_ACCEPTANCE_FINDINGS_SEVERITY, &class, &severity);
        if (r >= 0)
                r = tally_count(&change->tally, domain, rule, class, severity, was, -1);
        if (r >= 0)
                r = tally_count(&change->tally, domain, rule, class, severity, accepted, 1);
        return r;
}

/* What an open finding says: for the event, and for what is stored of one that is new. */
static int change_describe(AcceptanceChange *change, Statement *row, AcceptanceRow *known)
{
        const void *value;
        size_t size;
        RuleClass class;
        int r;

        if (known->has_value)
                return 0;

        r = query_class_severity(row, COLUMN_ACCEPTANCE_FINDINGS_CLASS,
                                 COLUMN_ACCEPTANCE_FINDINGS_SEVERITY, &class, &known->severity);
        if (r >= 0 && !known->rule)
                r = copy_column(row, COLUMN_ACCEPTANCE_FINDINGS_RULE, &known->rule);
        if (r < 0)
                return r;

        known->attribute =
                (AttributeId)statement_integer(row, COLUMN_ACCEPTANCE_FINDINGS_ATTRIBUTE);
        known->has_value = true;
        value = statement_blob(row, COLUMN_ACCEPTANCE_FINDINGS_VALUE, &size);
        buffer_reset(&change->value);
        return buffer_append(&change->value, value, size);
}

/* Marks the rows of one holder and counts them. Returns how many there are. */
static int change_mark_holder(AcceptanceChange *change, int64_t object, bool accepted,
                              AcceptanceRow *known)
{
        _cleanup_statement_ Statement *row =
                store_statement(change->store, QUERY_ACCEPTANCE_FINDINGS);
        Statement *mark = store_statement(change->store, QUERY_ACCEPTANCE_MARK);
        int n = 0, r;

        statement_bind_integer(row, ":object", object);
        statement_bind_integer(row, ":id", (int64_t)known->finding);
        while ((r = statement_step(row)) > 0) {
                r = change_describe(change, row, known);
                if (r >= 0)
                        r = change_count(change, row, object, accepted);
                if (r < 0)
                        return r;
                n++;
        }
        if (r < 0 || n == 0)
                return r;

        statement_bind_integer(mark, ":accepted", accepted);
        statement_bind_integer(mark, ":object", object);
        statement_bind_integer(mark, ":id", (int64_t)known->finding);
        r = statement_execute(mark);
        return r < 0 ? r : n;
}

/* Marks an id wherever it is open; what it says goes into `known`. Returns how many rows, or negative. */
static int change_mark(AcceptanceChange *change, bool accepted, AcceptanceRow *known)
{
        int n = 0, r;

        r = change_find_holders(change, known->object);
        for (size_t i = 0; i < change->holders.n && r >= 0; i++) {
                r = change_mark_holder(change, change->holders.ids[i], accepted, known);
                n += r > 0 ? r : 0;
        }

        return r < 0 ? r : n;
}

static int change_tell(AcceptanceChange *change, EventType type, const AcceptanceTerms *terms,
                       const AcceptanceRow *row)
{
        QueryReader *reader = &change->reader;
        int64_t id = cache_domain_of(row->object);
        const Domain *domain = query_reader_domain(reader, id);
        Event event = {
                .at = terms->now,
                .type = type,
                .rule = row->rule,
                .severity = row->severity,
                .attribute = attribute_name(row->attribute),
                .finding = row->finding,
                .until = terms->until,
                .uid = terms->uid,
                .who = terms->who,
                .why = terms->why,
        };
        int r;

        if (row->has_value)
                event.value = (Slice){ change->value.data, change->value.size };

        r = query_reader_get(reader, row->object);
        if (r < 0)
                return r;
        if (r > 0) {
                event.guid = reader->row.guid;
                event.kind = reader->row.kind;
                event.dn = buffer_string(&reader->dn);
                if (!event.dn)
                        return -ENOMEM;
        } else if (domain && row->object == cache_first_id(id))
                event.dn = domain->naming_context ? domain->naming_context : domain->name;

        change->n++;
        return event_append(change->store, id, &event);
}

/* --- one transaction --- */

static void change_done(AcceptanceChange *change)
{
        query_reader_done(&change->reader);
        tally_done(&change->tally);
        id_list_done(&change->holders);
        buffer_done(&change->value);
}

typedef int (*AcceptanceFunction)(AcceptanceChange *change, const AcceptanceTerms *terms,
                                  const AcceptanceTarget *target);

static int change_run(AcceptanceChange *change, AcceptanceFunction function,
                      const AcceptanceTerms *terms, const AcceptanceTarget *targets, size_t n)
{
        int r;

        r = query_reader_init(&change->reader, change->store);
        for (size_t i = 0; i < n && r >= 0; i++)
                r = function(change, terms, &targets[i]);
        return r < 0 ? r : tally_write_counts(&change->tally, change->store);
}

static int change_commit(Store *store, AcceptanceFunction function, const AcceptanceTerms *terms,
                         const AcceptanceTarget *targets, size_t n, size_t *ret_n)
{
        _cleanup_(change_done) AcceptanceChange change = { .store = store };
        int r;

        assert(!store_in_transaction(store));

        r = store_begin(store);
        if (r >= 0)
                r = change_run(&change, function, terms, targets, n);
        if (r >= 0)
                r = store_commit(store);
        if (r < 0) {
                (void)store_rollback(store);
                return r;
        }

        *ret_n = change.n;
        return 0;
}

static int set_one(AcceptanceChange *change, const AcceptanceTerms *terms,
                   const AcceptanceTarget *target)
{
        _cleanup_(acceptance_row_done)
                AcceptanceRow row = { .object = target->object, .finding = target->finding };
        int r;

        r = change_mark(change, true, &row);
        if (r <= 0) /* closed meanwhile */
                return r;

        r = acceptance_put(change->store, terms, &row);
        return r < 0 ? r : change_tell(change, EVENT_ACCEPTED, terms, &row);
}

/* Somebody takes it back by terms of his own; what expires is told as it was accepted. */
static int end_one(AcceptanceChange *change, EventType type, const AcceptanceTerms *terms,
                   const AcceptanceTarget *target)
{
        _cleanup_(acceptance_row_done) AcceptanceRow row = {};
        AcceptanceTerms told = *terms;
        int r;

        r = acceptance_get(change->store, target->finding, &row);
        if (r <= 0)
                return r;

        told.until = row.until;
        if (type == EVENT_ACCEPTANCE_EXPIRED) {
                told.uid = row.uid;
                told.who = row.who;
                told.why = row.why;
        }

        r = change_mark(change, false, &row);
        if (r >= 0)
                r = acceptance_delete(change->store, row.finding);
        return r < 0 ? r : change_tell(change, type, &told, &row);
}

static int undo_one(AcceptanceChange *change, const AcceptanceTerms *terms,
                    const AcceptanceTarget *target)
{
        return end_one(change, EVENT_ACCEPTANCE_UNDONE, terms, target);
}

static int expire_one(AcceptanceChange *change, const AcceptanceTerms *terms,
                      const AcceptanceTarget *target)
{
        return end_one(change, EVENT_ACCEPTANCE_EXPIRED, terms, target);
}

int acceptance_set(Store *store, const AcceptanceTerms *terms, const AcceptanceTarget *targets,
                   size_t n, size_t *ret_n)
{
        return change_commit(store, set_one, terms, targets, n, ret_n);
}

int acceptance_undo(Store *store, const AcceptanceTerms *terms, const AcceptanceTarget *targets,
                    size_t n, size_t *ret_n)
{
        return change_commit(store, undo_one, terms, targets, n, ret_n);
}

int acceptance_expire(Store *store, int64_t now, unsigned limit)
{
        _cleanup_statement_ Statement *due = store_statement(store, QUERY_ACCEPTANCE_DUE);
        _cleanup_free_ AcceptanceTarget *targets = calloc(limit, sizeof(*targets));
        const AcceptanceTerms terms = { .now = now };
        size_t n = 0;
        int r;

        if (!targets)
                return -ENOMEM;

        statement_bind_integer(due, ":now", now);
        statement_bind_integer(due, ":limit", limit);
        while ((r = statement_step(due)) > 0)
                targets[n++].finding =
                        (uint64_t)statement_integer(due, COLUMN_ACCEPTANCE_DUE_FINDING);
        statement_reset(due);
        if (r < 0 || n == 0)
                return r;

        r = change_commit(store, expire_one, &terms, targets, n, &n);
        return r < 0 ? r : (int)n;
}

int acceptance_next(Store *store, int64_t *ret)
{
        _cleanup_statement_ Statement *next = store_statement(store, QUERY_ACCEPTANCE_NEXT);
        int r;

        r = statement_step(next);
        if (r < 0)
                return r;

        *ret = r > 0 ? statement_integer(next, COLUMN_ACCEPTANCE_NEXT_UNTIL) : 0;
        return 0;
}

int acceptance_forget_object(Store *store, int64_t object, const Guid *guid)
{
        Statement *statement;
        int64_t heir;
        int r;

        r = claim_holders(store, claim_guid_key(guid), 0, &heir, 1);
        if (r < 0)
                return r;

        statement =
                store_statement(store, r > 0 ? QUERY_ACCEPTANCE_INHERIT : QUERY_ACCEPTANCE_FORGET);
        if (r > 0)
                statement_bind_integer(statement, ":heir", heir);
        statement_bind_integer(statement, ":object", object);
        return statement_execute(statement);
}
