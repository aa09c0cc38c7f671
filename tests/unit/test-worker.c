/* SPDX-License-Identifier: MIT */

/*
 * What the Store hands over to somebody else: here to a clerk that does nothing until he is waited for, so that all that can happen
 * meanwhile does; and to the daemon's thread.
 */

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "daemon/worker.h"
#include "lib/state/apply-internal.h"
#include "lib/state/cloud-import.h"
#include "lib/state/store-internal.h"
#include "tests/unit/apply-lab.h"
#include "tests/unit/check-main.h"

typedef struct Clerk {
        StoreWorker worker;
        void (*work)(void *argument);
        void *argument;
        unsigned asked, started;
        bool is_refusing;
} Clerk;

static bool clerk_start(void *userdata, void (*work)(void *argument), void *argument)
{
        Clerk *clerk = userdata;

        ck_assert(!clerk->work);
        if (clerk->is_refusing)
                return false;
        clerk->work = work;
        clerk->argument = argument;
        clerk->started++;
        return true;
}

static void clerk_work(Clerk *clerk)
{
        if (clerk->work)
                clerk->work(clerk->argument);
        clerk->work = NULL;
}

static bool clerk_wait(void *userdata, int milliseconds)
{
        Clerk *clerk = userdata;

        clerk->asked++;
        if (milliseconds < 0)
                clerk_work(clerk);
        return !clerk->work;
}

static Clerk clerk;
static Lab lab;

static void set_up(void)
{
        lab_init_file(&lab, 1);
        clerk = (Clerk){ .worker = { clerk_start, clerk_wait, &clerk } };
        store_set_worker(lab.store, &clerk.worker);
        /* Next to nothing fits: what is written goes to the log long before the commit. */
        ck_assert_int_eq(store_execute(lab.store->database, "PRAGMA cache_size=10"), 0);
}

static void tear_down(void)
{
        lab_done(&lab);
}

static void write_pages(unsigned n, const char *mark)
{
        static char value[3000];

        memset(value, mark[strlen(mark) - 1],
               sizeof(value) - 1); /* every byte is another than before */
        memcpy(value, mark, strlen(mark));
        for (unsigned i = 0; i < n; i++) {
                char key[32];

                snprintf(key, sizeof(key), "page %u", i);
                ck_assert_int_eq(store_meta_set(lab.store, key, value), 0);
        }
}

static void expect_page(const char *mark)
{
        _cleanup_free_ char *value = NULL;

        ck_assert_int_eq(store_meta_get(lab.store, "page 0", &value), mark != NULL);
        if (mark)
                ck_assert_int_eq(strncmp(value, mark, strlen(mark)), 0);
}

static void begin_large(const char *mark)
{
        ck_assert_int_eq(store_begin(lab.store), 0);
        write_pages(2000, mark);
}

START_TEST(a_large_commit_is_the_workers)
{
        begin_large("one");
        for (unsigned i = 0; i < 5; i++)
                ck_assert_int_eq(store_commit_step(lab.store), STORE_MORE);
        ck_assert_uint_eq(clerk.started, 1);
        clerk_work(&clerk);
        ck_assert_int_eq(store_commit_step(lab.store), 0);
        ck_assert(!store_in_transaction(lab.store));
        expect_page("one");
}
END_TEST

START_TEST(a_small_commit_is_done_at_once)
{
        ck_assert_int_eq(store_begin(lab.store), 0);
        write_pages(20, "small");
        ck_assert_int_eq(store_commit_step(lab.store), 0);
        ck_assert_uint_eq(clerk.started, 0);
        expect_page("small");
}
END_TEST

START_TEST(what_nobody_can_take_is_done_at_once)
{
        clerk.is_refusing = true;
        begin_large("one");
        ck_assert_int_eq(store_commit_step(lab.store), 0);
        ck_assert_int_eq(store_checkpoint_begin(lab.store), 0);
        ck_assert(!store_wants_checkpoint(lab.store));
        expect_page("one");
}
END_TEST

