/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/state/acceptance.h"
#include "lib/state/cache.h"
#include "lib/state/erasure.h"
#include "lib/state/untold.h"
#include "tests/unit/apply-fixture.h"
#include "tests/unit/check-main.h"

#define CORP  0
#define SALES 1

static int64_t sales_id;

static void add_user(unsigned domain, int parent, const char *name, const char *address)
{
        char rdn[100], attributes[500];

        (void)snprintf(rdn, sizeof(rdn), "CN=%s", name);
        (void)snprintf(attributes, sizeof(attributes),
                       "sAMAccountName: %s; displayName: %s; userAccountControl: 512; "
                       "userPrincipalName: %s x@contoso.com; mail: %s; proxyAddresses: SMTP:%s",
                       name, name, name, address, address);
        (void)lab_add(&lab, domain, parent, "user", rdn, attributes);
}

/* Rows that the answers of this lab do not bring. */
static void add_rest(int64_t domain, int64_t object)
{
        Guid guid = lab_guid(99);
        int64_t membership;
        static const struct {
                QueryId query;
                bool wants_guid;
        } queries[] = { { QUERY_MEASURE_PUT, true }, { QUERY_HIDDEN_UNIT_PUT, true } };

        for (size_t i = 0; i < ARRAY_SIZE(queries); i++) {
                Statement *put = store_statement(lab.store, queries[i].query);

                statement_bind_integer(put, ":domain", domain);
                statement_bind_blob(put, ":guid", guid.bytes, sizeof(guid.bytes));
                if (queries[i].query == QUERY_MEASURE_PUT) {
                        statement_bind_integer(put, ":attribute", ATTRIBUTE_MEMBER);
                        statement_bind_integer(put, ":n", 60000);
                }
                ck_assert_int_ge(statement_execute(put), 0);
        }

        Statement *statement = store_statement(lab.store, QUERY_SCOPE_UNIT_PUT);
        statement_bind_integer(statement, ":domain", domain);
        statement_bind_text(statement, ":dn", "OU=x");
        statement_bind_blob(statement, ":guid", guid.bytes, sizeof(guid.bytes));
        ck_assert_int_ge(statement_execute(statement), 0);

        statement = store_statement(lab.store, QUERY_MEMBERSHIP_INSERT);
        statement_bind_integer(statement, ":domain", domain);
        statement_bind_text(statement, ":filter", "(memberOf=CN=x)");
        ck_assert_int_ge(statement_execute(statement), 0);
        membership = store_last_id(lab.store);
        for (unsigned i = 0; i < 7; i++) {
                guid = lab_guid(100 + i);
                statement = store_statement(lab.store, QUERY_MEMBER_INSERT);
                statement_bind_blob(statement, ":guid", guid.bytes, sizeof(guid.bytes));
                statement_bind_integer(statement, ":membership", membership);
                ck_assert_int_ge(statement_execute(statement), 0);
        }

        statement = store_statement(lab.store, QUERY_TRACE_PUT);
        statement_bind_integer(statement, ":domain", domain);
        statement_bind_text(statement, ":name", "MSOL_1");
        for (size_t i = 0; i < 9; i++) {
                static const char *const names[] = { ":type",
                                                     ":is_enabled",
                                                     ":created",
                                                     ":logged_on",
                                                     ":logged_on_replicated",
                                                     ":password_set",
                                                     ":at",
                                                     ":while",
                                                     ":week" };

                statement_bind_integer(statement, names[i], 1);
        }
        ck_assert_int_ge(statement_execute(statement), 0);

        statement = store_statement(lab.store, QUERY_CONTROLLER_PUT);
        statement_bind_integer(statement, ":domain", domain);
        statement_bind_text(statement, ":host", "dc1");
        statement_bind_integer(statement, ":at", 1);
        ck_assert_int_ge(statement_execute(statement), 0);

        ck_assert_int_eq(untold_keep(lab.store, object), 0);

        statement = store_statement(lab.store, QUERY_HELD_INSERT);
        statement_bind_integer(statement, ":domain", domain);
        statement_bind_integer(statement, ":object", object);
        statement_bind_integer(statement, ":key", 5);
        statement_bind_integer(statement, ":id", 5);
        ck_assert_int_ge(statement_execute(statement), 0);
}

static void accept_first(const char *where)
{
        const AcceptanceTerms terms = {
                .now = lab.now, .until = lab.now + 1000, .who = "anna", .why = "it goes"
        };
        AcceptanceTarget target = {
                .object = lab_count(&lab, "SELECT object FROM finding WHERE %s LIMIT 1", where),
                .finding =
                        (uint64_t)lab_count(&lab, "SELECT id FROM finding WHERE %s LIMIT 1", where),
        };
        size_t n;

        ck_assert_int_eq(acceptance_set(lab.store, &terms, &target, 1, &n), 0);
        ck_assert_uint_eq(n, 1);
}

static void set_up(void)
{
        int unit;

        lab_init(&lab, 2);
        for (unsigned domain = CORP; domain <= SALES; domain++) {
                unit = lab_add(&lab, domain, 0, "organizationalUnit", "OU=People", "");
                for (unsigned i = 0; i < 20; i++) {
                        char name[20], address[40];

                        (void)snprintf(name, sizeof(name), "u%u-%u", domain, i);
                        (void)snprintf(address, sizeof(address), "a%u@contoso.com", i);
                        add_user(domain, i % 2 ? unit : 0, name, address);
                }
                lab_read(&lab, domain);
                lab_delete(&lab, domain, 3);
                lab_poll(&lab, domain);
                add_rest(lab.domains[domain].domain.id,
                         cache_first_id(lab.domains[domain].domain.id) + 1);
        }
        sales_id = lab.domains[SALES].domain.id;
        for (unsigned domain = CORP; domain <= SALES; domain++) {
                char where[60];

                (void)snprintf(where, sizeof(where), "object >> 28 = %d",
                               (int)lab.domains[domain].domain.id);
                accept_first(where);
        }
}

