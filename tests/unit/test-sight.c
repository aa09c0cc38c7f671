/* SPDX-License-Identifier: MIT */

/*
 * Missed, or come into sight? Rights change what the account may see, and the USN of one container: of what is brought to light by
 * that nothing was missed. And what was missed is counted all the same, as long as no right could explain it.
 */

#include "lib/state/cache.h"
#include "tests/unit/check-main.h"
#include "tests/unit/reconcile-bench.h"

enum {
        N_HIDDEN = 5,
};

/* An OU in another; the account does not see what is in the inner one. And one to which a walk comes later, with somebody in it. */
static unsigned outer, inner, beyond, hidden[N_HIDDEN];

static bool is_known(unsigned object)
{
        Guid guid = directory_object_guid(&directory, object);
        CacheStanding standing;

        return cache_find_standing(client.store, client.domain.id, &guid, &standing) > 0 &&
               !standing.is_deleted;
}

static void set_closed(unsigned controller, unsigned container, bool is_closed)
{
        directory_write(&directory, controller, container, FIELD_MAIL, is_closed);
}

static void open_inner(void)
{
        set_closed(0, inner, false);
}

static void setup_hidden(void)
{
        setup_followed();
        client.manner.walks_live = true;
        client_connect(&client, 0);
        poll_well();

        outer = add(KIND_CONTAINER, OBJECT_HEAD);
        inner = add(KIND_CONTAINER, outer);
        set_closed(0, inner, true);
        beyond = add(KIND_CONTAINER, OBJECT_HEAD);
        for (unsigned i = 0; i < N_HIDDEN; i++) {
                hidden[i] = add(KIND_USER, inner);
                (void)add(KIND_USER, beyond);
        }
        replicate_all();
        poll_past_overlap();
        ck_assert(!is_known(hidden[0]));
}

static void expect_sight(unsigned controller)
{
        reconcile();
        expect_counts(0, 0);
        ck_assert(is_known(hidden[0]));
        expect_right(controller);
}

/* --- nobody missed anything --- */

START_TEST(who_comes_into_sight_was_not_missed)
{
        open_inner();
        poll_past_overlap();
        expect_sight(0);
}
END_TEST

/* The comparison has met the OU before, and comes to what is in it. */
START_TEST(nor_who_does_so_during_the_comparison)
{
        unsigned n_seen = 0;

        client.config->page_size = 1;
        client_kill(&client);
        client_connect(&client, 0);
        poll_well();

        for (int at = 0;; at++) {
                set_closed(0, inner, true);
                for (unsigned i = 0; i < N_HIDDEN; i++) {
                        if (is_known(hidden[i]))
                                lose(hidden[i]);
                        write_mail(0, hidden[i], 7);
                }
                poll_past_overlap();

                expect_fault((Fault){}, REQUEST_OVERLAP, at);
                trouble.meanwhile = open_inner;
                reconcile();
                expect_counts(0, 0);
                n_seen += is_known(hidden[0]);
                if (trouble.at >= 0)
                        break;
        }

        ck_assert_uint_gt(n_seen, 2);
}
END_TEST

static void change_hidden(void)
{
        write_mail(0, hidden[0], 7);
        directory_delete(&directory, 0, hidden[1], true);
        directory_write(&directory, 0, hidden[2], FIELD_PLACE, place_make(OBJECT_USERS, 9, false));
}

START_TEST(nor_who_changes_before_he_is_read)
{
        open_inner();
        poll_past_overlap();

        meanwhile(REQUEST_LATE, change_hidden);
        expect_sight(0);
}
END_TEST

START_TEST(nor_who_was_hidden_changed_and_shown_again)
{
        set_closed(0, unit, true);
        poll_past_overlap();
        write_mail(0, users[0], 7);
        directory_undelete(&directory, 0, users[1], unit);
        poll_past_overlap();
        set_closed(0, unit, false);
        poll_past_overlap();

        reconcile();
        expect_counts(0, 0);
        open_inner();
        reconcile();
        expect_right(0);
}
END_TEST

