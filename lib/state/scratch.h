/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * A file without a name, for what does not fit into memory. It vanishes with its descriptor: what stands there may be about people,
 * and survives no crash.
 */

#include <stddef.h>
#include <stdint.h>

/* In the folder of the file `beside`. The descriptor, which is the caller's, or negative. */
int scratch_open(const char *beside);

/* All of it, or none: 0, or negative, -ENOSPC where the disk is full. */
int scratch_write(int file, uint64_t offset, const void *data, size_t size);

/* Likewise; -EIO where the file ends before. */
int scratch_read(int file, uint64_t offset, void *data, size_t size);

/*
 * Gives back the end of a large file, a part at a time: the system takes long to forget a gigabyte at once. *size is the file's, and
 * becomes what is left. 1: there is more; 0: it is empty.
 */
int scratch_shrink(int file, uint64_t *size);
