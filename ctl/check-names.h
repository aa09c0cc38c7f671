/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Names for the report of a plugin: what scanctl lists, asked as a program of its own. So check_scand itself needs neither SQLite nor
 * any right, and where its user may not read the database only the names are missing.
 */

#include "lib/core/buffer.h"

typedef struct NamesQuery {
        const char *database; /* NULL: the configured one */
        const char *rule;     /* findings of this rule; NULL: of any, from `severity` on */
        const char *severity; /* "error", "warning" or "notice" */
        const char *domain;   /* NULL: of all */
        unsigned most;        /* how many, worst first */
        unsigned timeout_ms;
} NamesQuery;

/*
 * Appends lines, a finding each, to `lines`; those with a terminal's tricks in them are the caller's to make safe. 0; -ECHILD:
 * scanctl could not list, and the line says why in its words; -ETIMEDOUT: it did not end in time; -ENOENT: it is not installed;
 * another negative errno.
 */
int names_list(const NamesQuery *query, Buffer *lines);
