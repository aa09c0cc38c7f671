/* SPDX-License-Identifier: MIT */
#include "daemon/kerberos.h"

#include <errno.h>
#include <fcntl.h>
#include <gssapi/gssapi_krb5.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/kdc.h"
#include "daemon/krb5-context.h"

/* What one login holds. */
typedef struct Login {
        Attempt *attempt;
        char *realm; /* the domain's */
        Krb5Context krb5;
        krb5_context context; /* of krb5 */
        krb5_keytab keytab;
        krb5_principal client;
        krb5_creds ticket; /* the ticket-granting one */
        krb5_ccache cache;
        Kdc kdc;
} Login;

static void login_done(Login *login)
{
        if (login->cache)
                krb5_cc_close(login->context, login->cache);
        if (login->context)
                krb5_free_cred_contents(login->context, &login->ticket);
        if (login->client)
                krb5_free_principal(login->context, login->client);
        if (login->keytab)
                krb5_kt_close(login->context, login->keytab);
        krb5_context_done(&login->krb5);
        free(login->realm);
}

static const struct {
        krb5_error_code code;
        ConnectFailure failure;
} failures[] = {
        { KRB5KDC_ERR_PREAUTH_FAILED, CONNECT_KEYTAB_STALE },
        { KRB5KRB_AP_ERR_BAD_INTEGRITY, CONNECT_KEYTAB_STALE },
        { KRB5_KT_KVNONOTFOUND, CONNECT_KEYTAB_STALE },
        { KRB5_KT_NOTFOUND, CONNECT_KEYTAB_MISSING },
        { KRB5_KT_END, CONNECT_KEYTAB_MISSING },
        { KRB5_KEYTAB_BADVNO, CONNECT_KEYTAB_MISSING },
        { ENOENT, CONNECT_KEYTAB_MISSING },
        { EACCES, CONNECT_KEYTAB_MISSING },
        { KRB5_KDC_UNREACH, CONNECT_KDC_UNREACHABLE },
        { KRB5_REALM_UNKNOWN, CONNECT_KDC_UNREACHABLE },
        { KRB5KRB_AP_ERR_SKEW, CONNECT_CLOCK_SKEW },
        { KRB5_KDCREP_SKEW, CONNECT_CLOCK_SKEW },
        { KRB5KRB_AP_ERR_TKT_NYV, CONNECT_CLOCK_SKEW },
        { KRB5KDC_ERR_S_PRINCIPAL_UNKNOWN, CONNECT_SERVICE_UNKNOWN },
        { KRB5KDC_ERR_C_PRINCIPAL_UNKNOWN, CONNECT_CREDENTIALS_REFUSED },
        { KRB5KDC_ERR_CLIENT_REVOKED, CONNECT_ACCOUNT_LOCKED },
        { KRB5KDC_ERR_KEY_EXP, CONNECT_PASSWORD_EXPIRED },
        { ENOMEM, CONNECT_INTERNAL },
};

static int login_fail(Login *login, krb5_error_code code, const char *what)
{
        ConnectFailure failure = CONNECT_KERBEROS;
        const char *words;

        if (login->kdc.is_unreachable)
                return attempt_fail(login->attempt, CONNECT_KDC_UNREACHABLE, "%s: %s", what,
                                    login->kdc.why);

        for (size_t i = 0; i < ARRAY_SIZE(failures); i++)
                if (failures[i].code == code)
                        failure = failures[i].failure;

        words = krb5_get_error_message(login->context, code);
        attempt_set_failure(login->attempt, failure, "%s", what);
        attempt_quote(login->attempt, words);
        krb5_free_error_message(login->context, words);
        return -EIO;
}

/* The realm of an AD domain is its name in capitals. */
static char *domain_realm(const Attempt *attempt)
{
        char *realm = strdup(attempt->config.name);

        for (char *p = realm; p && *p; p++)
                if (*p >= 'a' && *p <= 'z')
                        *p -= 'a' - 'A';

        return realm;
}

