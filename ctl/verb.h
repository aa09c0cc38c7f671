/* SPDX-License-Identifier: MIT */
#pragma once

/* The verbs of scanctl as data: what each is called, takes and does. Their help is made from it. */

#include <stdio.h>

#include "ctl/scanctl.h"

typedef struct Verb {
        VerbId id;
        const char *name;
        const char *operands; /* as in "scanctl show OBJECT"; NULL: none */
        size_t least, most;   /* operands */
        bool is_paged;
        int (*run)(Scanctl *scanctl, char **operands, size_t n_operands);
        const char *summary; /* a line in the list of verbs */

        /* For help VERB: paragraphs, each of one line, broken where the terminal ends. */
        const char *description;
} Verb;

/* The verb of this name; NULL after a message that names one much like it. */
const Verb *verb_find(const char *name);

/* 0 where a verb takes so many operands, EXIT_TROUBLE after a message where it does not. */
int verb_check_operands(const Verb *verb, size_t n);

/* The list of verbs, and the options that every verb takes. */
void verb_list(FILE *stream);
