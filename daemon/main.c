/* SPDX-License-Identifier: MIT */

/*~ Welcome. scand is a daemon that keeps asking Active Directory one question, "what has changed since?", and says of every user,
 * group and contact whether Entra Connect will take it along, fail on it, or quietly alter it.
 *
 * Comments that begin like this one are a tour of the source for whoever comes here first. The way through:
 *
 *   1. here: arguments, configuration, the loop, and how we end
 *   2. daemon/manager.c and daemon/follower.c: what runs in that loop; one follower for each domain
 *   3. lib/state/feed.c: what to ask a domain controller, in which order, and why nothing is missed
 *   4. lib/state/apply.c: how an answer becomes one transaction of objects, findings and cursor
 *   5. lib/core/rule-table.c: what is flagged. To know the product, read that one
 *
 * lib/core knows no clock, no socket and no database, lib/state knows no network; all that can block, wait or leak a secret is in
 * this folder. CONTRIBUTING.md has the map, and a test keeps to it.
 */

#include <assert.h>
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "daemon/check.h"
#include "daemon/confine.h"
#include "daemon/connect.h"
#include "daemon/log.h"
#include "daemon/manager.h"
#include "lib/core/address.h"

#define CONFIG_FILE "/etc/scand/scand.conf"

typedef struct Arguments {
        const char *config_file;
        bool check_config;
        bool check;
} Arguments;

static const char help[] =
        "Usage: scand [--config FILE] [--check-config | --check]\n"
        "\n"
        "Follows Active Directory domains and flags the objects that Entra Connect will leave "
        "out,\n"
        "fail to export, or alter. Runs in the foreground, as a systemd service: see scand(8).\n"
        "\n"
        "  --config FILE    read FILE, and FILE.d/*.conf, instead of " CONFIG_FILE "\n"
        "  --check-config   say whether the configuration is right, and end\n"
        "  --check          try it for real, say what works and what to do, and end\n"
        "  --help           show this, and end\n"
        "  --version        show the version, and end\n";

enum {
        ARGUMENTS_DONE = 1, /* all was said: end well */
};

/* 0, ARGUMENTS_DONE, or -EINVAL after saying why. */
static int parse_arguments(int argc, char **argv, Arguments *ret)
{
        enum {
                OPTION_CONFIG = 'c',
                OPTION_CHECK_CONFIG = 0x100,
                OPTION_CHECK,
                OPTION_HELP = 'h',
                OPTION_VERSION = 'V',
        };
        static const struct option options[] = {
                { "config", required_argument, NULL, OPTION_CONFIG },
                { "check-config", no_argument, NULL, OPTION_CHECK_CONFIG },
                { "check", no_argument, NULL, OPTION_CHECK },
                { "help", no_argument, NULL, OPTION_HELP },
                { "version", no_argument, NULL, OPTION_VERSION },
                { NULL, 0, NULL, 0 },
        };
        int c;

        *ret = (Arguments){ .config_file = CONFIG_FILE };

        while ((c = getopt_long(argc, argv, "c:hV", options, NULL)) >= 0)
                switch (c) {
                case OPTION_CONFIG:
                        ret->config_file = optarg;
                        break;
                case OPTION_CHECK_CONFIG:
                        ret->check_config = true;
                        break;
                case OPTION_CHECK:
                        ret->check = true;
                        break;
                case OPTION_HELP:
                        (void)fputs(help, stdout);
                        return ARGUMENTS_DONE;
                case OPTION_VERSION:
                        (void)puts("scand " SCAND_VERSION);
                        return ARGUMENTS_DONE;
                default:
                        (void)fputs("Try scand --help.\n", stderr);
                        return -EINVAL;
                }

        if (optind < argc) {
                (void)fprintf(stderr, "scand: takes no argument such as %s\nTry scand --help.\n",
                              argv[optind]);
                return -EINVAL;
        }

        return 0;
}

/* Before the first thread, which inherits it: signals are read by the loop, and a peer that is gone is an error code. */
static int prepare_signals(void)
{
        sigset_t set;

        (void)signal(SIGPIPE, SIG_IGN);
        (void)sigemptyset(&set);
        (void)sigaddset(&set, SIGTERM);
        (void)sigaddset(&set, SIGINT);
        (void)sigaddset(&set, SIGHUP);
        return sigprocmask(SIG_BLOCK, &set, NULL) < 0 ? -errno : 0;
}

