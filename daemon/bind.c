/* SPDX-License-Identifier: MIT */
#include "daemon/bind.h"

#include <errno.h>
#include <gssapi/gssapi.h>
#include <ldap.h>
#include <sasl/sasl.h>
#include <stdio.h>
#include <string.h>

#include "daemon/handle.h"
#include "daemon/secret.h"

/* Less than this is what GSSAPI calls a layer and nobody else would. RC4 has 56 here, AES 256. */
#define SEAL_WEAKEST 56

int bind_check(Attempt *attempt)
{
        const DomainConfig *config = &attempt->config;

        attempt->phase = CONNECT_PHASE_BIND;
        if (config->bind != BIND_SIMPLE && target_is_address(&attempt->target))
                return attempt_fail(attempt, CONNECT_SERVICE_UNKNOWN,
                                    "Kerberos knows servers by name, and %s is an address",
                                    attempt->target.host);

        if (config->bind != BIND_SIMPLE)
                return 0;

        if (config->tls == TLS_NONE)
                return attempt_fail(attempt, CONNECT_NOT_PROTECTED,
                                    "a password is not sent over a connection without TLS");

        /* A simple bind with an empty name is an anonymous one, whatever the password. */
        if (!config->bind_dn || !*config->bind_dn || !config->password_file)
                return attempt_fail(attempt, CONNECT_PASSWORD_FILE,
                                    "a simple bind needs BindDN= and PasswordFile=");

        return 0;
}

/* "data 52e" behind AD's result 49, in hexadecimal Windows error codes. */
static const struct {
        const char *data;
        ConnectFailure failure;
} ad_data[] = {
        { "525", CONNECT_CREDENTIALS_REFUSED }, /* no such user */
        { "52e", CONNECT_CREDENTIALS_REFUSED }, /* wrong password */
        { "530", CONNECT_ACCOUNT_DISABLED },    /* not at this hour */
        { "531", CONNECT_ACCOUNT_DISABLED },    /* not from this machine */
        { "532", CONNECT_PASSWORD_EXPIRED },    { "533", CONNECT_ACCOUNT_DISABLED },
        { "701", CONNECT_ACCOUNT_DISABLED }, /* the account has expired */
        { "773", CONNECT_PASSWORD_EXPIRED }, /* must be changed at the next logon */
        { "775", CONNECT_ACCOUNT_LOCKED },
};

static ConnectFailure ad_failure(const char *diagnosis)
{
        const char *data = strstr(diagnosis, "data ");

        /* SEC_E_BAD_BINDINGS */
        if (strstr(diagnosis, "80090346"))
                return CONNECT_CHANNEL_BINDING;

        for (size_t i = 0; data && i < ARRAY_SIZE(ad_data); i++)
                if (strncmp(data + 5, ad_data[i].data, 3) == 0)
                        return ad_data[i].failure;

        return CONNECT_CREDENTIALS_REFUSED;
}

/* SASL gave up before the server did. */
static ConnectFailure local_failure(const char *diagnosis)
{
        return strstr(diagnosis, "Clock skew") || strstr(diagnosis, "not yet valid")
                       ? CONNECT_CLOCK_SKEW
                       : CONNECT_KERBEROS;
}

ConnectFailure bind_failure(int code, const char *diagnosis)
{
        diagnosis = diagnosis ? diagnosis : "";

        switch (code) {
        case LDAP_INVALID_CREDENTIALS:
                return ad_failure(diagnosis);
        case LDAP_STRONG_AUTH_REQUIRED:
        case LDAP_CONFIDENTIALITY_REQUIRED:
                return CONNECT_STRONG_AUTH;
        case LDAP_SERVER_DOWN:
                return CONNECT_BROKEN;
        case LDAP_LOCAL_ERROR:
                return local_failure(diagnosis);
        case LDAP_NO_MEMORY:
                return CONNECT_INTERNAL;
        default:
                return CONNECT_BIND;
        }
}

static int fail_bind(Attempt *attempt, int code)
{
        char *words = handle_diagnosis(attempt);

        attempt_set_failure(attempt, bind_failure(code, words), "bind: %s", ldap_err2string(code));
        attempt_quote(attempt, words);
        ldap_memfree(words);
        return -EIO;
}

static int read_password(Attempt *attempt, Secret *ret)
{
        _cleanup_free_ char *path = NULL;
        bool is_credential;
        int r;

        r = attempt_secret_path(attempt, attempt->config.password_file, CONNECT_PASSWORD_FILE,
                                &path, &is_credential);
        if (r < 0)
                return r;

        r = secret_read(path, is_credential, ret);
        if (r == 0)
                return 0;
        if (r == SECRET_EXPOSED)
                return attempt_fail(attempt, CONNECT_PASSWORD_FILE,
                                    "%s may be read by others: chmod 600 it", path);
        if (r == SECRET_EMPTY)
                return attempt_fail(attempt, CONNECT_PASSWORD_FILE, "%s is empty", path);
        if (r == SECRET_TOO_LONG)
                return attempt_fail(attempt, CONNECT_PASSWORD_FILE, "%s holds no password", path);

        return attempt_fail(attempt, CONNECT_PASSWORD_FILE, "%s: %s", path, strerror(-r));
}

