/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/state/event.h"
#include "lib/state/store.h"
#include "tests/unit/apply-fixture.h"
#include "tests/unit/check-main.h"

/* Size. */

START_TEST(a_value_of_thousands_is_judged_in_parts_and_by_budget)
{
        int nodes[2500];
        int64_t n = ARRAY_SIZE(nodes);

        for (unsigned i = 0; i < ARRAY_SIZE(nodes); i++) {
                char name[32];

                snprintf(name, sizeof(name), "u%u", i);
                nodes[i] = lab_add_user(&lab, 0, 0, name, "same@contoso.com");
        }
        lab_read(&lab, 0);
        ck_assert_int_eq(
                lab_count(&lab, "SELECT n FROM counter WHERE rule = 'smtp-address-not-unique'"), n);

        /* All but one let go of it. */
        for (unsigned i = 1; i < ARRAY_SIZE(nodes); i++) {
                char text[200];

                snprintf(text, sizeof(text),
                         "mail: u%u@contoso.com; proxyAddresses: SMTP:u%u@contoso.com", i, i);
                lab_set(&lab, 0, nodes[i], text);
        }
        lab_poll(&lab, 0);
        ck_assert_int_eq(lab_count(&lab, "SELECT count(*) FROM finding"), 0);
        ck_assert_int_eq(lab_count(&lab, "SELECT count(*) FROM counter"), 0);
}
END_TEST

START_TEST(what_does_not_fit_into_memory_goes_through_a_file)
{
        char *followed, *fresh;
        int last = 0;

        lab_done(&lab);
        lab_init_file(&lab, 1);
        lab_read(&lab, 0);

        /* 1 MiB is the least that can be configured. */
        lab_configure(&lab, "[storage]\nStageMemoryMiB=1\n", NULL, NULL);
        for (int i = 0; i < 4000; i++) {
                char name[32], address[400];

                snprintf(name, sizeof(name), "u%d", i);
                snprintf(address, sizeof(address), "u%d%.*s@contoso.com", i, 300,
                         (char[301]){ [0 ... 299] = 'x' });
                last = lab_add_user(&lab, 0, 0, name, address);
        }
        lab_poll(&lab, 0);
        ck_assert_uint_eq(lab.summary.changed, 4000);
        (void)last;

        followed = lab_dump(&lab);
        fresh = lab_dump_fresh(&lab);
        ck_assert_str_eq(followed, fresh);
        free(followed);
        free(fresh);
}
END_TEST

/* With disputes over keys that stand far apart, an object that the answer brings twice, and what a read left that never ended. */
START_TEST(a_domain_that_is_sorted_in_files_is_the_same)
{
        char *cramped, *fresh;
        Apply *apply;
        int node = 0;

        lab_done(&lab);
        lab_init_file(&lab, 1);
        lab.is_cramped = true;
        for (int i = 0; i < 600; i++) {
                char name[32], address[64];

                snprintf(name, sizeof(name), "u%d", i);
                snprintf(address, sizeof(address), "u%d@contoso.com", i % 17 ? i : i / 34 * 34);
                node = lab_add_user(&lab, 0, 0, name, address);
        }

        apply = lab_begin(&lab, 0, APPLY_FIRST);
        for (int i = 0; i <= node; i++)
                lab_stage(&lab, apply, 0, i);
        apply_free(apply);

        apply = lab_begin(&lab, 0, APPLY_FIRST);
        for (int i = 0; i <= node; i++)
                lab_stage(&lab, apply, 0, i);
        lab_set(&lab, 0, node / 2,
                "mail: moved@contoso.com; proxyAddresses: SMTP:moved@contoso.com");
        lab_stage(&lab, apply, 0, node / 2);
        lab_accept(&lab, apply, 0, lab.domains[0].usn);
        lab_finish(&lab, apply);
        ck_assert_int_gt(lab_count(&lab, "SELECT count(*) FROM finding"), 30);

        fresh = lab_dump_fresh(&lab);
        cramped = lab_dump(&lab);
        ck_assert_str_eq(cramped, fresh);
        free(cramped);

        /* Everything stands already. */
        lab_reevaluate(&lab, 0);
        cramped = lab_dump(&lab);
        ck_assert_str_eq(cramped, fresh);
        free(cramped);
        free(fresh);
}
END_TEST

