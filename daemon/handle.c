/* SPDX-License-Identifier: MIT */
#include "daemon/handle.h"

#include <errno.h>
#include <fcntl.h>
#include <lber.h>
#include <ldap.h>
#include <openldap.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

/*
 * GnuTLS gives libldap no words for a certificate that it does not accept, but libldap says to its debug log what was
 * wrong. While a thread opens TLS, what is logged on its behalf is kept here. Elsewhere it goes nowhere.
 */
static _Thread_local Buffer *overheard;

static void on_debug(const char *line)
{
        if (overheard && overheard->size < 1024)
                (void)buffer_append_string(overheard, line);
}

int handle_prepare(void)
{
        LDAPAPIInfo info = { .ldapai_info_version = LDAP_API_INFO_VERSION };
        int level = 0x8000; /* LDAP_DEBUG_NONE: only what is logged at any level, that is, errors */

        /* /etc/ldap/ldap.conf and ~/.ldaprc are for people's tools: they could switch certificate checks off behind our back. */
        if (setenv("LDAPNOINIT", "1", 1) < 0)
                return -ENOMEM;

        /* Any call makes libldap set itself up, which must not happen in two threads at a time. */
        if (ldap_get_option(NULL, LDAP_OPT_API_INFO, &info) != LDAP_OPT_SUCCESS)
                return -EIO;

        ldap_memfree(info.ldapai_vendor_name);
        ldap_memvfree((void **)info.ldapai_extensions);

        if (ber_set_option(NULL, LBER_OPT_LOG_PRINT_FN, (void *)on_debug) != LBER_OPT_SUCCESS ||
            ldap_set_option(NULL, LDAP_OPT_DEBUG_LEVEL, &level) != LDAP_OPT_SUCCESS)
                return -EIO;

        return 0;
}

char *handle_diagnosis(Attempt *attempt)
{
        char *words = NULL;

        if (ldap_get_option(attempt->handle, LDAP_OPT_DIAGNOSTIC_MESSAGE, &words) !=
            LDAP_OPT_SUCCESS)
                return NULL;

        return words;
}

static int set_integer(LDAP *handle, int option, int value)
{
        return ldap_set_option(handle, option, &value);
}

/* Where systems keep the certificates they trust: Debian, Red Hat, SUSE. */
static const char *const system_ca_files[] = {
        "/etc/ssl/certs/ca-certificates.crt",
        "/etc/pki/tls/certs/ca-bundle.crt",
        "/etc/ssl/ca-bundle.pem",
};

/* Opened here first, because libldap says no more than that it did not work. */
static int find_ca_file(Attempt *attempt, const char **ret)
{
        const char *path = attempt->config.ca_file;

        for (size_t i = 0; !path && i < ARRAY_SIZE(system_ca_files); i++)
                if (access(system_ca_files[i], R_OK) == 0)
                        path = system_ca_files[i];

        if (!path)
                return attempt_fail(
                        attempt, CONNECT_CA_FILE,
                        "no certificates are trusted on this system: CAFile= must name some");

        if (access(path, R_OK) < 0)
                return attempt_fail(attempt, CONNECT_CA_FILE, "CA file %s: %s", path,
                                    strerror(errno));

        *ret = path;
        return 0;
}

static int trust_ca_file(Attempt *attempt, const char **ret)
{
        const char *path;
        int r;

        r = find_ca_file(attempt, &path);
        if (r < 0)
                return r;

        if (ldap_set_option(attempt->handle, LDAP_OPT_X_TLS_CACERTFILE, path) != LDAP_OPT_SUCCESS)
                return attempt_fail(attempt, CONNECT_INTERNAL, "libldap does not take a CA file");

        *ret = path;
        return 0;
}

/* Makes the options count: the certificates are read now. */
static int new_context(Attempt *attempt, const char *ca_file)
{
        Buffer heard = BUFFER_INIT;
        const char *words;
        int r = 0;

        overheard = &heard;
        if (set_integer(attempt->handle, LDAP_OPT_X_TLS_NEWCTX, 0) != LDAP_OPT_SUCCESS)
                r = -EIO;
        overheard = NULL;

        words = buffer_string(&heard) ?: "";
        if (r == 0 && strstr(words, "no certificate loaded"))
                r = -EIO;

        if (r < 0) {
                attempt_set_failure(attempt, CONNECT_CA_FILE,
                                    "the certificates in %s cannot be used", ca_file);
                attempt_quote(attempt, words);
        }

        buffer_done(&heard);
        return r;
}

