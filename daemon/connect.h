/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * One attempt to get a bound, protected connection to one domain controller: DNS, TCP, TLS,
 * Kerberos, bind. All of it blocks, so it runs in a thread that lives for this attempt only and
 * always ends by itself or at the deadline. The result comes back into the loop after the thread
 * was joined.
 *
 *   connect_start → (thread) → done → connect_take → session_new;  connect_free on a later turn
 *
 * At most one attempt runs in the process: libldap's TLS set-up and krb5's first use race
 * otherwise.
 */

#include <stdbool.h>
#include <stdint.h>
#include <systemd/sd-event.h>

#include "daemon/discover.h"
#include "lib/core/config.h"
#include "lib/core/util.h"

struct ldap; /* libldap's handle: opaque to all but connect.c and session.c */

typedef struct Connect Connect;

/* Why there is no connection: name, the code that stands in health.json and never changes, meaning. */
/* clang-format off */
#define CONNECT_FAILURE_TABLE(X)                                                                      \
        X(OK,                  "ok",                   "connected")                                   \
        X(CANCELLED,           "cancelled",            "given up by us")                              \
        X(INTERNAL,            "internal-error",       "no memory or no descriptors: ours")           \
        X(DNS,                 "dns-failure",          "the lookup failed or was not answered")       \
        X(NO_SERVERS,          "no-servers",           "DNS knows no domain controller of the domain") \
        X(TIMEOUT,             "connect-timeout",      "silent until the deadline, on TCP or later")  \
        X(REFUSED,             "connect-refused",      "nobody listens on that port")                 \
        X(UNREACHABLE,         "connect-unreachable",  "no route, or no network at all")              \
        X(BROKEN,              "connection-closed",    "closed in the middle of TLS or bind")         \
        X(TLS,                 "tls-failed",           "the handshake failed, or StartTLS was refused") \
        X(TLS_UNTRUSTED,       "tls-untrusted",        "the certificate is not signed by a known CA, or not valid now") \
        X(TLS_NAME,            "tls-name",             "the certificate is for another name")         \
        X(CA_FILE,             "ca-file",              "CAFile= cannot be read, or holds no certificate") \
        X(NOT_PROTECTED,       "not-protected",        "refused by us: a password in the clear, or too weak a seal") \
        X(PASSWORD_FILE,       "password-file",        "missing, empty, or readable by others")       \
        X(KEYTAB_MISSING,      "keytab-missing",       "no such file, not readable, or the principal is not in it") \
        X(KEYTAB_EXPOSED,      "keytab-exposed",       "everybody on this machine may read it")       \
        X(KEYTAB_STALE,        "keytab-stale",         "its key is not the account's any more")       \
        X(KDC_UNREACHABLE,     "kdc-unreachable",      "the KDC does not answer")                     \
        X(CLOCK_SKEW,          "clock-skew",           "this clock and the KDC's are too far apart")  \
        X(SERVICE_UNKNOWN,     "service-unknown",      "the KDC knows no ldap/ principal of that host name") \
        X(KERBEROS,            "kerberos-failed",      "anything else of Kerberos")                   \
        X(CREDENTIALS_REFUSED, "credentials-refused",  "no such account, or a wrong password")        \
        X(ACCOUNT_DISABLED,    "account-disabled",     "disabled or expired")                         \
        X(ACCOUNT_LOCKED,      "account-locked",       "locked, disabled or expired: Kerberos does not say which") \
        X(PASSWORD_EXPIRED,    "password-expired",     "or to be changed at the next logon")          \
        X(STRONG_AUTH,         "strong-auth-required", "the server wants signing, sealing or TLS")    \
        X(CHANNEL_BINDING,     "channel-binding",      "the server saw another TLS channel than we did") \
        X(BIND,                "bind-failed",          "anything else the server answered to the bind")
/* clang-format on */

typedef enum ConnectFailure {
#define CONNECT_FAILURE_ENUM(name, code, meaning) CONNECT_##name,
        CONNECT_FAILURE_TABLE(CONNECT_FAILURE_ENUM)
#undef CONNECT_FAILURE_ENUM
} ConnectFailure;

const char *connect_failure_code(ConnectFailure failure); /* "dns-failure", …; CONNECT_OK: "ok" */

/* How far it came, for `scand --check` and for logs. */
typedef enum ConnectPhase {
        CONNECT_PHASE_LOOKUP,  /* SRV records, where no servers are configured */
        CONNECT_PHASE_RESOLVE, /* the name's addresses */
        CONNECT_PHASE_TCP,
        CONNECT_PHASE_TLS,
        CONNECT_PHASE_KERBEROS, /* keytab and KDC */
        CONNECT_PHASE_BIND,
        CONNECT_PHASE_DONE,
} ConnectPhase;

const char *connect_phase_name(ConnectPhase phase); /* "DNS lookup", "TLS", … */

/* Lives as long as its Connect. */
typedef struct ConnectResult {
        ConnectFailure failure;
        ConnectPhase phase;  /* where it failed; CONNECT_PHASE_DONE with CONNECT_OK */
        const char *target;  /* "dc1.corp.example:636"; NULL: it came to no target */
        const char *host;    /* its host alone; NULL likewise */
        const char *address; /* the numeric address in use; NULL: it came to no connection */
        /*
         * One sentence for the log without a full stop: what failed, with the library's or the server's words, escaped.
         * With CONNECT_OK how it is protected: "GSSAPI, sealed with 256 bits".
         */
        const char *text;
        unsigned n_servers;    /* how many domain controllers are known */
        unsigned milliseconds; /* the attempt took */
} ConnectResult;

/* Runs in the loop, exactly once per connect_start() that returned 0, unless connect_free() came first. */
typedef void (*ConnectDone)(Connect *connect, const ConnectResult *result, void *userdata);

typedef struct ConnectSettings {
        const DomainConfig *config; /* copied from: need not outlive connect_start() */
        const char *
                credentials_directory; /* of systemd, for PasswordFile=credential:NAME; NULL: none */
        unsigned timeout;              /* seconds for the whole attempt */
} ConnectSettings;

/*
 * To be called once by main, before any thread: ignores /etc/ldap/ldap.conf and ~/.ldaprc, makes libldap set itself up,
 * and keeps krb5 from rewriting server names by reverse DNS. Sets environment variables. 0 or negative errno.
 */
int connect_prepare(void);

/*
 * Starts an attempt at the DC that `discover` chooses (it must outlive the Connect) and tells it the outcome before
 * calling `done`. 0, -ENOMEM, -EBUSY (another attempt is running: queue), or another negative errno.
 */
int connect_start(sd_event *event, Discover *discover, const ConnectSettings *settings,
                  ConnectDone done, void *userdata, Connect **ret);

/* Is an attempt running in this process? */
bool connect_is_busy(void);

/*
 * Ends the attempt early: `done` still comes, on a later turn, with CONNECT_CANCELLED. Immediate but in DNS, where the
 * thread ends with its current query (at most some seconds, and never more than the resolver's own limits). The choice
 * of DC is kept.
 */
void connect_cancel(Connect *connect);

/*
 * Gives the bound handle away, to session_new(). Only in or after `done` with CONNECT_OK, once; whoever does not take
 * it need not care: connect_free() closes it.
 */
struct ldap *connect_take(Connect *connect);

/*
 * Not from its own callback. While the attempt runs it cancels and waits for the thread, which blocks as said at
 * connect_cancel(): for the way out of the program only.
 */
Connect *connect_free(Connect *connect);
DEFINE_CLEANUP(Connect, connect_free)
