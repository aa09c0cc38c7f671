/* SPDX-License-Identifier: MIT */
#include "lib/state/foreign.h"

#include <stdio.h>
#include <string.h>

#include "lib/core/arena.h"
#include "tests/unit/apply-lab.h"
#include "tests/unit/check-main.h"

/* corp.example has the groups, sales.example the people. */
enum { CORP, SALES };

#define SID_ANNA "010500000000000515000000010000000200000003000000E8030000"
#define SID_OUT  "010500000000000515000000010000000200000003000000E9030000"
#define SID_GONE "010500000000000515000000010000000200000003000000EA030000"
#define SID_ALL  "01010000000000050B000000" /* Authenticated Users */

static Lab lab;
static int teams;
static ForeignCount count;

static void set_up(void)
{
        int away;

        lab_init(&lab, 2);
        lab_configure(&lab, NULL, "IncludeOU=OU=Teams,DC=corp,DC=example\n",
                      "ExcludeOU=OU=Away,DC=sales,DC=example\n");
        teams = lab_add(&lab, CORP, 0, "organizationalUnit", "OU=Teams", NULL);
        (void)lab_add(&lab, CORP, 0, "organizationalUnit", "OU=Other", NULL);
        (void)lab_add(&lab, CORP, 0, "container", "CN=ForeignSecurityPrincipals", NULL);
        away = lab_add(&lab, SALES, 0, "organizationalUnit", "OU=Away", NULL);
        (void)lab_add(&lab, SALES, 0, "user", "CN=Anna",
                      "sAMAccountName: anna; objectSid: " SID_ANNA);
        (void)lab_add(&lab, SALES, away, "user", "CN=Out",
                      "sAMAccountName: out; objectSid: " SID_OUT);
        lab_read(&lab, CORP);
        lab_read(&lab, SALES);
        count = (ForeignCount){};
}

static void tear_down(void)
{
        foreign_count_done(&count);
        lab_done(&lab);
}

static uint8_t digit(char c)
{
        return (uint8_t)(c <= '9' ? c - '0' : c - 'A' + 10);
}

/* An object that stands for whoever has the SID, in these groups; the list ends with NULL. */
static void add(const char *sid, const char *const *groups)
{
        _cleanup_(object_freep) Object *object = NULL;
        uint8_t bytes[32];
        size_t n = strlen(sid) / 2;

        for (size_t i = 0; i < n; i++)
                bytes[i] = (uint8_t)(digit(sid[2 * i]) << 4 | digit(sid[2 * i + 1]));
        ck_assert_int_eq(object_new(&object), 0);
        ck_assert_int_eq(object_add_copy(object, ATTRIBUTE_OBJECT_SID, bytes, n), 0);
        for (; *groups; groups++)
                ck_assert_int_eq(object_add_string(object, ATTRIBUTE_MEMBER_OF, *groups), 0);
        ck_assert_int_eq(object_seal(object), 0);
        ck_assert_int_eq(foreign_count_add(&count, lab.store, lab.domains[CORP].domain.id, object),
                         0);
}

#define IN_SCOPE  "CN=Team,OU=Teams,DC=corp,DC=example"
#define IN_SCOPE2 "CN=Team 2,OU=Teams,DC=corp,DC=example"
#define OUTSIDE   "CN=Team,OU=Other,DC=corp,DC=example"

START_TEST(memberships_in_groups_of_the_scope_count)
{
        add(SID_ANNA, (const char *const[]){ OUTSIDE, IN_SCOPE, IN_SCOPE2, NULL });
        ck_assert_int_eq(count.n, 2);
        ck_assert_str_eq(buffer_string(&count.group), IN_SCOPE);
}
END_TEST

START_TEST(who_does_not_arrive_is_not_missed)
{
        add(SID_OUT, (const char *const[]){ IN_SCOPE, NULL });
        add(SID_GONE, (const char *const[]){ IN_SCOPE, NULL });
        add(SID_ALL, (const char *const[]){ IN_SCOPE, NULL });
        ck_assert_int_eq(count.n, 0);
}
END_TEST