START_TEST(nor_who_stands_deeper_than_what_was_opened)
{
        unsigned below;

        open_inner();
        below = add(KIND_CONTAINER, inner);
        hidden[0] = add(KIND_USER, below);
        set_closed(0, outer, true);
        hidden[1] = add(KIND_USER, below);
        poll_past_overlap();
        ck_assert(!is_known(hidden[1]));

        set_closed(0, outer, false);
        poll_past_overlap();
        expect_sight(0);
        ck_assert(is_known(hidden[1]));
}
END_TEST

START_TEST(nor_who_comes_with_the_ou_that_nobody_knew)
{
        unsigned below = add(KIND_CONTAINER, inner);

        hidden[0] = add(KIND_USER, below);
        poll_past_overlap();
        open_inner();
        poll_past_overlap();
        expect_sight(0);
}
END_TEST

START_TEST(nor_who_comes_with_an_ou_that_is_moved)
{
        unsigned below = add(KIND_CONTAINER, inner);

        hidden[0] = add(KIND_USER, below);
        poll_past_overlap();
        ck_assert(!is_known(hidden[0]));
        directory_write(&directory, 0, below, FIELD_PLACE, place_make(outer, 3, false));
        poll_past_overlap();
        reconcile();
        expect_counts(0, 0);
        ck_assert(is_known(hidden[0]));
        ck_assert(!is_known(hidden[1]));
}
END_TEST

START_TEST(nor_who_was_deleted_and_brought_back_where_nobody_sees)
{
        directory_delete(&directory, 0, users[0], true);
        poll_past_overlap();
        ck_assert(!is_known(users[0]));
        directory_undelete(&directory, 0, users[0], inner);
        poll_past_overlap();
        ck_assert(!is_known(users[0]));

        open_inner();
        poll_past_overlap();
        expect_sight(0);
        ck_assert(is_known(users[0]));
}
END_TEST

/* Whose deletions were hidden, and the right to see them is given: that is a change of CN=Deleted Objects. */
START_TEST(nor_deletions_that_come_into_sight)
{
        client.manner.hides_deleted = true;
        client_connect(&client, 0);
        directory_delete(&directory, 0, users[0], true);
        poll_past_overlap();
        ck_assert(is_known(users[0]));

        client.manner.hides_deleted = false;
        client_connect(&client, 0);
        directory_write(&directory, 0, OBJECT_DELETED_OBJECTS, FIELD_DISPLAY_NAME, 1);
        poll_past_overlap();
        reconcile();
        expect_counts(0, 0);
        ck_assert(!is_known(users[0]));
}
END_TEST

/* It is in sight, and we do not see of which OU. */
START_TEST(nor_who_stands_in_what_is_hidden_itself)
{
        client.manner.hides = unit;
        client_connect(&client, 0);
        lose(users[3]);

        reconcile();
        expect_counts(0, 0);
        ck_assert(is_known(users[3]));
}
END_TEST

/* The server that was followed before numbers its OUs otherwise. */
START_TEST(nor_after_a_fail_over_whenever_the_ou_is_renamed)
{
        bool is_renamed_before = _i & 1, is_renamed_after = _i & 2;

        open_inner();
        if (is_renamed_before)
                directory_write(&directory, 0, inner, FIELD_PLACE, place_make(outer, 5, false));
        poll_past_overlap();
        replicate_all();
        poll_well();

        fail_over();
        if (is_renamed_after)
                directory_write(&directory, 0, inner, FIELD_PLACE, place_make(outer, 6, false));
        replicate_all();
        poll_past_overlap();
        expect_sight(1);
}
END_TEST