static int load_config(const char *file, const char *drop_ins, Config **ret)
{
        _cleanup_free_ char *problems = NULL;
        int r;

        r = config_load(file, drop_ins, ret, &problems);
        if (r < 0) {
                log_lines(LOG_ERR, problems ?: strerror(-r));
                return EX_CONFIG;
        }
        if ((*ret)->n_domains == 0) {
                log_error("%s: there is no [domain NAME] section, so there is nothing to follow",
                          file);
                *ret = config_free(*ret);
                return EX_CONFIG;
        }

        return EX_OK;
}

/*
 * What a restart may mend ends with a code that systemd restarts after; what needs a person does not: see
 * RestartPreventExitStatus= in scand.service.
 */
static int exit_code(int r)
{
        switch (-r) {
        case 0:
                return EX_OK;
        case EBUSY:      /* another daemon has the database */
        case EADDRINUSE: /* or the control socket */
                return EX_TEMPFAIL;
        case EMEDIUMTYPE: /* not ours, or a newer scand's */
        case EUCLEAN:     /* damaged */
                return EX_DATAERR;
        case EACCES:
        case EPERM:
        case EROFS:
                return EX_NOPERM;
        case ENOMEM:
                return EX_OSERR;
        default:
                return EX_IOERR;
        }
}

/* With the rights of whoever asks: systemd's credentials are there only where systemd started us. */
static int run_check(const Config *config)
{
        int r;

        (void)signal(SIGPIPE, SIG_IGN);
        r = connect_prepare();
        if (r >= 0)
                r = check_domains(config, getenv("CREDENTIALS_DIRECTORY"), stdout);
        if (r < 0)
                log_error("cannot check: %s", strerror(-r));
        return r < 0 ? EX_OSERR : r == CHECK_FAILED ? EX_UNAVAILABLE : EX_OK;
}

static int run(const ManagerSettings *settings, Config *config)
{
        _cleanup_(manager_freep) Manager *manager = NULL;
        _cleanup_free_ char *error = NULL;
        int r;

        /* Before the first thread, which inherits it. */
        r = confine_calls();
        if (r < 0)
                log_info("without a filter of system calls: %s", strerror(-r));

        r = prepare_signals();
        if (r >= 0)
                r = connect_prepare();
        if (r < 0) {
                log_error("cannot prepare: %s", strerror(-r));
                config_free(config);
                return EX_OSERR;
        }

        r = manager_new(settings, config, &manager, &error);
        if (r < 0) {
                log_error("cannot start: %s", error ?: strerror(-r));
                return exit_code(r);
        }

        return manager_run(manager) < 0 ? EX_SOFTWARE : EX_OK;
}

int main(int argc, char **argv)
{
        _cleanup_free_ char *drop_ins = NULL;
        Config *config = NULL;
        Arguments arguments;
        int r;

        log_open();
        confine_memory();

        r = parse_arguments(argc, argv, &arguments);
        if (r != 0)
                return r < 0 ? EX_USAGE : EX_OK;
        if (asprintf(&drop_ins, "%s.d", arguments.config_file) < 0)
                return EX_OSERR;
        if (!domain_list_load()) {
                log_error("cannot start: the public suffix list cannot be read; is package publicsuffix whole?");
                return EX_OSERR;
        }

        r = load_config(arguments.config_file, drop_ins, &config);
        if (r != EX_OK)
                return r;
        if (arguments.check_config) {
                (void)printf("%s is right: %zu domain%s\n", arguments.config_file,
                             config->n_domains, config->n_domains == 1 ? "" : "s");
                config_free(config);
                return EX_OK;
        }
        if (arguments.check) {
                r = run_check(config);
                config_free(config);
                return r;
        }
        log_set_level(config->log_level);

        return run(
                &(ManagerSettings){
                        .config_file = arguments.config_file,
                        .drop_in_directory = drop_ins,
                        .credentials_directory = getenv("CREDENTIALS_DIRECTORY"),
                },
                config);
}
