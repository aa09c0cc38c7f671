/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * The folder into which exports of the cloud are put: loose files, which are one import together, or folders of scanctl, of which each is
 * one and waits for a word.
 */

#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>

#include "lib/core/util.h"

typedef struct Drop {
        int folder;  /* descriptor */
        char *batch; /* the folder of scanctl whose files these are; NULL: loose files */
        int from;    /* descriptor of where they are; -1: none were looked for */
        char **files;
        size_t n_files;
} Drop;

#define DROP_CLOSED ((Drop){ .folder = -1, .from = -1 })

/* Makes the folder where there is none. Of a closed one: 0 or negative; drop_done() in any case. */
int drop_open(Drop *drop, const char *state_directory);
void drop_done(Drop *drop);

/* Finds what is to be imported, in the order of names. 1: something is; 0: nothing, or it is still being written; or negative. */
int drop_look(Drop *drop, int64_t now);
void drop_forget(Drop *drop); /* what was found */

/* Opens a file that was found: a descriptor, -EINVAL where it is none that can be read, or another negative errno. */
int drop_open_file(const Drop *drop, size_t index, struct stat *ret_status);

/* For whoever waits: written elsewhere and renamed, so that it is read whole or not at all. Nobody waits for loose files. */
void drop_say(Drop *drop, const char *outcome, const char *text);

/* The files of an import go; of a refused one that came by itself, they stay under another name, or it would come again. */
void drop_clear(Drop *drop, bool is_refused);
