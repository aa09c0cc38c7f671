/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdlib.h>
#include <time.h>

#include "ctl/until.h"
#include "tests/unit/check-main.h"

#define NOW INT64_C(1795253796) /* 2026-11-21T09:36:36Z */

static void set_zone(const char *zone)
{
        ck_assert_int_eq(setenv("TZ", zone, 1), 0);
        tzset();
}

static const struct {
        const char *string;
        const char *zone;
        int64_t until; /* 0: not understood, or over */
} instants[] = {
        { "90d", "UTC", NOW + 90 * 86400 },
        { "6w", "UTC", NOW + 42 * 86400 },
        { "2h", "UTC", NOW + 7200 },
        { "2026-11-21", "UTC", 1795305600 }, /* the rest of today */
        { "2026-12-31", "UTC", 1798761600 },
        { "2026-12-31Z", "Europe/Vienna", 1798761600 },
        { "2026-12-31", "Europe/Vienna", 1798758000 },
        { "2027-03-28", "Europe/Vienna", 1806271200 }, /* has 23 hours */
        { "2026-11-21 12:00", "UTC", 1795262400 },
        { "2026-11-20", "UTC", 0 },
        { "2026-11-21 09:00", "UTC", 0 },
        { "today", "UTC", 0 },
        { "yesterday", "UTC", 0 },
        { "0d", "UTC", 0 },
        { "2027", "UTC", 0 },
        { "2027-02-30", "UTC", 0 },
        { "9223372036854775807s", "UTC", 0 },
        { "soon", "UTC", 0 },
        { "", "UTC", 0 },
};

START_TEST(the_future_is_read_as_people_type_it)
{
        int64_t until = 0;
        int r;

        set_zone(instants[_i].zone);
        r = until_parse(instants[_i].string, NOW, &until);
        ck_assert_int_eq(r, instants[_i].until ? 0 : -EINVAL);
        ck_assert_int_eq(until, instants[_i].until);
}
END_TEST

Suite *test_suite(void)
{
        Suite *suite = suite_create("until");
        TCase *tcase = tcase_create("until");

        tcase_add_loop_test(tcase, the_future_is_read_as_people_type_it, 0,
                            (int)(sizeof(instants) / sizeof(instants[0])));
        suite_add_tcase(suite, tcase);
        return suite;
}
