/* SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include "lib/state/event.h"
#include "tests/unit/apply-fixture.h"
#include "tests/unit/check-main.h"

/* Names. */

START_TEST(the_rename_of_an_ou_changes_no_object_and_every_name)
{
        int sales = lab_add_ou(&lab, 0, 0, "sales"), north = lab_add_ou(&lab, 0, sales, "north"),
            anna = lab_add_user(&lab, 0, north, "anna", "a@contoso.com");
        int64_t usn;

        lab_read(&lab, 0);
        usn = lab_count(&lab, "SELECT usn FROM object");
        lab_expect_dn(&lab, anna, "CN=anna,OU=north,OU=sales,DC=corp,DC=example");

        lab_rename(&lab, 0, sales, "OU=trade");
        lab_poll(&lab, 0);
        lab_expect_dn(&lab, anna, "CN=anna,OU=north,OU=trade,DC=corp,DC=example");
        ck_assert_int_eq(lab_count(&lab, "SELECT usn FROM object"), usn);
        ck_assert_uint_eq(lab.summary.changed, 0);
        ck_assert_int_eq(lab_events(&lab, EVENT_MOVED, NULL), 0);
}
END_TEST

START_TEST(a_move_is_an_event_with_both_names)
{
        int sales = lab_add_ou(&lab, 0, 0, "sales"),
            anna = lab_add_user(&lab, 0, 0, "anna", "a@contoso.com");
        char *names;

        lab_read(&lab, 0);
        lab_move(&lab, 0, anna, sales);
        lab_poll(&lab, 0);
        names = lab_text(&lab,
                         "SELECT CAST(old_value AS TEXT) || '>' || CAST(value AS TEXT) FROM event "
                         "WHERE type = %d",
                         EVENT_MOVED);
        ck_assert_str_eq(names, "CN=anna,DC=corp,DC=example>CN=anna,OU=sales,DC=corp,DC=example");
        free(names);
}
END_TEST

/* In this order, whatever the lab would choose. */
static void read_in_order(const int *nodes, size_t n)
{
        Apply *apply =
                lab_begin(&lab, 0, lab.domains[0].domain.is_ready ? APPLY_DELTA : APPLY_FIRST);

        for (size_t i = 0; i < n; i++)
                lab_stage(&lab, apply, 0, nodes[i]);
        lab_accept(&lab, apply, 0, lab.domains[0].usn);
        lab_finish(&lab, apply);
}

START_TEST(children_may_come_before_their_parents)
{
        int sales = lab_add_ou(&lab, 0, 0, "sales"), north = lab_add_ou(&lab, 0, sales, "north"),
            anna = lab_add_user(&lab, 0, north, "anna", "a@contoso.com");

        read_in_order((int[]){ anna, north, sales, 0 }, 4);
        lab_expect_dn(&lab, anna, "CN=anna,OU=north,OU=sales,DC=corp,DC=example");
        ck_assert_int_eq(lab_count(&lab, "SELECT count(*) FROM container"), 3);
        ck_assert_int_eq(lab_count(&lab, "SELECT count(*) FROM container WHERE origin <> 0"), 0);

        lab_rename(&lab, 0, sales, "OU=trade");
        lab_poll(&lab, 0);
        lab_expect_dn(&lab, anna, "CN=anna,OU=north,OU=trade,DC=corp,DC=example");
}
END_TEST

START_TEST(a_parent_that_never_comes_is_named_by_its_child)
{
        int odd = lab_add(&lab, 0, 0, "printQueue", "CN=odd", NULL),
            anna = lab_add_user(&lab, 0, odd, "anna", "a@contoso.com");
        Guid guid, wanted = lab_guid(lab.domains[0].nodes[odd].number);
        Apply *apply = lab_begin(&lab, 0, APPLY_FIRST);

        lab_stage(&lab, apply, 0, 0);
        lab_stage(&lab, apply, 0, anna);
        ck_assert_int_eq(apply_next_unknown_parent(apply, &guid), 1);
        ck_assert(guid_equal(&guid, &wanted));
        ck_assert_int_eq(apply_next_unknown_parent(apply, &guid), 0);
        lab_accept(&lab, apply, 0, lab.domains[0].usn);
        lab_finish(&lab, apply);
        lab_expect_dn(&lab, anna, "CN=anna,CN=odd,DC=corp,DC=example");

        /* Its own rename is not followed; the next of its children tells. */
        lab_rename(&lab, 0, odd, "CN=other");
        lab_set(&lab, 0, anna, "displayName: Anna");
        read_in_order(&anna, 1);
        lab_expect_dn(&lab, anna, "CN=anna,CN=other,DC=corp,DC=example");
}
END_TEST