static int prepare_tls(Attempt *attempt)
{
        const char *ca_file = "no file";
        int demand = LDAP_OPT_X_TLS_NEVER, r;

        if (attempt->config.tls_verify) {
                demand = LDAP_OPT_X_TLS_DEMAND;
                r = trust_ca_file(attempt, &ca_file);
                if (r < 0)
                        return r;
        }

        /* OpenSSL heeds this, GnuTLS does not know it: see check_tls_version(). */
        (void)set_integer(attempt->handle, LDAP_OPT_X_TLS_PROTOCOL_MIN,
                          LDAP_OPT_X_TLS_PROTOCOL_TLS1_2);

        if (set_integer(attempt->handle, LDAP_OPT_X_TLS_REQUIRE_CERT, demand) != LDAP_OPT_SUCCESS)
                return attempt_fail(attempt, CONNECT_INTERNAL,
                                    "libldap does not take its TLS options");

        return new_context(attempt, ca_file);
}

/*
 * Both a certificate of an unknown CA and one for another name come back as the same "connect error". OpenSSL's words
 * tell them apart; with GnuTLS the words are "(unknown error code)", and only the name check leaves a line in the debug
 * log.
 */
static ConnectFailure tls_failure(const char *words, const char *heard, bool is_closed)
{
        if (strcasestr(heard, "hostname") || strcasestr(heard, "common name") ||
            strcasestr(heard, "subjectAltName") || strcasestr(words, "hostname"))
                return CONNECT_TLS_NAME;

        if (strcasestr(words, "unknown error code") ||
            strcasestr(words, "certificate verify failed"))
                return CONNECT_TLS_UNTRUSTED;

        /* A server that says why it hangs up is better than one that does not. */
        return is_closed && !strcasestr(words, "alert") ? CONNECT_BROKEN : CONNECT_TLS;
}

static bool is_closed_by_peer(LDAP *handle)
{
        char byte;
        int fd;

        return ldap_get_option(handle, LDAP_OPT_DESC, &fd) == LDAP_OPT_SUCCESS && fd >= 0 &&
               recv(fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) == 0;
}

static int fail_tls(Attempt *attempt, int code, const char *heard)
{
        char *words = handle_diagnosis(attempt);
        ConnectFailure failure =
                tls_failure(words ? words : "", heard, is_closed_by_peer(attempt->handle));
        const char *ca = attempt->config.ca_file ? attempt->config.ca_file : "the system";

        if (failure == CONNECT_TLS_NAME)
                attempt_set_failure(attempt, failure, "the certificate is not for \"%s\"",
                                    attempt->target.host);
        else if (failure == CONNECT_TLS_UNTRUSTED)
                attempt_set_failure(
                        attempt, failure,
                        "the certificate is not signed by a CA of %s, or is not valid now", ca);
        else if (failure == CONNECT_BROKEN)
                attempt_set_failure(attempt, failure, "closed during the TLS handshake");
        else
                attempt_set_failure(attempt, failure, "TLS handshake failed");

        if (failure == CONNECT_TLS_NAME && *heard)
                attempt_quote(attempt, heard);
        else if (failure != CONNECT_TLS_UNTRUSTED)
                attempt_quote(attempt, words && *words ? words : ldap_err2string(code));

        ldap_memfree(words);
        return -EIO;
}

/*
 * TLS 1.2 at least, as GnuTLS ("TLS1.2") and OpenSSL ("TLSv1.2") write it. With GnuTLS the only way to demand it
 * beforehand would be a priority string as LDAP_OPT_X_TLS_CIPHER_SUITE; libldap 2.5 leaks 8 KB at each use of that.
 * Nothing was sent so far.
 */
