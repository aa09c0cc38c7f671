/* SPDX-License-Identifier: MIT */
#pragma once

/* A program that shows long text page by page: $PAGER, or pager, less, more, whichever is there; none where PAGER is "" or "cat". */

#include <stdio.h>
#include <sys/types.h>

/*
 * Starts it with a pipe behind *ret_stream. SIGPIPE is ignored from then on: who quits the pager ends the stream, and that shows
 * by ferror(). Where no pager is wanted, *ret_stream stays what it was and *ret_pid 0. 0 or negative errno.
 */
int pager_start(FILE **ret_stream, pid_t *ret_pid);

/* Closes the stream and waits until the pager is done. */
void pager_wait(FILE *stream, pid_t pid);