/* The OU was opened on the other controller before a change of the first one came there: here it is the other way round. */
START_TEST(nor_who_came_to_another_controller_in_another_order)
{
        write_mail(0, hidden[0], 7);
        poll_past_overlap();
        set_closed(1, inner, false);
        replicate(0, 1);
        replicate(1, 0);
        poll_past_overlap();
        replicate_all();
        poll_well();

        fail_over();
        poll_past_overlap();
        expect_sight(1);
}
END_TEST

/* --- something was missed --- */

/* The OU was opened by a write that took its USN, and committed when nobody looked for it any more: that is one, and no more. */
START_TEST(what_a_missed_ou_brings_to_light_is_its_own_affair)
{
        ck_assert(directory_write_late(&directory, 0, inner, FIELD_MAIL, 0, HOUR));
        for (unsigned i = 0; i < N_HIDDEN; i++)
                write_mail(0, hidden[i], 7);
        poll_past_overlap();
        directory.now += HOUR;
        ck_assert_uint_eq(directory_tick(&directory), 1);

        reconcile();
        expect_counts(1, 0);
        ck_assert(is_known(hidden[0]));
        expect_right(0);
}
END_TEST

START_TEST(an_ou_that_changed_before_explains_nothing)
{
        directory_write(&directory, 0, unit, FIELD_PLACE, place_make(OBJECT_HEAD, 5, false));
        write_mail(0, users[0], 7);
        write_mail(0, users[1], 7);
        poll_past_overlap();
        make_older(users[0]);
        lose(users[1]);

        reconcile();
        expect_counts(2, 0);
        open_inner();
        reconcile();
        expect_right(0);
}
END_TEST

START_TEST(nor_does_one_beside_it)
{
        write_mail(0, users[0], 7);
        poll_past_overlap();
        lose(users[0]);
        directory_write(&directory, 0, outer, FIELD_PLACE, place_make(OBJECT_HEAD, 5, false));
        open_inner();
        poll_past_overlap();

        reconcile();
        expect_counts(1, 0);
        expect_right(0);
}
END_TEST

START_TEST(what_comes_twice_was_missed_once)
{
        make_older(users[0]);
        lose(users[1]);

        expect_fault((Fault){ .type = FAULT_REPEAT }, _i, 0);
        trouble.stays = true;
        trouble.at = 0;
        reconcile();
        expect_counts(2, 0);
        open_inner();
        reconcile();
        expect_right(0);
}
END_TEST

Suite *test_suite(void)
{
        Suite *suite = suite_create("sight");
        TCase *test = tcase_create("sight");

        tcase_add_checked_fixture(test, setup_hidden, teardown_file);
        tcase_add_test(test, who_comes_into_sight_was_not_missed);
        tcase_add_test(test, nor_who_does_so_during_the_comparison);
        tcase_add_test(test, nor_who_changes_before_he_is_read);
        tcase_add_test(test, nor_who_was_hidden_changed_and_shown_again);
        tcase_add_test(test, nor_who_stands_deeper_than_what_was_opened);
        tcase_add_test(test, nor_who_comes_with_the_ou_that_nobody_knew);
        tcase_add_test(test, nor_who_comes_with_an_ou_that_is_moved);
        tcase_add_test(test, nor_who_was_deleted_and_brought_back_where_nobody_sees);
        tcase_add_test(test, nor_deletions_that_come_into_sight);
        tcase_add_test(test, nor_who_stands_in_what_is_hidden_itself);
        tcase_add_loop_test(test, nor_after_a_fail_over_whenever_the_ou_is_renamed, 0, 4);
        tcase_add_test(test, nor_who_came_to_another_controller_in_another_order);
        tcase_add_test(test, what_a_missed_ou_brings_to_light_is_its_own_affair);
        tcase_add_test(test, an_ou_that_changed_before_explains_nothing);
        tcase_add_test(test, nor_does_one_beside_it);
        tcase_add_loop_test(test, what_comes_twice_was_missed_once, REQUEST_OVERLAP,
                            REQUEST_LATE + 1);

        suite_add_tcase(suite, test);
        return suite;
}
