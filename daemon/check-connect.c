/* SPDX-License-Identifier: MIT */
#include "daemon/check-internal.h"

/*
 * What to do, for each way in which there may be no connection. The text of the failure itself stands above it. `is_servers` tells
 * what another domain controller may do better: a wrong password is wrong everywhere, and each try counts towards a lockout.
 */
static const struct {
        bool is_servers;
        const char *text;
} advices[] = {
        [CONNECT_OK] = { false, NULL },
        [CONNECT_CANCELLED] = { false, NULL },
        [CONNECT_INTERNAL] = { false, "This machine has no memory, descriptors or threads left." },
        [CONNECT_DNS] = { true,
                          "Ask the same yourself: getent hosts NAME. /etc/resolv.conf must name "
                          "DNS servers that know the domain." },
        [CONNECT_NO_SERVERS] = { false,
                                 "/etc/resolv.conf must name the domain's own DNS servers; or name "
                                 "domain controllers by Servers=." },
        [CONNECT_TIMEOUT] = { true,
                              "A firewall drops what is sent, most likely. Needed are 389 or 636, "
                              "and 88 for Kerberos, TCP." },
        [CONNECT_REFUSED] = { true, "It runs, but nobody listens there. Is it a domain controller, "
                                    "and is "
                                    "the port right? LDAPS needs a certificate on it." },
        [CONNECT_UNREACHABLE] = { true, "Look at this machine's routes: ip route get ADDRESS." },
        [CONNECT_BROKEN] = { true,
                             "A firewall or load balancer between may do that; LDAPS without a "
                             "certificate on the server does." },
        [CONNECT_TLS] = { true, "Has the server a certificate for LDAP? openssl s_client -connect "
                                "HOST:636 shows it." },
        [CONNECT_TLS_UNTRUSTED] = { true,
                                    "Put the certificate of the company's authority into a file "
                                    "and "
                                    "name it by CAFile=.\n"
                                    "openssl s_client -showcerts -connect HOST:636 shows the chain "
                                    "and its dates." },
        [CONNECT_TLS_NAME] = { true,
                               "Name the server in Servers= as its certificate does, not by an "
                               "alias or address." },
        [CONNECT_CA_FILE] = { false, "CAFile= must be a file in PEM format that the user scand can "
                                     "read." },
        [CONNECT_NOT_PROTECTED] = { false, "Use Bind=gssapi, or TLS=ldaps or TLS=starttls with a "
                                           "password." },
        [CONNECT_PASSWORD_FILE] = { false,
                                    "Make it a file with the password alone, of the user scand and "
                                    "mode 0400; or a credential of the service." },
        [CONNECT_KEYTAB_MISSING] = { false, "Make one by ktpass or msktutil, and: install -o scand "
                                            "-g scand "
                                            "-m 400 scand.keytab /etc/scand/scand.keytab\n"
                                            "klist -k FILE shows which principals are in it." },
        [CONNECT_KEYTAB_EXPOSED] = { false, "Who reads it is the account. chown scand:scand and "
                                            "chmod 400, "
                                            "and give the account a new password." },
        [CONNECT_KEYTAB_STALE] = { false,
                                   "The password was set after the keytab was made: make a new "
                                   "one. "
                                   "klist -k FILE shows its version, and\n"
                                   "Get-ADUser ACCOUNT -Properties msDS-KeyVersionNumber the "
                                   "account's." },
        [CONNECT_KDC_UNREACHABLE] = { true,
                                      "Kerberos needs port 88 of the domain controller, TCP; KDC= "
                                      "names another one." },
        [CONNECT_CLOCK_SKEW] = { false, "Kerberos allows five minutes. Let this machine take its "
                                        "time from "
                                        "the domain: chronyc sources, timedatectl." },
        [CONNECT_SERVICE_UNKNOWN] = { false,
                                      "Name the domain controller in Servers= by its full name, as "
                                      "it is in the directory." },
        [CONNECT_KERBEROS] = { true, NULL },
        [CONNECT_CREDENTIALS_REFUSED] = { false,
                                          "Look at the account's name and password, and do not try "
                                          "too often: it may be locked for that." },
        [CONNECT_ACCOUNT_DISABLED] = { false, "Enable it, or prolong it: Enable-ADAccount ACCOUNT, "
                                              "Clear-ADAccountExpiration ACCOUNT. Logon hours\n"
                                              "and workstations count as well." },
        [CONNECT_ACCOUNT_LOCKED] = { false,
                                     "Unlock-ADAccount ACCOUNT; and find out who tries a wrong "
                                     "password. It may also be disabled or expired." },
        [CONNECT_PASSWORD_EXPIRED] = { false,
                                       "Set a new one, that does not expire, and make a new keytab "
                                       "or password file with it." },
        [CONNECT_STRONG_AUTH] = { false, "Use Bind=gssapi, or TLS=ldaps or TLS=starttls." },
        [CONNECT_CHANNEL_BINDING] = { false,
                                      "What ends TLS between here and the server must go: connect "
                                      "to the domain controller itself." },
        [CONNECT_BIND] = { false, NULL },
};