START_TEST(whoever_asks_waits_for_the_commit)
{
        begin_large("one");
        ck_assert_int_eq(store_commit_step(lab.store), STORE_MORE);
        ck_assert_ptr_nonnull(clerk.work);
        expect_page("one");
        ck_assert_ptr_null(clerk.work);

        /* It has ended, but whoever began it does not know yet: nobody else may begin another. */
        ck_assert(store_in_transaction(lab.store));
        ck_assert_int_eq(store_begin(lab.store), -EBUSY);
        ck_assert_int_eq(store_commit_step(lab.store), 0);
        ck_assert_int_eq(store_begin(lab.store), 0);
        ck_assert_int_eq(store_rollback(lab.store), 0);
}
END_TEST

START_TEST(a_commit_that_fails_is_told_and_taken_back)
{
        const struct rlimit small = { 4096, RLIM_INFINITY },
                            none = { RLIM_INFINITY, RLIM_INFINITY };

        ck_assert_ptr_ne(signal(SIGXFSZ, SIG_IGN), SIG_ERR);
        begin_large("one");
        ck_assert_int_eq(store_commit_step(lab.store), STORE_MORE);
        ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &small), 0);
        clerk_work(&clerk);
        ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &none), 0);
        ck_assert_int_lt(store_commit_step(lab.store), 0);
        ck_assert_int_eq(store_rollback(lab.store), 0);
        expect_page(NULL);

        begin_large("two");
        ck_assert_int_eq(store_commit_step(lab.store), STORE_MORE);
        ck_assert_int_eq(store_commit_end(lab.store), 0);
        ck_assert_int_eq(store_commit_end(lab.store), -ENOENT);
        expect_page("two");
}
END_TEST

START_TEST(a_large_checkpoint_keeps_nobody_waiting)
{
        int64_t database, after, log;

        begin_large("one");
        ck_assert_int_eq(store_commit_step(lab.store), STORE_MORE);
        ck_assert_int_eq(store_commit_end(lab.store), 0);
        ck_assert(store_wants_checkpoint(lab.store));
        ck_assert_int_eq(store_size(lab.store, &database, &log), 0);
        ck_assert_int_eq(store_checkpoint_begin(lab.store), 0);
        ck_assert_uint_eq(clerk.started, 2);

        /* Reading, and writing, and even another large commit, which has to be done without him. */
        ck_assert(!store_wants_checkpoint(lab.store));
        expect_page("one");
        ck_assert_int_eq(store_meta_set(lab.store, "page 0", "between"), 0);
        expect_page("between");
        ck_assert_ptr_nonnull(clerk.work);

        clerk_work(&clerk);
        ck_assert(!store_wants_checkpoint(lab.store));
        ck_assert_int_eq(store_size(lab.store, &after, &log), 0);
        ck_assert_int_gt(after, database);
        expect_page("between");

        /* What is written row by row is not left to whoever applies an answer next. */
        ck_assert_int_eq(store_checkpoint(lab.store), 0);
        write_pages(STORE_LOG_PAGES + 10, "rows");
        ck_assert_int_lt(lab.store->log_pages, STORE_LOG_PAGES);
}
END_TEST

/* It waits for the disk, however little there is to be moved. */
START_TEST(a_small_checkpoint_is_the_workers_too)
{
        write_pages(20, "small");
        ck_assert(store_await_checkpoint(lab.store));
        ck_assert_int_eq(store_checkpoint_begin(lab.store), 0);
        ck_assert_uint_eq(clerk.started, 1);
        ck_assert(!store_await_checkpoint(lab.store));
        ck_assert_ptr_nonnull(clerk.work);

        clerk_work(&clerk);
        ck_assert(store_await_checkpoint(lab.store));
        ck_assert_int_eq(lab.store->log_pages, 0);
        expect_page("small");
}
END_TEST

static void fill_log(const char *mark)
{
        ck_assert_int_eq(store_begin(lab.store), 0);
        write_pages(STORE_LOG_PAGES + 10, mark);
        ck_assert_int_eq(store_commit(lab.store), 0);
        ck_assert(store_wants_checkpoint(lab.store));
}

