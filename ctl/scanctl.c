/* SPDX-License-Identifier: MIT */

/*
 * scanctl: asks what scand knows. It reads the database itself, read-only, so it works while the daemon is stopped or hangs, and
 * loads nobody; only rescan, reload, accept, forget, domain forget and history --origin talk to the daemon. No read transaction is open
 * while anything is printed, because a pager may wait for hours.
 */

#include "ctl/verb.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "lib/state/cloud.h"

#define CONFIG_FILE "/etc/scand/scand.conf"

int scanctl_error(const char *format, ...)
{
        va_list list;

        (void)fputs("scanctl: ", stderr);
        va_start(list, format);
        (void)vfprintf(stderr, format, list);
        va_end(list);
        (void)fputc('\n', stderr);
        return EXIT_TROUBLE;
}

int scanctl_failed(const Scanctl *scanctl, const char *what, int error)
{
        if (scanctl->store && error != -ENOMEM)
                return scanctl_error("%s: %s (%s).", what, strerror(-error),
                                     store_error(scanctl->store));
        return scanctl_error("%s: %s.", what, strerror(-error));
}

int scanctl_path(const char *folder, const char *name, char **ret)
{
        return asprintf(ret, "%s/%s", folder, name) < 0 ? -ENOMEM : 0;
}

/* A line each: config_load() tells all that is wrong, not only the first. */
static void say_problems(const char *problems)
{
        while (*problems) {
                size_t n = strcspn(problems, "\n");

                (void)scanctl_error("%.*s", (int)n, problems);
                problems += n + (problems[n] == '\n');
        }
}

int scanctl_config(Scanctl *scanctl, ConfigNeed need, const Config **ret)
{
        const char *given = scanctl->arguments.config, *file = given ? given : CONFIG_FILE;
        _cleanup_free_ char *error = NULL, *drop_ins = NULL;
        int r;

        if (scanctl->config) {
                *ret = scanctl->config;
                return 0;
        }

        if (asprintf(&drop_ins, "%s.d", file) < 0) {
                drop_ins = NULL; /* glibc leaves it undefined */
                r = -ENOMEM;
        } else
                r = config_load(file, drop_ins, &scanctl->config, &error);
        if (r < 0 && !given && (r == -ENOENT || need == CONFIG_NEED_PATHS)) {
                if (r != -ENOENT) {
                        say_problems(error ? error : strerror(-r));
                        (void)scanctl_error("going on with the defaults.");
                }
                r = config_new(&scanctl->config);
        }
        if (r < 0) {
                say_problems(error ? error : strerror(-r));
                return r;
        }

        if (scanctl->store)
                (void)cloud_tenant_fill(scanctl->store, &scanctl->config->tenant);
        *ret = scanctl->config;
        return 0;
}

int scanctl_try_store(Scanctl *scanctl, Store **ret, char **ret_error)
{
        _cleanup_free_ char *path = NULL;
        const Config *config;
        int r;

        if (scanctl->store) {
                *ret = scanctl->store;
                return 0;
        }

        *ret_error = NULL;
        if (!scanctl->arguments.database) {
                r = scanctl_config(scanctl, CONFIG_NEED_PATHS, &config);
                if (r < 0)
                        return r;
                r = scanctl_path(config->state_directory, "scand.db", &path);
                if (r < 0)
                        return r;
        }

        r = store_open(path ? path : scanctl->arguments.database, STORE_READ, &scanctl->store,
                       ret_error);
        if (r < 0)
                return r;

        /* As the daemon does. Whoever names a database and no configuration has none to fill. */
        if (scanctl->config)
                (void)cloud_tenant_fill(scanctl->store, &scanctl->config->tenant);
        *ret = scanctl->store;
        return 0;
}

int scanctl_store(Scanctl *scanctl, Store **ret)
{
        _cleanup_free_ char *error = NULL;
        int r;

        r = scanctl_try_store(scanctl, ret, &error);
        if (r < 0)
                (void)scanctl_error("%s", error ? error : strerror(-r));
        return r;
}

static int run_verb(Scanctl *scanctl, const Verb *verb, char **operands, size_t n_operands)
{
        int code, r;

        r = output_open(&scanctl->arguments, verb->is_paged, &scanctl->output);
        if (r < 0)
                return scanctl_error("cannot start a pager: %s. --no-pager goes without.",
                                     strerror(-r));

        code = verb->run(scanctl, operands, n_operands);

        r = output_close(&scanctl->output);
        if (r < 0)
                return scanctl_error("cannot write the output: %s.", strerror(-r));
        return code;
}

static int dispatch(Scanctl *scanctl)
{
        Arguments *arguments = &scanctl->arguments;
        const Verb *verb;
        int r;

        if (arguments->version) {
                (void)puts("scanctl " SCAND_VERSION);
                return fflush(stdout) == 0 ? EXIT_FINE : EXIT_TROUBLE;
        }
        if (!arguments->verb && !arguments->help) {
                verb_list(stderr);
                return EXIT_TROUBLE;
        }

        verb = verb_find(arguments->verb ? arguments->verb : "help");
        if (!verb)
                return EXIT_TROUBLE;
        if (arguments->help) {
                char *name = (char *)verb->name;

                return run_verb(scanctl, verb_find("help"), &name, arguments->verb ? 1 : 0);
        }

        if (arguments_fit(arguments, verb->id, verb->name) < 0)
                return EXIT_TROUBLE;
        r = verb_check_operands(verb, arguments->n_operands);
        if (r != 0)
                return r;

        return run_verb(scanctl, verb, arguments->operands, arguments->n_operands);
}

int main(int argc, char **argv)
{
        Scanctl scanctl = { .now = time(NULL) };
        int code = EXIT_TROUBLE;

        if (arguments_parse(argc, argv, scanctl.now, &scanctl.arguments) == 0)
                code = dispatch(&scanctl);

        (void)store_close(scanctl.store);
        (void)config_free(scanctl.config);
        arguments_done(&scanctl.arguments);
        return code;
}
