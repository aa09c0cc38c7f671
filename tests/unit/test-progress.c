/* SPDX-License-Identifier: MIT */
#include <fcntl.h>
#include <pty.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "ctl/progress.h"
#include "tests/unit/check-main.h"

static const struct {
        int64_t done, total, ms;
        const char *unit;
        const char *text;
} cases[] = {
        { 25000000, 100000000, 2000, NULL, "25 %, 12.5 MB/s, 6 s left" },
        { 1000000, 1000000000, 1000, NULL, "0 %, 1.0 MB/s, 16 min left" },
        { 100000000, 100000000, 8000, NULL, "100 %, 12.5 MB/s, 0 s left" },
        { 3000000, 0, 2000, NULL, "3.0 MB, 1.5 MB/s" },
        { 3000000, 2000000, 2000, NULL, "3.0 MB, 1.5 MB/s" }, /* it grew meanwhile */
        { 0, 2000000, 2000, NULL, "0.0 MB, 0.0 MB/s" },
        { 12000, 48000, 4000, "findings", "25 %, 3000 findings/s, 12 s left" },
        { 12000, 0, 4000, "findings", "12000 findings, 3000 findings/s" },
        { INT64_MAX, INT64_MAX, 1, NULL, "100 %, 9223372036854776.0 MB/s, 0 s left" },
};

START_TEST(it_says_how_far_how_fast_and_how_long)
{
        char text[PROGRESS_SIZE];

        progress_format(cases[_i].done, cases[_i].total, cases[_i].unit, cases[_i].ms, text);
        ck_assert_str_eq(text, cases[_i].text);
}
END_TEST

/* The clock that is looked at stands still, however long the machine takes. */
static int64_t clock_ms;
int __wrap_clock_gettime(clockid_t id, struct timespec *ret);

int __wrap_clock_gettime(clockid_t id, struct timespec *ret)
{
        *ret = (struct timespec){ clock_ms / 1000, clock_ms % 1000 * 1000000 };
        return 0;
}

/* What comes out of standard error when it is told so long after the beginning, and once more a moment later. */
static void seen(bool is_terminal, int64_t age, int64_t moment, char *ret, size_t size)
{
        int fds[2], saved = dup(STDERR_FILENO);
        Progress progress;
        ssize_t n;

        if (is_terminal)
                ck_assert_int_eq(openpty(&fds[0], &fds[1], NULL, NULL, NULL), 0);
        else
                ck_assert_int_eq(pipe(fds), 0);
        ck_assert_int_ge(dup2(fds[1], STDERR_FILENO), 0);
        clock_ms = 1000000;
        progress_begin(&progress, "users.json", NULL, 1000);
        clock_ms += age;
        progress_tell(&progress, 500);
        clock_ms += moment;
        progress_tell(&progress, 501);
        progress_end(&progress);
        (void)dup2(saved, STDERR_FILENO);
        (void)close(saved);

        ck_assert_int_eq(fcntl(fds[0], F_SETFL, O_NONBLOCK), 0);
        n = read(fds[0], ret, size - 1);
        ret[n > 0 ? n : 0] = 0;
        (void)close(fds[0]);
        (void)close(fds[1]);
}

START_TEST(a_terminal_sees_it_once_in_a_while_and_it_goes_away)
{
        char text[200];

        seen(true, 5000, 199, text, sizeof(text));
        ck_assert_str_eq(text, "\r\033[Kusers.json: 50 %, 0.0 MB/s, 5 s left\r\033[K");
        seen(true, 5000, 200, text, sizeof(text));
        ck_assert_str_eq(text, "\r\033[Kusers.json: 50 %, 0.0 MB/s, 5 s left"
                               "\r\033[Kusers.json: 50 %, 0.0 MB/s, 5 s left\r\033[K");
}
END_TEST

START_TEST(what_is_quick_or_goes_elsewhere_says_nothing)
{
        char text[200];

        seen(true, 0, 999, text, sizeof(text));
        ck_assert_str_eq(text, "");
        seen(false, 5000, 200, text, sizeof(text));
        ck_assert_str_eq(text, "");
}
END_TEST

Suite *test_suite(void)
{
        Suite *suite = suite_create("progress");
        TCase *tcase = tcase_create("progress");

        tcase_add_loop_test(tcase, it_says_how_far_how_fast_and_how_long, 0,
                            sizeof(cases) / sizeof(cases[0]));
        tcase_add_test(tcase, a_terminal_sees_it_once_in_a_while_and_it_goes_away);
        tcase_add_test(tcase, what_is_quick_or_goes_elsewhere_says_nothing);
        suite_add_tcase(suite, tcase);
        return suite;
}