/* The steps of an attempt in their order: Kerberos comes before TLS, see steps.c. */
static const struct {
        ConnectPhase phase;
        const char *what;
} steps[] = {
        { CONNECT_PHASE_LOOKUP, "DNS" },     { CONNECT_PHASE_RESOLVE, "name" },
        { CONNECT_PHASE_TCP, "connection" }, { CONNECT_PHASE_KERBEROS, "Kerberos" },
        { CONNECT_PHASE_TLS, "TLS" },        { CONNECT_PHASE_BIND, "bind" },
};

static bool is_taken(const DomainConfig *config, ConnectPhase phase)
{
        switch (phase) {
        case CONNECT_PHASE_LOOKUP:
                return !config->servers;
        case CONNECT_PHASE_KERBEROS:
                return config->bind != BIND_SIMPLE;
        case CONNECT_PHASE_TLS:
                return config->tls != TLS_NONE;
        case CONNECT_PHASE_RESOLVE:
        case CONNECT_PHASE_TCP:
        case CONNECT_PHASE_BIND:
                return true;
        case CONNECT_PHASE_DONE:
                break;
        }

        return false;
}

static void tell_step(Check *check, size_t step, const ConnectResult *result)
{
        const DomainConfig *config = check->domain_config;
        const char *what = steps[step].what, *site;

        switch (steps[step].phase) {
        case CONNECT_PHASE_LOOKUP:
                site = discover_site(check->discover);
                check_line(check, CHECK_GOOD, what, "%u domain controller%s; site %s",
                           result->n_servers, result->n_servers == 1 ? "" : "s",
                           site ?: "not known");
                break;
        case CONNECT_PHASE_RESOLVE:
                check_line(check, CHECK_GOOD, what, "%s is %s", result->host, result->address);
                break;
        case CONNECT_PHASE_TCP:
                check_line(check, CHECK_GOOD, what, "%s answers", result->target);
                break;
        case CONNECT_PHASE_KERBEROS:
                check_line(check, CHECK_GOOD, what,
                           "the keytab is the account's, the clocks agree");
                break;
        case CONNECT_PHASE_TLS:
                if (config->tls_verify)
                        check_line(check, CHECK_GOOD, what,
                                   "the certificate is trusted, valid, and for that name");
                else {
                        check_line(check, CHECK_REMARK, what, "the certificate is not looked at");
                        check_advice(check,
                                     "Anybody between can be the server. Remove TLSVerify=no, "
                                     "and name the authority by CAFile=.");
                }
                break;
        case CONNECT_PHASE_BIND:
                check_line(check, CHECK_GOOD, what, "%s", result->text);
                break;
        case CONNECT_PHASE_DONE:
                break;
        }
}

static size_t step_of(ConnectPhase phase)
{
        size_t i = 0;

        while (i < ARRAY_SIZE(steps) && steps[i].phase != phase)
                i++;
        return i;
}

/* A bind that cannot work is found before anything is connected: then nothing has been shown to work. */
static size_t steps_passed(const ConnectResult *result)
{
        if (result->failure != CONNECT_OK && !result->address &&
            step_of(result->phase) > step_of(CONNECT_PHASE_TCP))
                return 0;

        return step_of(result->phase);
}

bool check_tell_connection(Check *check, const ConnectResult *result)
{
        bool again = result->failure != CONNECT_OK && advices[result->failure].is_servers &&
                     check->n_tries < result->n_servers;
        size_t n = steps_passed(result);

        for (size_t i = 0; i < n; i++)
                if (is_taken(check->domain_config, steps[i].phase) &&
                    (steps[i].phase != CONNECT_PHASE_RESOLVE || result->address))
                        tell_step(check, i, result);
        if (result->failure == CONNECT_OK)
                return false;

        check_line(check, again ? CHECK_REMARK : CHECK_BAD,
                   steps[step_of(result->phase) % ARRAY_SIZE(steps)].what, "%s (%s)", result->text,
                   connect_failure_code(result->failure));
        if (advices[result->failure].text)
                check_advice(check, "%s", advices[result->failure].text);
        if (again)
                check_advice(check, "Trying the next domain controller.");
        return again;
}
