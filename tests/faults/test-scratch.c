/* SPDX-License-Identifier: MIT */

/*
 * A day of which nothing fits into memory: every operation on the files without names, in which answers are staged and claims sorted,
 * fails once, and from then on. Of many it is every so-many-th, another one in each run; SCAND_FAULTS=all tries them all.
 */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "lib/state/scratch.h"
#include "tests/faults/day.h"
#include "tests/unit/check-main.h"

/* What the linker has replaced. */
int __real_scratch_open(const char *beside);
int __real_scratch_write(int file, uint64_t offset, const void *data, size_t size);
int __real_scratch_read(int file, uint64_t offset, void *data, size_t size);
int __wrap_scratch_open(const char *beside);
int __wrap_scratch_write(int file, uint64_t offset, const void *data, size_t size);
int __wrap_scratch_read(int file, uint64_t offset, void *data, size_t size);

typedef enum Operation {
        OPERATION_OPEN,
        OPERATION_WRITE,
        OPERATION_READ,
} Operation;

static const struct {
        Operation operation;
        const char *name;
        int r;
        unsigned stride;
} cases[] = {
        { OPERATION_OPEN, "no room for a file", -ENOSPC, 1 },
        { OPERATION_OPEN, "no descriptor", -EMFILE, 1 },
        { OPERATION_WRITE, "the disk is full", -ENOSPC, 7 },
        { OPERATION_WRITE, "the disk is broken", -EIO, 11 },
        { OPERATION_READ, "what stands there cannot be read", -EIO, 11 },
};

static struct {
        Operation operation;
        unsigned left; /* operations until it fails; 0: it works */
        bool is_lasting;
        unsigned failures;
        int r;
} fault;

static bool scratch_fails(Operation operation)
{
        if (operation != fault.operation || fault.left == 0)
                return false;
        if (fault.left > 1) {
                fault.left--;
                return false;
        }
        if (!fault.is_lasting)
                fault.left = 0;
        fault.failures++;
        return true;
}

int __wrap_scratch_open(const char *beside)
{
        return scratch_fails(OPERATION_OPEN) ? fault.r : __real_scratch_open(beside);
}

/* Half of it is there all the same. */
int __wrap_scratch_write(int file, uint64_t offset, const void *data, size_t size)
{
        if (!scratch_fails(OPERATION_WRITE))
                return __real_scratch_write(file, offset, data, size);
        (void)__real_scratch_write(file, offset, data, size / 2);
        return fault.r;
}

int __wrap_scratch_read(int file, uint64_t offset, void *data, size_t size)
{
        return scratch_fails(OPERATION_READ) ? fault.r
                                             : __real_scratch_read(file, offset, data, size);
}

static Day day;
static uint64_t dice;

static void set_up(void)
{
        dice = test_seed();
        day_init(&day);
        day.lab.is_cramped = true;
}

static void tear_down(void)
{
        fault.left = 0;
        day_done(&day);
}

/* Returns how often something failed. */
static unsigned sweep(unsigned i, bool is_lasting)
{
        unsigned stride = getenv("SCAND_FAULTS") ? 1 : cases[i].stride, tried = 0;

        for (unsigned n = 1 + (unsigned)(test_random(&dice) % stride);; n += stride) {
                char what[160];
                int r;

                (void)snprintf(what, sizeof(what), "%s: %s at number %u%s", day_step_name(day.step),
                               cases[i].name, n, is_lasting ? " and later" : "");

                day_rewind(&day);
                fault.operation = cases[i].operation;
                fault.left = n;
                fault.is_lasting = is_lasting;
                fault.failures = 0;
                fault.r = cases[i].r;
                r = day_try(&day);
                fault.left = 0;

                ck_assert_msg(r == (fault.failures > 0 ? cases[i].r : 0), "%s: ended with %d", what,
                              r);
                (void)day_check(&day, r, what);
                day_recover(&day, r, (DayRestart)(n % 3), what);
                if (fault.failures == 0)
                        return tried;
                tried++;
        }
}

START_TEST(each_operation_fails_in_turn)
{
        unsigned n = 0;

        for (unsigned step = 0; step < day_steps(); step++) {
                day_prepare(&day, step);
                n += sweep((unsigned)_i, false);
                n += sweep((unsigned)_i, true);
        }
        ck_assert_uint_gt(n, 0);
        printf("# %u cases: %s\n", n, cases[_i].name);
}
END_TEST

Suite *test_suite(void)
{
        Suite *suite = suite_create("scratch");
        TCase *tcase = tcase_create("scratch");

        tcase_set_timeout(tcase, 600);
        tcase_add_checked_fixture(tcase, set_up, tear_down);
        tcase_add_loop_test(tcase, each_operation_fails_in_turn, 0, ARRAY_SIZE(cases));
        suite_add_tcase(suite, tcase);
        return suite;
}