/* A statement of which every answer needs thousands must not go through a table. */
START_TEST(hot_statements_find_their_rows_by_a_key)
{
        static const QueryId hot[] = {
                QUERY_OBJECT_GET,
                QUERY_OBJECT_BY_GUID,
                QUERY_OBJECT_STANDING,
                QUERY_OBJECT_UPDATE,
                QUERY_OBJECT_UPDATE_USN,
                QUERY_OBJECT_DELETE,
                QUERY_OBJECT_LAST_ID,
                QUERY_OBJECT_WALK,
                QUERY_OBJECT_BELOW,
                QUERY_CLAIM_DELETE,
                QUERY_CLAIM_HOLDERS,
                QUERY_CLAIM_WALK,
                QUERY_FINDING_OF,
                QUERY_FINDING_KEYS,
                QUERY_FINDING_OBJECTS,
                QUERY_FINDING_WALK_KEYS,
                QUERY_FINDING_UPDATE,
                QUERY_FINDING_DELETE,
                QUERY_FINDING_DELETE_OBJECT,
                QUERY_CONTAINER_GET,
                QUERY_CONTAINER_BY_GUID,
                QUERY_CONTAINER_BY_NAME,
                QUERY_CONTAINER_CHILDREN,
                QUERY_CONTAINER_PARENT,
                QUERY_JOIN_EXCLUSION_ANY,
                QUERY_JOIN_EXCLUSION_BY_KEY,
                QUERY_EVENT_AFTER,
                QUERY_EVENT_DELETE_SINGLE,
                QUERY_COUNTER_ADD,
                QUERY_EPOCH_FIND,
                QUERY_ATTRIBUTE_LIST_FIND,
                QUERY_DOMAIN_BY_NAME,
        };

        for (size_t i = 0; i < ARRAY_SIZE(hot); i++) {
                char *plan = lab_plan(&lab, query_texts[hot[i]]);

                ck_assert_msg(!strstr(plan, "SCAN "), "%s: %s", query_names[hot[i]], plan);
                free(plan);
        }
}
END_TEST

/* It is asked in one turn of the loop, however many objects an inventory has of which nothing is to go. */
START_TEST(what_is_left_of_former_inventories_is_found_by_an_index)
{
        char *plan = lab_plan(&lab, query_texts[QUERY_CLOUD_OBJECT_SWEEP]);

        ck_assert_msg(strstr(plan, "SEARCH cloud_object") && !strstr(plan, "SCAN cloud_object"),
                      "%s", plan);
        free(plan);
}
END_TEST

/* What each answer asks must not make SQLite open a table of its own, as it does to sort with a LIMIT and for a list in an index. */
START_TEST(what_every_answer_asks_makes_no_table)
{
        static const QueryId asked[] = {
                QUERY_CONTAINER_BY_NAME, QUERY_CONTAINER_BY_GUID, QUERY_CONTAINER_GET,
                QUERY_EVENT_INSERT,      QUERY_FINDING_INSERT,    QUERY_FINDING_OF,
                QUERY_FINDING_OBJECTS,   QUERY_FINDING_DUE,       QUERY_CLAIM_HOLDERS,
                QUERY_HIDDEN_UNIT_OF,    QUERY_TRACE_OF,          QUERY_TRACE_STANDING,
                QUERY_CONTROLLER_OF,     QUERY_FOLDED_OF,         QUERY_DIRECTORY_NUMBERS,
                QUERY_COUNTER_ADD,       QUERY_COUNTER_SWEEP,     QUERY_FOLDED_ADD,
                QUERY_FOLDED_SWEEP,      QUERY_FATE_ADD,          QUERY_OBJECT_BY_GUID,
                QUERY_OBJECT_UPDATE,     QUERY_DOMAIN_ALL,        QUERY_DOMAIN_ACCEPT,
        };

        for (size_t i = 0; i < ARRAY_SIZE(asked); i++)
                ck_assert_msg(!lab_makes_table(&lab, query_texts[asked[i]]), "%s",
                              query_names[asked[i]]);
        ck_assert(lab_makes_table(&lab, "SELECT DISTINCT rdn FROM object"));
}
END_TEST

/* A parameter that decides which index may be used makes SQLite compile the statement again for every value of it. */
START_TEST(no_statement_is_compiled_twice)
{
        int anna = lab_add_user(&lab, 0, 0, "anna", "a@contoso.com"),
            bernd = lab_add_user(&lab, 0, 0, "bernd", "b@contoso.com");

        lab_read(&lab, 0);
        for (unsigned i = 0; i < 3; i++) {
                lab_set(&lab, 0, bernd, "mail: a@contoso.com; proxyAddresses: SMTP:a@contoso.com");
                lab_poll(&lab, 0);
                lab_set(&lab, 0, bernd, "mail: b@contoso.com; proxyAddresses: SMTP:b@contoso.com");
                lab_poll(&lab, 0);
        }
        lab_delete(&lab, 0, anna);
        lab_poll(&lab, 0);

        for (QueryId query = 0; query < QUERY_MAX; query++)
                ck_assert_msg(lab_recompilations(&lab, query) == 0, "%s", query_names[query]);
}
END_TEST

Suite *test_suite(void)
{
        Suite *suite = suite_create("apply-cost");
        TCase *one = tcase_create("one domain");

        (void)test_seed();
        tcase_add_checked_fixture(one, one_domain, tear_down);
        tcase_set_timeout(one, 60);
        tcase_add_test(one, a_value_of_thousands_is_judged_in_parts_and_by_budget);
        tcase_add_test(one, what_does_not_fit_into_memory_goes_through_a_file);
        tcase_add_test(one, a_domain_that_is_sorted_in_files_is_the_same);
        tcase_add_test(one, hot_statements_find_their_rows_by_a_key);
        tcase_add_test(one, what_is_left_of_former_inventories_is_found_by_an_index);
        tcase_add_test(one, what_every_answer_asks_makes_no_table);
        tcase_add_test(one, no_statement_is_compiled_twice);
        suite_add_tcase(suite, one);
        return suite;
}