START_TEST(a_parent_of_an_unusual_class_is_read_once)
{
        int odd = lab_add(&lab, 0, 0, "printQueue", "CN=odd", NULL),
            anna = lab_add_user(&lab, 0, odd, "anna", "a@contoso.com");
        Apply *apply;
        Guid guid;

        lab_read(&lab, 0);
        ck_assert_int_eq(lab_count(&lab, "SELECT origin FROM container WHERE dn LIKE 'CN=odd,%%'"),
                         1);

        apply = lab_begin(&lab, 0, APPLY_DELTA);
        lab_set(&lab, 0, anna, "displayName: Anna");
        lab_stage(&lab, apply, 0, anna);
        ck_assert_int_eq(apply_next_unknown_parent(apply, &guid), 0);
        apply_free(apply);
}
END_TEST

START_TEST(an_object_below_an_object_has_a_name_that_follows)
{
        int anna = lab_add_user(&lab, 0, 0, "anna", "a@contoso.com"),
            below = lab_add_user(&lab, 0, anna, "phone", "p@contoso.com");

        lab_read(&lab, 0);
        lab_expect_dn(&lab, below, "CN=phone,CN=anna,DC=corp,DC=example");
        lab_rename(&lab, 0, anna, "CN=ann");
        lab_poll(&lab, 0);
        lab_expect_dn(&lab, below, "CN=phone,CN=ann,DC=corp,DC=example");
        ck_assert_int_eq(lab_objects(&lab), 2);
}
END_TEST

/* A DC that lags shows the one OU below the other, another answer the reverse. */
START_TEST(a_ring_of_containers_ends_and_heals)
{
        int one = lab_add_ou(&lab, 0, 0, "one"), two = lab_add_ou(&lab, 0, 0, "two"),
            anna = lab_add_user(&lab, 0, two, "anna", "a@contoso.com");

        lab_read(&lab, 0);
        lab.domains[0].nodes[one].parent = two;
        lab_rename(&lab, 0, one, "OU=one");
        read_in_order(&one, 1);
        lab.domains[0].nodes[one].parent = 0;
        lab.domains[0].nodes[two].parent = one;
        lab_rename(&lab, 0, two, "OU=two");
        read_in_order(&two, 1);
        lab_expect_dn(&lab, anna, "CN=anna,OU=two,OU=one,DC=corp,DC=example");

        lab_rename(&lab, 0, one, "OU=uno");
        read_in_order(&one, 1);
        lab_expect_dn(&lab, anna, "CN=anna,OU=two,OU=uno,DC=corp,DC=example");
}
END_TEST

START_TEST(without_parent_guids_the_dn_tells)
{
        int sales = lab_add_ou(&lab, 0, 0, "sales"),
            anna = lab_add_user(&lab, 0, sales, "anna", "a@contoso.com");
        Apply *apply = lab_begin(&lab, 0, APPLY_FIRST);
        const char dn[] = "CN=anna,ou=Sales,DC=CORP,dc=example";
        Object *object, *full;
        const Value *value;

        lab_stage(&lab, apply, 0, 0);
        lab_stage(&lab, apply, 0, sales);
        ck_assert_int_eq(object_new(&full), 0);
        ck_assert_int_eq(object_new(&object), 0);
        lab_object(&lab, 0, anna, full);
        for (unsigned i = 1; i < ATTRIBUTE_MAX; i++)
                if (i != ATTRIBUTE_PARENT_GUID && (value = object_value(full, (AttributeId)i)))
                        object_add(object, (AttributeId)i, value->data, value->size);
        object_set_dn(object, dn, strlen(dn));
        ck_assert_int_eq(object_seal(object), 0);
        ck_assert_int_eq(apply_stage(apply, object), 0);
        lab_accept(&lab, apply, 0, lab.domains[0].usn);
        lab_finish(&lab, apply);

        lab_expect_dn(&lab, anna, "CN=anna,OU=sales,DC=corp,DC=example");
        ck_assert_int_eq(lab_count(&lab, "SELECT count(*) FROM container"), 2);
        object_free(object);
        object_free(full);
}
END_TEST

Suite *test_suite(void)
{
        Suite *suite = suite_create("apply-place");
        TCase *one = tcase_create("one domain");

        (void)test_seed();
        tcase_add_checked_fixture(one, one_domain, tear_down);
        tcase_set_timeout(one, 60);
        tcase_add_test(one, the_rename_of_an_ou_changes_no_object_and_every_name);
        tcase_add_test(one, a_move_is_an_event_with_both_names);
        tcase_add_test(one, children_may_come_before_their_parents);
        tcase_add_test(one, a_parent_that_never_comes_is_named_by_its_child);
        tcase_add_test(one, a_parent_of_an_unusual_class_is_read_once);
        tcase_add_test(one, an_object_below_an_object_has_a_name_that_follows);
        tcase_add_test(one, a_ring_of_containers_ends_and_heals);
        tcase_add_test(one, without_parent_guids_the_dn_tells);
        suite_add_tcase(suite, one);
        return suite;
}
