/* SPDX-License-Identifier: MIT */
#include "daemon/krb5-context.h"

#include <errno.h>
#include <profile.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* A configuration file that is nowhere on disk: open as long as the descriptor is. */
static int make_file(const char *text, int *ret)
{
        int fd = memfd_create("scand-krb5.conf", MFD_CLOEXEC);

        if (fd < 0)
                return -errno;

        if (write(fd, text, strlen(text)) != (ssize_t)strlen(text)) {
                close(fd);
                return -EIO;
        }

        *ret = fd;
        return 0;
}

/* What the first of several files says, counts. The administrator's own file follows: realms, encryption types, capaths. */
int krb5_context_prepare(void)
{
        const char *given = getenv("KRB5_CONFIG");
        _cleanup_free_ char *files = NULL;
        int fd = -1, r;

        r = make_file("[libdefaults]\n"
                      "        dns_canonicalize_hostname = false\n"
                      "        rdns = false\n",
                      &fd);
        if (r < 0)
                return r;

        r = asprintf(&files, "/proc/self/fd/%d:%s", fd, given && *given ? given : "/etc/krb5.conf");
        if (r < 0 || setenv("KRB5_CONFIG", files, 1) < 0) {
                close(fd);
                return -ENOMEM;
        }

        return 0; /* the descriptor stays open: it is the file */
}

static char *format_profile(const char *domain_realm, const char *client_realm)
{
        bool is_one = strcmp(domain_realm, client_realm) == 0;
        char *text;
        int r;

        /* A realm that stands twice is one realm. */
        r = asprintf(&text,
                     "[libdefaults]\n"
                     "        dns_lookup_kdc = %s\n"
                     "[realms]\n"
                     "        %s = {\n"
                     "                kdc = 127.0.0.1\n"
                     "        }\n"
                     "        %s = {\n"
                     "                kdc = 127.0.0.1\n"
                     "        }\n",
                     is_one ? "false" : "true", domain_realm, client_realm);
        return r < 0 ? NULL : text;
}

/* This file first, then what krb5_context_prepare() has set for all. */
static krb5_error_code open_files(int fd, krb5_context *ret)
{
        _cleanup_free_ char *path = NULL;
        krb5_error_code code;
        profile_t profile;

        if (asprintf(&path, "/proc/self/fd/%d:%s", fd, getenv("KRB5_CONFIG")) < 0)
                return ENOMEM;

        code = (krb5_error_code)profile_init_path(path, &profile);
        if (code)
                return code;

        code = krb5_init_context_profile(profile, 0, ret);
        profile_release(profile);
        return code;
}

krb5_error_code krb5_context_open(const char *domain_realm, const char *client_realm,
                                  Krb5Context *ret)
{
        _cleanup_free_ char *text = format_profile(domain_realm, client_realm);
        _cleanup_(krb5_context_done) Krb5Context context = KRB5_CONTEXT_NULL;
        krb5_error_code code;
        int r;

        if (!text)
                return ENOMEM;

        r = make_file(text, &context.fd);
        if (r < 0)
                return -r;

        code = open_files(context.fd, &context.context);
        if (code)
                return code;

        *ret = context;
        context = KRB5_CONTEXT_NULL;
        return 0;
}

void krb5_context_done(Krb5Context *context)
{
        if (context->context)
                krb5_free_context(context->context);
        if (context->fd >= 0)
                close(context->fd);

        *context = KRB5_CONTEXT_NULL;
}