static int describe_tls(Attempt *attempt, const char *how)
{
        char *version = NULL;
        int r;

        (void)ldap_get_option(attempt->handle, LDAP_OPT_X_TLS_VERSION, &version);
        r = attempt_describe(
                attempt, "%s over %s%s", how, version ? version : "TLS",
                attempt->config.tls_verify ? "" : ", the server's certificate not verified");
        ldap_memfree(version);
        return r;
}

static int bind_simple(Attempt *attempt)
{
        _cleanup_(secret_done) Secret secret = SECRET_NULL;
        struct berval credential;
        int code, r;

        /* Checked at the configuration already; this is the line that sends it. */
        if (!ldap_tls_inplace(attempt->handle))
                return attempt_fail(attempt, CONNECT_NOT_PROTECTED,
                                    "a password is not sent over a connection without TLS");

        r = read_password(attempt, &secret);
        if (r < 0)
                return r;

        credential = (struct berval){ .bv_val = secret.data, .bv_len = secret.size };
        code = ldap_sasl_bind_s(attempt->handle, attempt->config.bind_dn, LDAP_SASL_SIMPLE,
                                &credential, NULL, NULL, NULL);
        if (code != LDAP_SUCCESS)
                return fail_bind(attempt, code);

        return describe_tls(attempt, "simple bind");
}

/*
 * Nobody is there to be asked; the only question is "on whose behalf", and the answer is our own. It comes at the one
 * moment when SASL's context exists and has not looked for credentials yet, so they are handed in here. Without them
 * Debian's Cyrus SASL acquires new ones at every step of a bind inside TLS, and forgets all but the last: 9 to 17 KB a
 * bind.
 */
static int on_interact(LDAP *handle, unsigned flags, void *credential, void *interaction)
{
        for (sasl_interact_t *i = interaction; i->id != SASL_CB_LIST_END; i++) {
                i->result = "";
                i->len = 0;
        }

        /* Where it is refused, SASL finds the same ones by itself. */
        (void)ldap_set_option(handle, LDAP_OPT_X_SASL_GSS_CREDS, credential);
        return LDAP_SUCCESS;
}

/*
 * AD allows no SASL layer inside TLS ([MS-ADTS] 5.1.1.1.2), and without TLS there is nothing but the layer. Binding to
 * the TLS channel is what protects against relaying then.
 */
static int set_sasl_options(Attempt *attempt, bool has_tls)
{
        static const int binding = LDAP_OPT_X_SASL_CBINDING_TLS_ENDPOINT;
        int r;

        r = ldap_set_option(attempt->handle, LDAP_OPT_X_SASL_SECPROPS,
                            has_tls ? "noanonymous,noplain,minssf=0,maxssf=0"
                                    : "noanonymous,noplain,minssf=56");
        if (r == LDAP_OPT_SUCCESS && has_tls)
                r = ldap_set_option(attempt->handle, LDAP_OPT_X_SASL_CBINDING, &binding);

        return r == LDAP_OPT_SUCCESS ? 0 : -EIO;
}

/* With the tickets that kerberos_login() got: they are this thread's default. */
static int sasl_bind(Attempt *attempt, const char *mechanism)
{
        gss_cred_id_t credential = GSS_C_NO_CREDENTIAL;
        OM_uint32 minor;
        int code;

        if (GSS_ERROR(gss_acquire_cred(&minor, GSS_C_NO_NAME, GSS_C_INDEFINITE, GSS_C_NO_OID_SET,
                                       GSS_C_INITIATE, &credential, NULL, NULL)))
                return attempt_fail(attempt, CONNECT_KERBEROS, "GSSAPI does not find the tickets");

        code = ldap_sasl_interactive_bind_s(attempt->handle, NULL, mechanism, NULL, NULL,
                                            LDAP_SASL_QUIET, on_interact, credential);
        (void)gss_release_cred(&minor, &credential);
        return code == LDAP_SUCCESS ? 0 : fail_bind(attempt, code);
}

static int bind_sasl(Attempt *attempt)
{
        const char *mechanism = attempt->config.bind == BIND_SPNEGO ? "GSS-SPNEGO" : "GSSAPI";
        bool has_tls = ldap_tls_inplace(attempt->handle);
        ber_len_t ssf = 0;
        int r;

        if (set_sasl_options(attempt, has_tls) < 0)
                return attempt_fail(attempt, CONNECT_INTERNAL,
                                    "libldap does not take SASL options");

        r = sasl_bind(attempt, mechanism);
        if (r < 0)
                return r;

        if (has_tls)
                return describe_tls(attempt, mechanism);

        /* What was demanded is measured as well: everything that follows relies on it. */
        if (ldap_get_option(attempt->handle, LDAP_OPT_X_SASL_SSF, &ssf) != LDAP_OPT_SUCCESS ||
            ssf < SEAL_WEAKEST)
                return attempt_fail(attempt, CONNECT_NOT_PROTECTED,
                                    "%s was negotiated with %lu bits, and %d are the least",
                                    mechanism, (unsigned long)ssf, SEAL_WEAKEST);

        return attempt_describe(attempt, "%s, sealed with %lu bits", mechanism, (unsigned long)ssf);
}

int bind_handle(Attempt *attempt)
{
        attempt->phase = CONNECT_PHASE_BIND;
        return attempt->config.bind == BIND_SIMPLE ? bind_simple(attempt) : bind_sasl(attempt);
}
