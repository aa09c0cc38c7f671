/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * What the verbs of scanctl share: the arguments, the output, and what is opened on demand. A verb returns the exit code of the
 * program, and has said on stderr what to do about it wherever that is EXIT_TROUBLE.
 */

#include "ctl/arguments.h"
#include "ctl/output.h"
#include "lib/core/config.h"
#include "lib/state/store.h"

enum {
        EXIT_FINE = 0,
        EXIT_FOUND =
                1, /* check, findings --exit-code: there are findings; show, explain: there is no such thing */
        EXIT_TROUBLE = 2, /* wrong usage, no database, … */
};

typedef struct Scanctl {
        Arguments arguments;
        Output output;
        int64_t now;    /* Unix seconds */
        Config *config; /* see scanctl_config() */
        Store *store;   /* see scanctl_store() */
} Scanctl;

/* One for each verb, in a file of its own name; ctl/verb.h lists them. */
int verb_status(Scanctl *scanctl, char **operands, size_t n_operands);
int verb_findings(Scanctl *scanctl, char **operands, size_t n_operands);
int verb_show(Scanctl *scanctl, char **operands, size_t n_operands);
int verb_explain(Scanctl *scanctl, char **operands, size_t n_operands);
int verb_attributes(Scanctl *scanctl, char **operands, size_t n_operands);
int verb_rules(Scanctl *scanctl, char **operands, size_t n_operands);
int verb_check(Scanctl *scanctl, char **operands, size_t n_operands);
int verb_history(Scanctl *scanctl, char **operands, size_t n_operands);
int verb_fix(Scanctl *scanctl, char **operands, size_t n_operands);
int verb_predict(Scanctl *scanctl, char **operands, size_t n_operands);
int verb_rescan(Scanctl *scanctl, char **operands, size_t n_operands);
int verb_reload(Scanctl *scanctl, char **operands, size_t n_operands);
int verb_accept(Scanctl *scanctl, char **operands, size_t n_operands);
int verb_watch(Scanctl *scanctl, char **operands, size_t n_operands);
int verb_report(Scanctl *scanctl, char **operands, size_t n_operands);
int verb_forget(Scanctl *scanctl, char **operands, size_t n_operands);
int verb_domain(Scanctl *scanctl, char **operands, size_t n_operands);
int verb_backup(Scanctl *scanctl, char **operands, size_t n_operands);
int verb_cloud(Scanctl *scanctl, char **operands, size_t n_operands);
int verb_errors(Scanctl *scanctl, char **operands, size_t n_operands);
int verb_help(Scanctl *scanctl, char **operands, size_t n_operands);

typedef enum ConfigNeed {
        CONFIG_NEED_PATHS, /* only where things are: what is wrong in a default file costs a warning, not the answer */
        CONFIG_NEED_JUDGES, /* verdicts depend on it: it must be right */
} ConfigNeed;

/*
 * The configuration, read once; the defaults where no file was named and the usual one is missing. Borrowed. 0, or negative after a
 * message.
 */
int scanctl_config(Scanctl *scanctl, ConfigNeed need, const Config **ret);

/* The database, opened read-only once. Borrowed. 0, or negative after a message. */
int scanctl_store(Scanctl *scanctl, Store **ret);

/* The same, but the message is handed over; the caller frees it. */
int scanctl_try_store(Scanctl *scanctl, Store **ret, char **ret_error);

/* Says that nothing is called so, and what may have been meant. Returns EXIT_FOUND. */
int scanctl_no_such_object(Store *store, const char *text);

/* The path of a file below one of the configured folders; the caller frees it. 0 or -ENOMEM. */
int scanctl_path(const char *folder, const char *name, char **ret);

/* "scanctl: …" on stderr. Returns EXIT_TROUBLE. */
int scanctl_error(const char *format, ...) _printf_(1, 2);

/* For what can only be errno: memory, a database that breaks while it is read. Returns EXIT_TROUBLE. */
int scanctl_failed(const Scanctl *scanctl, const char *what, int error);
