/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * A server as it was named. The host is what its certificate and its service principal are checked against, so it is
 * never rewritten: not to an address, not to what reverse DNS says.
 */

#include <stdbool.h>
#include <stdint.h>

#include "lib/core/util.h"

typedef struct Target {
        char *host; /* "dc1.corp.example", "10.0.0.1", "fd00::1", "fe80::1%eth0": no brackets, no dot at the end */
        uint16_t port; /* 0: the service's own */
} Target;

#define TARGET_NULL ((Target){ .host = NULL })

void target_done(Target *target);

/* "dc1", "dc1:3389", "10.0.0.1", "[fd00::1]:636", "fd00::1", "fe80::1%eth0". 0, -ENOMEM, or -EINVAL with *ret unchanged. */
int target_parse(const char *string, Target *ret);

int target_copy(const Target *target, Target *ret); /* 0 or -ENOMEM */

/* With brackets where needed, with the port where it is not 0; the caller frees it. NULL: no memory. */
char *target_format(const Target *target);

/* Is the host an IP address? */
bool target_is_address(const Target *target);
