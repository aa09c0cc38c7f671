/* SPDX-License-Identifier: MIT */
#pragma once

/* Reading health.json and the clocks it is compared with. */

#include "lib/core/buffer.h"
#include "lib/core/health-check.h"

/*
 * Appends the file's text. Follows no symbolic link and opens nothing that could block, because check_scand often has more rights
 * than whoever names the file. 0, -ENOMEM, -ENOTSUP for what is no regular file, -EFBIG, or as open() and read() say.
 */
int health_file_read(const char *path, Buffer *buffer);

#define HEALTH_BOOT_ID_SIZE 64

/* `clock` borrows from `boot_id`. What the system does not tell stays 0 or NULL. */
void health_clock_read(HealthClock *clock, char boot_id[static HEALTH_BOOT_ID_SIZE]);