static int login_open_context(Login *login, const char *client_realm)
{
        Krb5Context krb5;
        krb5_error_code code;

        /* The default realm is for principals without one: the host's own has nothing to do with this domain. */
        code = krb5_context_open(login->realm, client_realm, &krb5);
        if (code == 0)
                code = krb5_set_default_realm(krb5.context, login->realm);
        if (code)
                return attempt_fail(login->attempt, CONNECT_KERBEROS,
                                    "Kerberos configuration cannot be read: %s",
                                    error_message(code));

        krb5_context_done(&login->krb5);
        login->krb5 = krb5;
        login->context = krb5.context;
        kdc_attach(&login->kdc, krb5.context);
        return 0;
}

/* At first the account is taken for the domain's own, as it nearly always is. */
static int login_open_domain(Login *login)
{
        return login_open_context(login, login->realm);
}

/* Opened by ourselves first: krb5 says "no suitable keys" where the file is merely not readable. */
static int check_keytab_file(Attempt *attempt, const char *path, bool is_credential)
{
        struct stat status;
        int fd, r;

        fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
        if (fd < 0)
                return attempt_fail(attempt, CONNECT_KEYTAB_MISSING, "keytab %s: %s", path,
                                    strerror(errno));

        r = fstat(fd, &status) < 0 ? -errno : 0;
        close(fd);
        if (r < 0)
                return attempt_fail_errno(attempt, r, path);

        /* Its group may be ours, who are not its owner: a keytab is root's. */
        if (!is_credential && status.st_mode & S_IROTH)
                return attempt_fail(attempt, CONNECT_KEYTAB_EXPOSED,
                                    "keytab %s may be read by everybody: chmod o-r it", path);
        return 0;
}

/* "MEMORY:…", "FILE:…": whoever names a type knows what it is. */
static int find_keytab(Attempt *attempt, char **ret)
{
        const char *file = attempt->config.keytab;
        _cleanup_free_ char *path = NULL;
        bool is_credential;
        int r;

        r = attempt_secret_path(attempt, file, CONNECT_KEYTAB_MISSING, &path, &is_credential);
        if (r >= 0 && *path == '/')
                r = check_keytab_file(attempt, path, is_credential);
        if (r < 0)
                return r;

        *ret = TAKE_PTR(path);
        return 0;
}

/* The keytab is opened anew for every bind: keys change, and the file is replaced. */
static int login_open_keytab(Login *login)
{
        _cleanup_free_ char *path = NULL;
        krb5_error_code code;
        int r;

        if (login->attempt->config.keytab) {
                r = find_keytab(login->attempt, &path);
                if (r < 0)
                        return r;
                code = krb5_kt_resolve(login->context, path, &login->keytab);
        } else
                code = krb5_kt_client_default(login->context, &login->keytab);

        return code ? login_fail(login, code, "keytab") : 0;
}

static krb5_error_code first_principal(Login *login)
{
        krb5_keytab_entry entry;
        krb5_kt_cursor cursor;
        krb5_error_code code;

        code = krb5_kt_start_seq_get(login->context, login->keytab, &cursor);
        if (code)
                return code;

        code = krb5_kt_next_entry(login->context, login->keytab, &entry, &cursor);
        (void)krb5_kt_end_seq_get(login->context, login->keytab, &cursor);
        if (code)
                return code;

        code = krb5_copy_principal(login->context, entry.principal, &login->client);
        (void)krb5_free_keytab_entry_contents(login->context, &entry);
        return code;
}

static int login_find_client(Login *login)
{
        const char *principal = login->attempt->config.principal;
        krb5_error_code code;

        if (principal)
                code = krb5_parse_name(login->context, principal, &login->client);
        else
                code = first_principal(login);

        return code ? login_fail(login, code, principal ? principal : "keytab") : 0;
}

/*
 * Where it turns out to be another domain's, a context is needed that knows both realms. What was made with the former
 * one stays good: MIT's keytabs and principals do not refer to a context.
 */
static int login_open_realm(Login *login)
{
        const krb5_data *realm = krb5_princ_realm(login->context, login->client);
        _cleanup_free_ char *name = strndup(realm->data, realm->length);

        if (!name)
                return attempt_fail_errno(login->attempt, -ENOMEM, "Kerberos");

        login->kdc.client = login->client;
        return strcmp(name, login->realm) == 0 ? 0 : login_open_context(login, name);
}

