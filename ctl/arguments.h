/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * The options of scanctl, as one table: what they are called, what they take, with which verbs they make sense. Parsing, --help, the
 * check that an option fits its verb, and the tests over man page and completion all go by the same rows.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "lib/core/inventory-part.h"
#include "lib/core/rule.h"

/* A bit for each verb; the table in scanctl.c has a row for each of them. */
typedef enum VerbId {
        VERB_STATUS = 1 << 0,
        VERB_FINDINGS = 1 << 1,
        VERB_SHOW = 1 << 2,
        VERB_EXPLAIN = 1 << 3,
        VERB_RULES = 1 << 4,
        VERB_CHECK = 1 << 5,
        VERB_RESCAN = 1 << 6,
        VERB_RELOAD = 1 << 7,
        VERB_HELP = 1 << 8,
        VERB_PREDICT = 1 << 9,
        VERB_ATTRIBUTES = 1 << 10,
        VERB_FIX = 1 << 11,
        VERB_HISTORY = 1 << 12,
        VERB_FORGET = 1 << 13,
        VERB_BACKUP = 1 << 14,
        VERB_CLOUD = 1 << 15,
        VERB_ACCEPT = 1 << 16,
        VERB_WATCH = 1 << 17,
        VERB_REPORT = 1 << 18,
        VERB_DOMAIN = 1 << 19,
        VERB_ERRORS = 1 << 20,
} VerbId;

#define VERB_ANY 0xffffffU

typedef enum OutputFormat {
        OUTPUT_TEXT,
        OUTPUT_JSON,
        OUTPUT_CSV,
} OutputFormat;

typedef enum ColourMode {
        COLOUR_AUTO,
        COLOUR_ALWAYS,
        COLOUR_NEVER,
} ColourMode;

/* What `findings` folds by. */
typedef enum ListShape {
        SHAPE_UNASKED, /* as the format and the filters suggest */
        SHAPE_ROWS,
        SHAPE_BY_RULE,
        SHAPE_BY_DOMAIN,
        SHAPE_BY_OU,
} ListShape;

/* Strings are borrowed from argv; arguments_done() frees the rest. */
typedef struct Arguments {
        const char *config;   /* NULL: /etc/scand/scand.conf, which may be missing */
        const char *database; /* NULL: scand.db in the configured state directory */
        const char *health;   /* NULL: health.json in the configured runtime directory */
        OutputFormat format;
        ColourMode colour;
        bool no_legend;
        bool no_pager;
        bool help;
        bool version;

        const char *rule, *domain, *ou, *text;
        bool has_class;
        RuleClass class;
        bool has_severity; /* --severity or --all */
        bool is_all;
        bool unfolded;
        ListShape shape;
        Severity least;
        int64_t since; /* Unix seconds, 0: all */
        bool exit_code;
        bool accepted;
        int64_t until;   /* Unix seconds, 0: not given */
        const char *why; /* NULL: not given */
        bool undo;
        bool dry_run;
        const char *output; /* NULL: standard output */
        bool cutover;
        bool domains;
        bool origin;
        bool reconcile;
        bool against_cache;
        bool accept_deletions;
        const char *initial_domain; /* NULL: as configured */
        char **cloud; /* files; the array is owned, and ends with NULL; NULL: none */
        bool has_part;
        InventoryPart part;
        char **verified_domains;    /* the array is owned, and ends with NULL; NULL: as configured */

        const char *verb; /* NULL: none was given */
        char **operands;
        size_t n_operands;

        unsigned seen[4]; /* private: which rows of the table were used, a bit each */
} Arguments;

/*
 * Parses. `now` is what --since counts from. argv is reordered, as getopt does. 0, or -EINVAL after a line on stderr that says what to
 * do about it.
 */
int arguments_parse(int argc, char **argv, int64_t now, Arguments *ret);

void arguments_done(Arguments *arguments);

/* Does each option that was given make sense with the verb? 0, or -EINVAL after a line on stderr. */
int arguments_fit(const Arguments *arguments, VerbId verb, const char *verb_name);

/* Prints the lines of --help for the options of these verbs; VERB_ANY for those that all verbs take. */
void arguments_help(FILE *stream, unsigned verbs);

/* Has the verb options of its own? */
bool arguments_any(VerbId verb);