/* Its section is taken out of the configuration. */
static void retire_sales(void)
{
        lab.n_domains = 1;
        lab_configure(&lab, NULL, NULL, NULL);
        ck_assert_int_eq(domain_retire_others(lab.store, lab.config), 0);
        lab_reevaluate(&lab, CORP);
        lab.n_domains = 2; /* for lab_done() */
}

/* Every row of every table that names a domain, or a row of one. */
static int64_t rows_of(int64_t domain)
{
        static const struct {
                const char *table, *column;
        } places[] = {
                { "domain", "id" },
                { "container", "domain" },
                { "trace", "domain" },
                { "hidden_unit", "domain" },
                { "scope_unit", "domain" },
                { "object", "domain" },
                { "claim", "object >> 28" },
                { "membership", "domain" },
                { "join_exclusion", "object >> 28" },
                { "member", "(SELECT domain FROM membership WHERE id = membership)" },
                { "measure", "domain" },
                { "finding", "object >> 28" },
                { "acceptance", "object >> 28" },
                { "held", "object >> 28" },
                { "untold", "domain" },
                { "counter", "domain" },
                { "fate", "domain" },
                { "event", "domain" },
        };
        int64_t n = 0;

        for (size_t i = 0; i < ARRAY_SIZE(places); i++)
                n += lab_count(&lab, "SELECT count(*) FROM %s WHERE %s = %d", places[i].table,
                               places[i].column, (int)domain);
        return n;
}

/* Returns how many steps it took. */
static unsigned erase_all(unsigned limit, unsigned die_after)
{
        Erasure erasure = {};
        unsigned n = 0;
        int r;

        while ((r = erasure_step(&erasure, lab.store, limit)) == ERASURE_MORE)
                if (++n == die_after)
                        erasure = (Erasure){};
        ck_assert_int_eq(r, 0);
        return n;
}

START_TEST(no_table_is_forgotten)
{
        /* Whoever adds one that names a domain or an object adds it to the erasure, too. */
        ck_assert_int_eq(
                lab_count(
                        &lab,
                        "SELECT count(*) FROM sqlite_master AS t, pragma_table_info(t.name) AS c "
                        "WHERE t.type = 'table' AND c.name IN ('domain', 'object', 'membership')"),
                20);
}
END_TEST

START_TEST(what_is_configured_or_unknown_is_refused)
{
        int64_t n = -1;

        ck_assert_int_eq(erasure_mark(lab.store, "sales.example", &n), ERASURE_CONFIGURED);
        ck_assert_int_eq(erasure_mark(lab.store, "other.example", &n), ERASURE_UNKNOWN);
        ck_assert_int_eq(n, -1);
        ck_assert_uint_eq(erase_all(10, 0), 0);
}
END_TEST

START_TEST(nothing_is_left_of_it_and_all_of_the_others)
{
        int64_t n, others;

        retire_sales();
        others = rows_of(lab.domains[CORP].domain.id);
        ck_assert_int_gt(rows_of(sales_id), 100);
        ck_assert_int_eq(erasure_mark(lab.store, "sales.example", &n), 0);
        ck_assert_int_eq(n, 19);
        ck_assert_int_eq(erasure_mark(lab.store, "sales.example", &n), ERASURE_UNKNOWN);

        ck_assert_uint_gt(erase_all(7, 0), 20);
        ck_assert_int_eq(rows_of(sales_id), 0);
        ck_assert_int_eq(rows_of(lab.domains[CORP].domain.id), others);
}
END_TEST

/* Whenever it ends, the next process comes to the same end. */
START_TEST(a_process_that_ends_meanwhile_does_no_harm)
{
        int64_t n, others;

        retire_sales();
        others = rows_of(lab.domains[CORP].domain.id);
        ck_assert_int_eq(erasure_mark(lab.store, "sales.example", &n), 0);
        ck_assert_uint_gt(erase_all(7, (unsigned)_i), 20);
        ck_assert_int_eq(rows_of(sales_id), 0);
        ck_assert_int_eq(rows_of(lab.domains[CORP].domain.id), others);
}
END_TEST

START_TEST(the_name_is_free_at_once)
{
        _cleanup_(domain_done) Domain domain = {};
        Erasure erasure = {};
        int64_t n;

        retire_sales();
        ck_assert_int_eq(erasure_mark(lab.store, "sales.example", &n), 0);
        ck_assert_int_eq(erasure_step(&erasure, lab.store, 3), ERASURE_MORE);

        ck_assert_int_eq(domain_load(lab.store, "sales.example", &domain), 0);
        ck_assert_int_ne(domain.id, sales_id);
        ck_assert(!domain.is_ready);
        while (erasure_step(&erasure, lab.store, 3) == ERASURE_MORE)
                ;
        ck_assert_int_eq(rows_of(sales_id), 0);
        ck_assert_int_eq(rows_of(domain.id), 1);
}
END_TEST

Suite *test_suite(void)
{
        Suite *suite = suite_create("erasure");
        TCase *tcase = tcase_create("erasure");

        tcase_add_checked_fixture(tcase, set_up, tear_down);
        tcase_add_test(tcase, no_table_is_forgotten);
        tcase_add_test(tcase, what_is_configured_or_unknown_is_refused);
        tcase_add_test(tcase, nothing_is_left_of_it_and_all_of_the_others);
        tcase_add_loop_test(tcase, a_process_that_ends_meanwhile_does_no_harm, 1, 30);
        tcase_add_test(tcase, the_name_is_free_at_once);
        suite_add_tcase(suite, tcase);
        return suite;
}