START_TEST(who_is_of_this_domain_is_nobody_foreign)
{
        (void)lab_add(&lab, CORP, teams, "user", "CN=Own",
                      "sAMAccountName: own; objectSid: " SID_GONE);
        lab_poll(&lab, CORP);
        add(SID_GONE, (const char *const[]){ IN_SCOPE, NULL });
        ck_assert_int_eq(count.n, 0);
}
END_TEST

START_TEST(a_name_that_is_none_is_passed_over)
{
        add(SID_ANNA,
            (const char *const[]){ "", "no name", "CN=Team,OU=Nowhere,DC=corp,DC=example", NULL });
        ck_assert_int_eq(count.n, 0);
}
END_TEST

static void read_facts(Arena *arena, DirectoryFacts *facts)
{
        ck_assert_int_eq(foreign_read(lab.store, lab.domains[CORP].domain.id, "DC=corp,DC=example",
                                      arena, facts),
                         0);
}

START_TEST(what_was_counted_is_told_while_the_place_is_out_of_scope)
{
        _cleanup_(arena_done) Arena arena = {};
        DirectoryFacts facts = {};

        read_facts(&arena, &facts);
        ck_assert_int_eq(facts.foreign_members, 0);

        add(SID_ANNA, (const char *const[]){ IN_SCOPE, NULL });
        ck_assert_int_eq(foreign_put(lab.store, lab.domains[CORP].domain.id, &count), 0);
        read_facts(&arena, &facts);
        ck_assert_int_eq(facts.foreign_members, 1);
        ck_assert_str_eq(facts.foreign_group, IN_SCOPE);
        ck_assert_str_eq(facts.foreign_container,
                         "CN=ForeignSecurityPrincipals,DC=corp,DC=example");

        /* The place comes into scope. */
        lab_configure(&lab, NULL,
                      "IncludeOU=OU=Teams,DC=corp,DC=example\n"
                      "IncludeOU=CN=ForeignSecurityPrincipals,DC=corp,DC=example\n",
                      NULL);
        lab_reevaluate(&lab, CORP);
        facts = (DirectoryFacts){};
        read_facts(&arena, &facts);
        ck_assert_int_eq(facts.foreign_members, 1);
        ck_assert_ptr_null(facts.foreign_container);
}
END_TEST

START_TEST(a_survey_that_finds_nothing_ends_it)
{
        _cleanup_(arena_done) Arena arena = {};
        DirectoryFacts facts = {};

        add(SID_ANNA, (const char *const[]){ IN_SCOPE, NULL });
        ck_assert_int_eq(foreign_put(lab.store, lab.domains[CORP].domain.id, &count), 0);
        foreign_count_reset(&count);
        ck_assert_int_eq(foreign_put(lab.store, lab.domains[CORP].domain.id, &count), 0);
        read_facts(&arena, &facts);
        ck_assert_int_eq(facts.foreign_members, 0);
        ck_assert_ptr_null(facts.foreign_group);
}
END_TEST

Suite *test_suite(void)
{
        Suite *suite = suite_create("foreign");
        TCase *tcase = tcase_create("foreign");

        tcase_add_checked_fixture(tcase, set_up, tear_down);
        tcase_add_test(tcase, memberships_in_groups_of_the_scope_count);
        tcase_add_test(tcase, who_does_not_arrive_is_not_missed);
        tcase_add_test(tcase, who_is_of_this_domain_is_nobody_foreign);
        tcase_add_test(tcase, a_name_that_is_none_is_passed_over);
        tcase_add_test(tcase, what_was_counted_is_told_while_the_place_is_out_of_scope);
        tcase_add_test(tcase, a_survey_that_finds_nothing_ends_it);
        suite_add_tcase(suite, tcase);
        return suite;
}
