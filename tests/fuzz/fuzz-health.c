/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <string.h>

#include "lib/core/health-check.h"
#include "lib/core/util.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        _cleanup_(health_done) Health health = { 0 }, again = { 0 };
        _cleanup_free_ char *error = NULL, *first = NULL, *second = NULL;
        int64_t overdue;
        int r;

        r = health_parse((const char *)data, size, &health, &error);
        if (r < 0) {
                REQUIRE(r == -EBADMSG);
                REQUIRE(error && *error);
                REQUIRE(!health.domains && !health.state);
                return 0;
        }

        REQUIRE(!error);
        REQUIRE(health_format(&health, &first) == 0);
        REQUIRE(health_parse(first, strlen(first), &again, NULL) == 0);
        REQUIRE(health_format(&again, &second) == 0);
        REQUIRE(strcmp(first, second) == 0);

        /* Whatever the numbers are, somebody judges them. */
        (void)health_life(&health, &(HealthClock){ .now = INT64_MAX, .boottime = INT64_MIN },
                          &overdue);
        for (size_t i = 0; i < health.n_domains; i++)
                (void)health_freshness(&health.domains[i], 0, INT64_MAX);
        return 0;
}
