/* SPDX-License-Identifier: MIT */
#include "daemon/attempt.h"

#include <errno.h>
#include <ldap.h>
#include <stdio.h>
#include <string.h>

#include "daemon/secret.h"
#include "lib/core/text.h"

#define QUOTE_LIMIT 300

/* Copies a string that may be missing. */
static int copy_string(const char *string, char **ret)
{
        if (!string)
                return 0;

        *ret = strdup(string);
        return *ret ? 0 : -ENOMEM;
}

static int copy_config(const DomainConfig *config, DomainConfig *ret)
{
        const struct {
                const char *from;
                char **to;
        } strings[] = {
                { config->name, &ret->name },
                { config->keytab, &ret->keytab },
                { config->principal, &ret->principal },
                { config->kdc, &ret->kdc },
                { config->bind_dn, &ret->bind_dn },
                { config->password_file, &ret->password_file },
                { config->ca_file, &ret->ca_file },
        };

        ret->bind = config->bind;
        ret->tls = config->tls;
        ret->tls_verify = config->tls_verify;

        for (size_t i = 0; i < ARRAY_SIZE(strings); i++)
                if (copy_string(strings[i].from, strings[i].to) < 0)
                        return -ENOMEM;

        return 0;
}

int attempt_new(const ConnectSettings *settings, int64_t deadline, Attempt **ret)
{
        Attempt *attempt = calloc(1, sizeof(*attempt));
        int r;

        if (!attempt)
                return -ENOMEM;

        r = interrupt_init(&attempt->interrupt, deadline);
        if (r < 0) {
                free(attempt);
                return r;
        }

        if (copy_config(settings->config, &attempt->config) < 0 ||
            copy_string(settings->config->site, &attempt->site) < 0 ||
            copy_string(settings->credentials_directory, &attempt->credentials_directory) < 0) {
                attempt_free(attempt);
                return -ENOMEM;
        }

        *ret = attempt;
        return 0;
}

Attempt *attempt_free(Attempt *attempt)
{
        if (!attempt)
                return NULL;

        if (attempt->handle)
                (void)ldap_unbind_ext(attempt->handle, NULL, NULL);

        free(attempt->config.name);
        free(attempt->config.keytab);
        free(attempt->config.principal);
        free(attempt->config.kdc);
        free(attempt->config.bind_dn);
        free(attempt->config.password_file);
        free(attempt->config.ca_file);
        free(attempt->credentials_directory);
        free(attempt->site);
        free(attempt->address);
        target_done(&attempt->target);
        buffer_done(&attempt->text);
        dns_records_done(&attempt->records);
        interrupt_done(&attempt->interrupt);
        free(attempt);
        return NULL;
}

static int _printf_(2, 0) set_text(Attempt *attempt, const char *format, va_list arguments)
{
        buffer_reset(&attempt->text);
        return buffer_append_vformat(&attempt->text, format, arguments);
}

void attempt_set_failure(Attempt *attempt, ConnectFailure failure, const char *format, ...)
{
        va_list arguments;

        attempt->failure = failure;
        va_start(arguments, format);
        (void)set_text(attempt, format,
                       arguments); /* without memory the failure is told without words */
        va_end(arguments);
}

int attempt_secret_path(Attempt *attempt, const char *file, ConnectFailure failure, char **ret,
                        bool *ret_is_credential)
{
        int r;

        r = secret_path(file, attempt->credentials_directory, ret, ret_is_credential);
        if (r == -ENOENT)
                return attempt_fail(attempt, failure,
                                    "the service was given no credentials, so there is no %s",
                                    file);
        if (r == -EINVAL)
                return attempt_fail(attempt, failure, "%s is not the name of a credential", file);

        return r < 0 ? attempt_fail_errno(attempt, r, file) : 0;
}

int attempt_describe(Attempt *attempt, const char *format, ...)
{
        va_list arguments;
        int r;

        va_start(arguments, format);
        r = set_text(attempt, format, arguments);
        va_end(arguments);
        return r < 0 ? attempt_fail_errno(attempt, r, "connection") : 0;
}

void attempt_quote(Attempt *attempt, const char *words)
{
        size_t size = words ? strcspn(words, "\r\n") : 0; /* the first line says it */

        if (size == 0)
                return;

        (void)buffer_append_string(&attempt->text, ": ");
        (void)text_escape(words, size, QUOTE_LIMIT, &attempt->text);
}