START_TEST(an_import_leaves_its_checkpoints_to_the_worker)
{
        static const char json[] = "[{\"id\":\"11111111-2222-3333-4444-555555555555\"";
        _cleanup_(cloud_import_freep) CloudImport *import = NULL;

        ck_assert_int_eq(cloud_import_new(lab.store, 1, &import), 0);
        ck_assert_int_eq(cloud_import_begin(import, INVENTORY_USERS, INVENTORY_PARTS, 1), 0);
        fill_log("one");
        ck_assert_int_eq(cloud_import_feed(import, json, strlen(json)), 0);
        ck_assert_uint_eq(clerk.started, 1);
        ck_assert_ptr_nonnull(clerk.work);
        clerk_work(&clerk);
        ck_assert(store_await_checkpoint(lab.store));

        fill_log("two");
        ck_assert_int_eq(cloud_sweep(lab.store, NULL, 10), 0);
        ck_assert_uint_eq(clerk.started, 2);
        ck_assert_ptr_nonnull(clerk.work);
        clerk_work(&clerk);
        ck_assert(store_await_checkpoint(lab.store));
}
END_TEST

START_TEST(a_large_commit_comes_after_the_checkpoint_that_is_under_way)
{
        begin_large("one");
        ck_assert_int_eq(store_commit_step(lab.store), STORE_MORE);
        ck_assert_int_eq(store_commit_end(lab.store), 0);
        ck_assert_int_eq(store_checkpoint_begin(lab.store), 0);

        begin_large("two");
        for (unsigned i = 0; i < 3; i++)
                ck_assert_int_eq(store_commit_step(lab.store), STORE_MORE);
        ck_assert_uint_eq(clerk.started, 2);
        clerk_work(&clerk);
        ck_assert_int_eq(store_commit_step(lab.store), STORE_MORE);
        ck_assert_uint_eq(clerk.started, 3);
        ck_assert_int_eq(store_commit_end(lab.store), 0);
        expect_page("two");
}
END_TEST

START_TEST(a_store_is_closed_after_what_is_under_way)
{
        begin_large("one");
        ck_assert_int_eq(store_commit_step(lab.store), STORE_MORE);
        lab_close_store(&lab);
        ck_assert_ptr_null(clerk.work);
        lab_open_store(&lab);
        expect_page("one");
}
END_TEST

/* An answer that takes some thousand pages. */
static Apply *begin_answer(void)
{
        Apply *apply;
        int node = 0, r;

        for (unsigned i = 0; i < 1500; i++) {
                char name[32], address[64];

                snprintf(name, sizeof(name), "u%u", i);
                snprintf(address, sizeof(address), "u%u@contoso.com", i);
                node = lab_add_user(&lab, 0, 0, name, address);
        }
        lab_read(&lab, 0);
        ck_assert_int_eq(store_execute(lab.store->database, "PRAGMA cache_size=10"), 0);

        for (int i = 1; i <= node; i++)
                lab_set(&lab, 0, i, "mail: moved@contoso.com");
        clerk.started = 0;
        apply = lab_begin(&lab, 0, APPLY_DELTA);
        for (int i = 1; i <= node; i++)
                lab_stage(&lab, apply, 0, i);
        lab_accept(&lab, apply, 0, lab.domains[0].usn);
        do
                r = apply_step(apply, 100);
        while (r == APPLY_MORE && !clerk.work);
        ck_assert_int_eq(r, APPLY_MORE);
        ck_assert_int_eq(apply->phase, PHASE_COMMIT);
        return apply;
}

static void expect_domain_as_stored(void)
{
        Domain *domain = &lab.domains[0].domain, stored;
        char *followed = lab_dump(&lab), *fresh = lab_dump_fresh(&lab);

        ck_assert_str_eq(followed, fresh);
        free(followed);
        free(fresh);

        ck_assert_int_eq(domain_load(lab.store, lab.domains[0].name, &stored), 0);
        ck_assert_int_eq(domain->objects, stored.objects);
        ck_assert_int_eq(domain->cursor.watermark, stored.cursor.watermark);
        ck_assert_int_eq(domain->cursor.watermark, lab.domains[0].usn);
        ck_assert_str_eq(domain->derivation, stored.derivation);
        domain_done(&stored);
}

START_TEST(an_answer_is_applied_when_its_commit_has_ended)
{
        Apply *apply = begin_answer();
        int64_t before = lab.domains[0].domain.cursor.watermark;

        for (unsigned i = 0; i < 5; i++)
                ck_assert_int_eq(apply_step(apply, 100), APPLY_MORE);
        ck_assert_int_eq(lab.domains[0].domain.cursor.watermark, before);

        clerk_work(&clerk);
        lab_finish(&lab, apply);
        expect_domain_as_stored();
}
END_TEST

