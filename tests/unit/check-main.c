/* SPDX-License-Identifier: MIT */
#include "tests/unit/check-main.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

uint64_t test_seed(void)
{
        static uint64_t seed;
        const char *given;

        if (seed)
                return seed;

        given = getenv("SCAND_TEST_SEED");
        seed = given ? strtoull(given, NULL, 0) : (uint64_t)time(NULL);
        printf("# seed %llu (set SCAND_TEST_SEED to repeat)\n", (unsigned long long)seed);
        fflush(stdout);
        return seed;
}

uint64_t test_random(uint64_t *state)
{
        uint64_t z = (*state += UINT64_C(0x9e3779b97f4a7c15));

        z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
        z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
        return z ^ z >> 31;
}

/* Check's own limit is four seconds. It is there to end what hangs, and a busy machine may take longer for anything. */
#define SECONDS_AT_MOST "60"

int main(void)
{
        SRunner *runner;
        int failed;

        (void)setenv("CK_DEFAULT_TIMEOUT", SECONDS_AT_MOST, 0);
        runner = srunner_create(test_suite());
        srunner_set_tap(runner, "-");
        srunner_run_all(runner, CK_SILENT);
        failed = srunner_ntests_failed(runner);
        srunner_free(runner);
        return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