static int check_tls_version(Attempt *attempt)
{
        char *version = NULL;
        bool is_good;

        (void)ldap_get_option(attempt->handle, LDAP_OPT_X_TLS_VERSION, &version);
        is_good = version && strncmp(version, "TLS", 3) == 0 &&
                  strverscmp(version + strcspn(version, "0123456789"), "1.2") >= 0;
        if (!is_good)
                attempt_set_failure(attempt, CONNECT_TLS,
                                    "the server speaks %s, and TLS 1.2 is the least",
                                    version ? version : "no version of TLS that is known");

        ldap_memfree(version);
        return is_good ? 0 : -EIO;
}

static int start_tls(Attempt *attempt)
{
        Buffer heard = BUFFER_INIT;
        int code, r = 0;

        overheard = &heard;
        if (attempt->config.tls == TLS_LDAPS)
                code = ldap_install_tls(attempt->handle);
        else
                code = ldap_start_tls_s(attempt->handle, NULL, NULL);
        overheard = NULL;

        if (code > 0) /* the server's own answer to StartTLS */
                r = attempt_fail(attempt, CONNECT_TLS, "StartTLS was refused: %s",
                                 ldap_err2string(code));
        else if (code == LDAP_SERVER_DOWN)
                r = attempt_fail(attempt, CONNECT_BROKEN, "closed during StartTLS");
        else if (code != LDAP_SUCCESS)
                r = fail_tls(attempt, code, buffer_string(&heard) ?: "");

        /* Believing a success is not enough here: without TLS the next thing sent would be a password. */
        if (r == 0 && !ldap_tls_inplace(attempt->handle))
                r = attempt_fail(attempt, CONNECT_TLS, "TLS is not in place");
        if (r == 0)
                r = check_tls_version(attempt);

        buffer_done(&heard);
        return r;
}

/* The host of the URL is what the certificate and the service principal are for, whatever address the socket goes to. */
static char *target_url(const Attempt *attempt)
{
        const char *scheme = attempt->config.tls == TLS_LDAPS ? "ldaps" : "ldap";
        _cleanup_free_ char *target = target_format(&attempt->target);
        char *url, *zone;
        int r;

        if (!target)
                return NULL;

        /* "%eth0" of a link-local address must not be taken for an escape. */
        zone = strchr(target, '%');
        if (zone)
                r = asprintf(&url, "%s://%.*s%%25%s", scheme, (int)(zone - target), target,
                             zone + 1);
        else
                r = asprintf(&url, "%s://%s", scheme, target);

        return r < 0 ? NULL : url;
}

static int set_options(LDAP *handle)
{
        static const int version = LDAP_VERSION3;
        static const struct {
                int option;
                const void *value;
        } options[] = {
                { LDAP_OPT_PROTOCOL_VERSION, &version },
                { LDAP_OPT_REFERRALS, LDAP_OPT_OFF }, /* the default chases them, anonymously */
                { LDAP_OPT_RESTART, LDAP_OPT_ON },
                { LDAP_OPT_X_SASL_NOCANON, LDAP_OPT_ON },
        };

        for (size_t i = 0; i < ARRAY_SIZE(options); i++)
                if (ldap_set_option(handle, options[i].option, options[i].value) !=
                    LDAP_OPT_SUCCESS)
                        return -EIO;

        return 0;
}

int handle_open(Attempt *attempt, int fd)
{
        _cleanup_free_ char *url = target_url(attempt);
        int r, flags;

        /*
         * libldap's handshake and SASL know no asynchronous way that works (ITS#10023): the socket blocks while they run, and
         * the guard ends what lasts too long. No timeout of libldap's is set: with one, GnuTLS is polled in a busy loop.
         */
        flags = fcntl(fd, F_GETFL);
        if (!url || flags < 0 || fcntl(fd, F_SETFL, flags & ~O_NONBLOCK) < 0 ||
            ldap_init_fd(fd, LDAP_PROTO_TCP, url, &attempt->handle) != LDAP_SUCCESS) {
                close(fd);
                return attempt_fail(attempt, CONNECT_INTERNAL, "libldap cannot be set up");
        }

        if (set_options(attempt->handle) < 0)
                return attempt_fail(attempt, CONNECT_INTERNAL, "libldap does not take its options");

        if (attempt->config.tls == TLS_NONE)
                return 0;

        attempt->phase = CONNECT_PHASE_TLS;
        r = prepare_tls(attempt);
        if (r < 0)
                return r;

        return start_tls(attempt);
}
