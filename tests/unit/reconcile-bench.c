/* SPDX-License-Identifier: MIT */
#include "tests/unit/reconcile-bench.h"

#include <string.h>

#include "lib/state/cache.h"
#include "tests/unit/check-main.h"

void expect_counts(int64_t missed, int64_t differences)
{
        ck_assert_int_eq(client.domain.missed_changes_total, missed);
        ck_assert_int_eq(client.domain.adopted_differences_total, differences);
}

void poll_well(void)
{
        ck_assert_int_eq(client_poll(&client), CLIENT_WAITING);
        ck_assert_str_eq(failure(), "ok");
}

void poll_past_overlap(void)
{
        for (unsigned i = 0; i < 4; i++) {
                write_mail(client.server.controller, users[N_USERS - 1], 1 + i);
                directory.now += 6 * MINUTE;
                poll_well();
        }
}

void replicate_all(void)
{
        replicate(0, 1);
        replicate(1, 0);
}

/* Followed for so long that nothing of the first read can come late any more. */
void setup_followed(void)
{
        setup_file();
        for (unsigned i = 0; i < 6; i++) {
                if (i < 3)
                        write_mail(0, users[N_USERS - 1], 5 + i);
                else
                        replicate_all();
                directory.now += 6 * MINUTE;
                poll_well();
        }
        expect_right(0);
        memset(client.n_asked, 0, sizeof(client.n_asked));
}

ClientTurn run_reconcile(bool accept_deletions)
{
        feed_reconcile(client.feed, accept_deletions, directory.now);
        return client_run(&client);
}

void reconcile(void)
{
        int64_t n = status().reconciles;

        ck_assert_int_eq(run_reconcile(false), CLIENT_WAITING);
        ck_assert_str_eq(failure(), "ok");
        ck_assert_int_eq(status().reconciles, n + 1);
}

/* Behind the feed's back, as a mistake of ours would do it: the row as it was before `usn` more changes. */
void make_older(unsigned object)
{
        Guid guid = directory_object_guid(&directory, object);
        CacheRow row = {};

        ck_assert_int_eq(cache_find(client.store, client.domain.id, &guid, &row), 1);
        ck_assert_int_eq(cache_update_usn(client.store, row.id, row.usn - 1, row.epoch), 0);
        cache_row_done(&row);
}

void lose(unsigned object)
{
        Guid guid = directory_object_guid(&directory, object);
        CacheRow row = {};

        ck_assert_int_eq(cache_find(client.store, client.domain.id, &guid, &row), 1);
        ck_assert_int_eq(cache_delete(client.store, row.id), 0);
        cache_row_done(&row);
}

void fail_over(void)
{
        directory.now += MINUTE;
        client_connect(&client, 1);
        ck_assert_int_eq(client_run(&client), CLIENT_WAITING);
        ck_assert_str_eq(failure(), "ok");
        ck_assert_int_eq(status().full_reads, 1);
}
