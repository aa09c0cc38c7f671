/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * `scand --check`: tries the configuration for real and says, line by line, what works and what to do about what does not. It goes the
 * daemon's own way: the same discovery, connection, session and feed, over a database in memory, up to the first page of
 * objects. Nothing is written anywhere, so it may run beside the daemon.
 */

#include <stdio.h>

#include "lib/core/config.h"

enum {
        CHECK_FAILED = 1, /* some domain could not be followed as it is */
};

/*
 * To be called after connect_prepare(), without another event loop. Returns 0: every domain can be followed, though there may be
 * remarks; CHECK_FAILED; or negative errno: this machine is in trouble, and the list is not complete.
 */
int check_domains(const Config *config, const char *credentials_directory, FILE *stream);
