/* SPDX-License-Identifier: MIT */
#include "daemon/check.h"

#include <errno.h>
#include <stdarg.h>
#include <string.h>

#include "daemon/check-internal.h"

void check_line(Check *check, CheckMark mark, const char *what, const char *format, ...)
{
        static const char *const marks[] = {
                [CHECK_GOOD] = "✓",
                [CHECK_REMARK] = "!",
                [CHECK_BAD] = "✗",
        };
        va_list list;

        check->n_bad += mark == CHECK_BAD;
        (void)fprintf(check->stream, "  %s %-17s ", marks[mark], what);
        va_start(list, format);
        (void)vfprintf(check->stream, format, list);
        va_end(list);
        (void)fputc('\n', check->stream);
        (void)fflush(check->stream); /* what comes next may take its time */
}

void check_advice(Check *check, const char *format, ...)
{
        _cleanup_buffer_ Buffer text = BUFFER_INIT;
        va_list list;

        va_start(list, format);
        (void)buffer_append_vformat(&text, format, list);
        va_end(list);

        /* Without memory it is left out: what was found wrong has been said. */
        for (const char *at = buffer_string(&text); at && *at;) {
                size_t n = strcspn(at, "\n");

                (void)fprintf(check->stream, "      %.*s\n", (int)n, at);
                at += n + (at[n] == '\n');
        }
}

enum {
        CHECK_AGAIN = 1, /* it failed, and another server is worth a try */
};

/* The attempt is freed by whoever waits for the loop, and not in its own callback. */
static void on_connected(Connect *connect, const ConnectResult *result, void *userdata)
{
        Check *check = userdata;

        (void)sd_event_exit(check->event, check_tell_connection(check, result));
}

/* One attempt: 0, CHECK_AGAIN, or negative. */
static int check_try(Check *check)
{
        const ConnectSettings settings = {
                .config = check->domain_config,
                .credentials_directory = check->credentials_directory,
                .timeout = check->config->connect_timeout,
        };
        int again, r;

        r = connect_start(check->event, check->discover, &settings, on_connected, check,
                          &check->connect);
        if (r < 0)
                return r;

        again = sd_event_loop(check->event);
        if (again < 0)
                return again;
        sd_event_unref(check->event);
        check->event = NULL;
        return again ? CHECK_AGAIN : 0;
}

static void check_done(Check *check)
{
        check->session = session_free(check->session);
        check->connect = connect_free(check->connect);
        check->discover = discover_free(check->discover);
        check->feed = feed_free(check->feed);
        domain_done(&check->domain);
        check->store = store_close(check->store);
        check->work = sd_event_source_disable_unref(check->work);
        check->event = sd_event_unref(check->event);
        free(check->connector);
}

/* A loop that has exited does not run again: each attempt has its own, and the server is asked in another. */
static int check_domain(Check *check)
{
        int r;

        (void)fprintf(check->stream, "%s\n", check->domain_config->name);
        r = discover_new(check->domain_config, 1, &check->discover);
        if (r < 0)
                return r;

        do {
                check->connect = connect_free(check->connect);
                check->n_tries++;
                r = sd_event_new(&check->event);
                if (r >= 0)
                        r = check_try(check);
        } while (r == CHECK_AGAIN);
        if (r < 0 || check->n_bad > 0)
                return r;

        r = sd_event_new(&check->event);
        if (r >= 0)
                r = check_server(check, connect_take(check->connect));
        return r < 0 ? r : sd_event_loop(check->event);
}

int check_domains(const Config *config, const char *credentials_directory, FILE *stream)
{
        unsigned n_bad = 0;

        for (size_t i = 0; i < config->n_domains; i++) {
                _cleanup_(check_done) Check check = {
                        .stream = stream,
                        .config = config,
                        .domain_config = &config->domains[i],
                        .credentials_directory = credentials_directory,
                };
                int r;

                if (i > 0)
                        (void)fputc('\n', stream);
                r = check_domain(&check);
                if (r < 0)
                        return r;
                n_bad += check.n_bad > 0;
        }

        if (n_bad > 0)
                (void)fprintf(stream, "\n%u of %zu domain%s cannot be followed like this.\n", n_bad,
                              config->n_domains, config->n_domains == 1 ? "" : "s");
        else
                (void)fprintf(stream, "\n%zu domain%s can be followed.\n", config->n_domains,
                              config->n_domains == 1 ? "" : "s");
        return n_bad > 0 ? CHECK_FAILED : 0;
}