static int login_get_ticket(Login *login)
{
        _cleanup_free_ char *what = NULL;
        char *client = NULL;
        krb5_error_code code;

        code = krb5_unparse_name(login->context, login->client, &client);
        if (code == 0 && asprintf(&what, "Kerberos login of %s", client) < 0)
                code = ENOMEM;
        krb5_free_unparsed_name(login->context, client);

        if (code == 0)
                code = krb5_get_init_creds_keytab(login->context, &login->ticket, login->client,
                                                  login->keytab, 0, NULL, NULL);

        return code ? login_fail(login, code, what ? what : "Kerberos login") : 0;
}

/* Named after the domain, so that two domains never share tickets. */
static int cache_name(const Attempt *attempt, char **ret)
{
        return asprintf(ret, "MEMORY:scand-%s", attempt->config.name) < 0 ? -ENOMEM : 0;
}

/*
 * After the first answer of the KDC: krb5 knows by then how far this host's clock is off, and notes it in a cache that
 * is made now. So a bind succeeds in spite of it, and the difference is told by whoever compares the domain's time with
 * ours.
 */
static int login_open_cache(Login *login)
{
        _cleanup_free_ char *name = NULL;
        krb5_error_code code;
        OM_uint32 minor;

        if (cache_name(login->attempt, &name) < 0)
                return attempt_fail_errno(login->attempt, -ENOMEM, "Kerberos");

        code = krb5_cc_resolve(login->context, name, &login->cache);
        if (code == 0)
                code = krb5_cc_initialize(login->context, login->cache, login->client);
        if (code == 0)
                code = krb5_cc_store_cred(login->context, login->cache, &login->ticket);
        if (code)
                return login_fail(login, code, "credential cache");

        /* In MIT's library this holds for the calling thread. */
        if (GSS_ERROR(gss_krb5_ccache_name(&minor, name, NULL)))
                return attempt_fail(login->attempt, CONNECT_KERBEROS,
                                    "GSSAPI does not take the credential cache");

        return 0;
}

/*
 * The ticket for the LDAP service is fetched here as well, so that the bind finds it in the cache and asks no KDC by
 * itself. The name is made exactly as GSSAPI will make it, or it would not be found.
 */
static int login_get_service_ticket(Login *login)
{
        const char *host = login->attempt->target.host;
        krb5_creds wanted = { .client = login->client }, *got = NULL;
        _cleanup_free_ char *what = NULL;
        krb5_error_code code;

        if (asprintf(&what, "Kerberos ticket for ldap/%s", host) < 0)
                return attempt_fail_errno(login->attempt, -ENOMEM, "Kerberos");

        code = krb5_sname_to_principal(login->context, host, "ldap", KRB5_NT_SRV_HST,
                                       &wanted.server);
        if (code == 0)
                code = krb5_get_credentials(login->context, 0, login->cache, &wanted, &got);

        krb5_free_creds(login->context, got);
        krb5_free_principal(login->context, wanted.server);
        return code ? login_fail(login, code, what) : 0;
}

int kerberos_login(Attempt *attempt, const struct sockaddr *server, socklen_t size)
{
        _cleanup_(login_done) Login login = {
                .attempt = attempt,
                .realm = domain_realm(attempt),
                .krb5 = KRB5_CONTEXT_NULL,
                .kdc = { .attempt = attempt, .server = server, .server_size = size },
        };
        static int (*const steps[])(Login * login) = {
                login_open_domain, login_open_keytab, login_find_client,        login_open_realm,
                login_get_ticket,  login_open_cache,  login_get_service_ticket,
        };

        if (!login.realm)
                return attempt_fail_errno(attempt, -ENOMEM, "Kerberos");

        for (size_t i = 0; i < ARRAY_SIZE(steps); i++) {
                int r = steps[i](&login);

                if (r < 0)
                        return r;
        }

        return 0;
}

void kerberos_logout(Attempt *attempt)
{
        _cleanup_free_ char *name = NULL;
        krb5_context context;
        krb5_ccache cache;

        if (cache_name(attempt, &name) < 0 || krb5_init_context(&context) != 0)
                return;

        if (krb5_cc_resolve(context, name, &cache) == 0)
                (void)krb5_cc_destroy(context, cache);

        krb5_free_context(context);
}