/* Somebody reloads the configuration, or the daemon stops. */
START_TEST(an_answer_that_is_dropped_while_it_is_committed_counts)
{
        apply_free(begin_answer());
        ck_assert_ptr_null(store_applying(lab.store));
        ck_assert(!store_in_transaction(lab.store));
        expect_domain_as_stored();
}
END_TEST

START_TEST(an_answer_whose_commit_fails_is_not_applied)
{
        const struct rlimit small = { 4096, RLIM_INFINITY },
                            none = { RLIM_INFINITY, RLIM_INFINITY };
        Apply *apply = begin_answer();
        int64_t before = lab.domains[0].domain.cursor.watermark;

        ck_assert_ptr_ne(signal(SIGXFSZ, SIG_IGN), SIG_ERR);
        ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &small), 0);
        clerk_work(&clerk);
        ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &none), 0);
        ck_assert_int_lt(apply_step(apply, 100), 0);
        apply_free(apply);
        ck_assert_int_eq(lab.domains[0].domain.cursor.watermark, before);
        ck_assert(!store_in_transaction(lab.store));

        store_set_worker(lab.store, NULL);
        lab_poll(&lab, 0);
        expect_domain_as_stored();
}
END_TEST

START_TEST(the_daemons_thread_commits_and_checkpoints)
{
        Worker *worker;
        char *answer;

        ck_assert_int_eq(worker_new(&worker), 0);
        store_set_worker(lab.store, worker_of_store(worker));
        for (unsigned round = 0; round < 4; round++) {
                char mark[16];
                int r;

                snprintf(mark, sizeof(mark), "round %u", round);
                begin_large(mark);
                /* Until the end, or until it is under way: before that, a checkpoint may be. */
                do
                        r = store_commit_step(lab.store);
                while (r == STORE_MORE && (round % 2 == 0 || !store_is_committing(lab.store)));
                expect_page(mark);
                if (r == STORE_MORE)
                        r = store_commit_step(lab.store);
                ck_assert_int_eq(r, 0);
                ck_assert_int_eq(store_checkpoint_begin(lab.store), 0);
                ck_assert_int_eq(store_meta_set(lab.store, "page 1", mark), 0);
                expect_page(mark);
        }
        lab_close_store(&lab);
        worker_free(worker);
        lab_open_store(&lab);
        expect_page("round 3");
        answer = lab_text(&lab, "PRAGMA integrity_check");
        ck_assert_str_eq(answer, "ok");
        free(answer);
}
END_TEST

Suite *test_suite(void)
{
        Suite *suite = suite_create("worker");
        TCase *tcase = tcase_create("worker");

        tcase_set_timeout(tcase, 120);
        tcase_add_checked_fixture(tcase, set_up, tear_down);
        tcase_add_test(tcase, a_large_commit_is_the_workers);
        tcase_add_test(tcase, a_small_commit_is_done_at_once);
        tcase_add_test(tcase, what_nobody_can_take_is_done_at_once);
        tcase_add_test(tcase, whoever_asks_waits_for_the_commit);
        tcase_add_test(tcase, a_commit_that_fails_is_told_and_taken_back);
        tcase_add_test(tcase, a_large_checkpoint_keeps_nobody_waiting);
        tcase_add_test(tcase, a_small_checkpoint_is_the_workers_too);
        tcase_add_test(tcase, an_import_leaves_its_checkpoints_to_the_worker);
        tcase_add_test(tcase, a_large_commit_comes_after_the_checkpoint_that_is_under_way);
        tcase_add_test(tcase, a_store_is_closed_after_what_is_under_way);
        tcase_add_test(tcase, an_answer_is_applied_when_its_commit_has_ended);
        tcase_add_test(tcase, an_answer_that_is_dropped_while_it_is_committed_counts);
        tcase_add_test(tcase, an_answer_whose_commit_fails_is_not_applied);
        tcase_add_test(tcase, the_daemons_thread_commits_and_checkpoints);
        suite_add_tcase(suite, tcase);
        return suite;
}
