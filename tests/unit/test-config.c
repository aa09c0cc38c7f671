/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <syslog.h>
#include <unistd.h>

#include "lib/core/config-internal.h"
#include "lib/core/evaluate.h"
#include "tests/unit/check-main.h"

/* --- files for a test --- */

static char directory[] = "/tmp/scand-test-config-XXXXXX";
static char main_file[64], drop_ins[64];

static void set_up(void)
{
        strcpy(directory + strlen(directory) - 6, "XXXXXX");
        ck_assert_ptr_nonnull(mkdtemp(directory));
        (void)snprintf(main_file, sizeof(main_file), "%s/c", directory);
        (void)snprintf(drop_ins, sizeof(drop_ins), "%s/c.d", directory);
        ck_assert_int_eq(mkdir(drop_ins, 0700), 0);
}

static void tear_down(void)
{
        char command[128];

        (void)snprintf(command, sizeof(command), "rm -rf %s", directory);
        ck_assert_int_eq(system(command), 0);
}

static void write_bytes(const char *path, const void *data, size_t size)
{
        FILE *file = fopen(path, "we");

        ck_assert_ptr_nonnull(file);
        ck_assert_uint_eq(fwrite(data, 1, size, file), size);
        ck_assert_int_eq(fclose(file), 0);
}

static void write_drop_in(const char *name, const char *text)
{
        char path[128];

        (void)snprintf(path, sizeof(path), "%s/%s", drop_ins, name);
        write_bytes(path, text, strlen(text));
}

/* Loads the text as the main file; it must be right. */
static Config *load(const char *text)
{
        _cleanup_free_ char *error = NULL;
        Config *config = NULL;

        write_bytes(main_file, text, strlen(text));
        ck_assert_msg(config_load(main_file, drop_ins, &config, &error) == 0, "%s", error);
        ck_assert_ptr_null(error);
        return config;
}

/* It must be wrong; the problems, with the directory cut out of the names. */
static char *problems_of_bytes(const void *data, size_t size)
{
        char *error = NULL, *from, *to, *found;
        Config *config = NULL;
        size_t n = strlen(directory) + 1;

        write_bytes(main_file, data, size);
        ck_assert_int_eq(config_load(main_file, drop_ins, &config, &error), -EINVAL);
        ck_assert_ptr_null(config);
        ck_assert_ptr_nonnull(error);

        for (from = to = error; (found = strstr(from, directory)); from = found + n) {
                memmove(to, from, (size_t)(found - from));
                to += found - from;
        }
        memmove(to, from, strlen(from) + 1);
        return error;
}

static char *problems(const char *text)
{
        return problems_of_bytes(text, strlen(text));
}

#define DOMAIN "[domain corp.example.com]\n"

/* --- what is taken --- */

START_TEST(five_lines_are_a_configuration)
{
        _cleanup_(config_freep) Config *config = NULL;
        const DomainConfig *domain;

        config = load(DOMAIN "Servers=dc1.corp.example.com\nKeytab=/etc/scand/scand.keytab\n"
                             "[tenant]\nVerifiedDomain=example.com\n");
        ck_assert_uint_eq(config->n_domains, 1);
        domain = &config->domains[0];
        ck_assert_str_eq(domain->name, "corp.example.com");
        ck_assert_str_eq(domain->servers[0], "dc1.corp.example.com");
        ck_assert_ptr_null(domain->servers[1]);
        ck_assert_str_eq(domain->keytab, "/etc/scand/scand.keytab");
        ck_assert_str_eq(config->tenant.verified_domains[0], "example.com");
        ck_assert_str_eq(domain->file, main_file);
        ck_assert_uint_eq(domain->line, 1);
}
END_TEST

START_TEST(what_is_not_given_has_its_fallback)
{
        _cleanup_(config_freep) Config *config = NULL;
        const DomainConfig *domain;

        config = load(DOMAIN);
        ck_assert_str_eq(config->state_directory, "/var/lib/scand");
        ck_assert_str_eq(config->runtime_directory, "/run/scand");
        ck_assert_int_eq(config->log_level, LOG_INFO);
        ck_assert_uint_eq(config->poll_interval, 30);
        ck_assert_uint_eq(config->page_size, 1000);
        ck_assert_uint_eq(config->keep_deleted_days, 35);
        ck_assert_uint_eq(config->keep_events_days, 400);
        ck_assert_uint_eq(config->stage_memory_mib, 32);

        domain = &config->domains[0];
        ck_assert_ptr_null(domain->servers);
        ck_assert_int_eq(domain->bind, BIND_GSSAPI);
        ck_assert_int_eq(domain->tls, TLS_NONE);
        ck_assert(domain->tls_verify);
        ck_assert_uint_eq(domain->poll_interval, 30);
}
END_TEST

START_TEST(the_tables_fallbacks_are_those_of_the_tenant)
{
        _cleanup_(config_freep) Config *config = NULL;
        Tenant tenant;

        ck_assert_int_eq(config_new(&config), 0);
        tenant_init(&tenant);
        ck_assert_int_eq(config->tenant.login_attribute, tenant.login_attribute);
        ck_assert_int_eq(config->tenant.source_anchor, tenant.source_anchor);
        ck_assert_int_eq(config->tenant.user_match, tenant.user_match);
        ck_assert_int_eq(config->tenant.password_hash_sync, tenant.password_hash_sync);
        ck_assert_uint_eq(config->tenant.member_limit, tenant.member_limit);
        ck_assert_uint_eq(config->tenant.deletion_threshold, tenant.deletion_threshold);
        ck_assert(!config->tenant.user_match_is_set && !config->tenant.source_anchor_is_set);
        tenant_done(&tenant);
}
END_TEST

START_TEST(every_option_is_taken)
{
        _cleanup_(config_freep) Config *config = NULL;
        const DomainConfig *domain;
        const Tenant *tenant;

        config = load(
                "[scand]\nLogLevel=debug\nPollInterval=10\nConnectTimeout=5\nRequestTimeout=60\n"
                "PageSize=500\nStateDirectory=/srv/state\nRuntimeDirectory=/srv/run\n"
                "[storage]\nKeepDeletedDays=1\nKeepEventsDays=2\nStageMemoryMiB=3\n"
                "[domain "
                "a.example]\nServers=dc1.a.example\nSite=Paris\nBind=spnego\nKeytab=credential:"
                "keytab\n"
                "Principal=scand@A.EXAMPLE\nKDC=kdc.a.example:88\nTLS=starttls\nTLSVerify="
                "no\nCAFile=/etc/ca.pem\n"
                "IncludeOU=OU=One,DC=a,DC=example\nIncludeOU=OU=Two\\, Three,DC=a,DC=example\n"
                "ExcludeOU=OU=Four,OU=One,DC=a,DC=example\nPollInterval=20\n"
                "[domain "
                "b.example]\nServers=10.0.0.1\nBind=simple\nBindDN=scand@b.example\nPasswordFile=/"
                "etc/pw\n"
                "[tenant]\nInitialDomain=Contoso.onmicrosoft.com\nVerifiedDomain=one.example, "
                "two.example\n"
                "VerifiedDomain=Three.example\nLoginAttribute=mail\nUserMatch=samaccountname+"
                "mailnickname\n"
                "SourceAnchor=objectGUID\nRoutingDomain=contoso.mail.onmicrosoft."
                "com\nPasswordHashSync=yes\n"
                "MemberLimit=50000\nDeletionThreshold=100\nConnectorBuild=2.4.18."
                "0\nConnectorAccount=MSOL_1\n"
                "GroupFilter=CN=Sync,DC=a,DC=example\nQuota=300000\n"
                "[rule upn-missing]\nSeverity=notice\n[rule mail-invalid]\nEnabled=no\n");

        ck_assert_int_eq(config->log_level, LOG_DEBUG);
        ck_assert_uint_eq(config->connect_timeout, 5);
        ck_assert_uint_eq(config->request_timeout, 60);
        ck_assert_uint_eq(config->page_size, 500);
        ck_assert_str_eq(config->state_directory, "/srv/state");
        ck_assert_str_eq(config->runtime_directory, "/srv/run");
        ck_assert_uint_eq(config->keep_deleted_days, 1);
        ck_assert_uint_eq(config->keep_events_days, 2);
        ck_assert_uint_eq(config->stage_memory_mib, 3);

        domain = config_find_domain(config, "A.example");
        ck_assert_ptr_nonnull(domain);
        ck_assert_str_eq(domain->site, "Paris");
        ck_assert_int_eq(domain->bind, BIND_SPNEGO);
        ck_assert_str_eq(domain->keytab, "credential:keytab");
        ck_assert_str_eq(domain->principal, "scand@A.EXAMPLE");
        ck_assert_str_eq(domain->kdc, "kdc.a.example:88");
        ck_assert_int_eq(domain->tls, TLS_STARTTLS);
        ck_assert(!domain->tls_verify);
        ck_assert_str_eq(domain->ca_file, "/etc/ca.pem");
        ck_assert_str_eq(domain->include_ou[0], "OU=One,DC=a,DC=example");
        ck_assert_str_eq(domain->include_ou[1], "OU=Two\\, Three,DC=a,DC=example");
        ck_assert_ptr_null(domain->include_ou[2]);
        ck_assert_str_eq(domain->exclude_ou[0], "OU=Four,OU=One,DC=a,DC=example");
        ck_assert_uint_eq(domain->poll_interval, 20);

        domain = config_find_domain(config, "b.example");
        ck_assert_int_eq(domain->bind, BIND_SIMPLE);
        ck_assert_int_eq(domain->tls, TLS_LDAPS);
        ck_assert_str_eq(domain->bind_dn, "scand@b.example");
        ck_assert_str_eq(domain->password_file, "/etc/pw");
        ck_assert_uint_eq(domain->poll_interval, 10);

        tenant = &config->tenant;
        ck_assert_str_eq(tenant->initial_domain, "contoso.onmicrosoft.com");
        ck_assert_str_eq(tenant->verified_domains[2], "three.example");
        ck_assert_ptr_null(tenant->verified_domains[3]);
        ck_assert_int_eq(tenant->login_attribute, ATTRIBUTE_MAIL);
        ck_assert_int_eq(tenant->user_match, USER_MATCH_SAM_AND_NICKNAME);
        ck_assert(tenant->user_match_is_set);
        ck_assert_int_eq(tenant->source_anchor, ATTRIBUTE_OBJECT_GUID);
        ck_assert(tenant->source_anchor_is_set);
        ck_assert_str_eq(tenant->routing_domain, "contoso.mail.onmicrosoft.com");
        ck_assert_int_eq(tenant->password_hash_sync, 1);
        ck_assert_uint_eq(tenant->member_limit, 50000);
        ck_assert_uint_eq(tenant->deletion_threshold, 100);
        ck_assert_str_eq(tenant->connector_build, "2.4.18.0");
        ck_assert_str_eq(tenant->connector_account, "MSOL_1");
        ck_assert_str_eq(tenant->group_filter, "CN=Sync,DC=a,DC=example");
        ck_assert_int_eq(tenant->quota, 300000);

        ck_assert_uint_eq(config->n_rules, 2);
        ck_assert_str_eq(config->rules[0].id, "upn-missing");
        ck_assert(config->rules[0].has_severity && !config->rules[0].is_disabled);
        ck_assert_int_eq(config->rules[0].severity, SEVERITY_NOTICE);
        ck_assert(!config->rules[1].has_severity && config->rules[1].is_disabled);
}
END_TEST

START_TEST(user_match_may_be_an_attribute)
{
        _cleanup_(config_freep) Config *config = load("[tenant]\nUserMatch=employeeid\n");

        ck_assert_int_eq(config->tenant.user_match, USER_MATCH_ATTRIBUTE);
        ck_assert_int_eq(config->tenant.user_match_attribute, ATTRIBUTE_EMPLOYEE_ID);
}
END_TEST

START_TEST(names_of_sections_and_options_match_in_any_case)
{
        _cleanup_(config_freep) Config *config = NULL;

        config = load("[SCAND]\npollinterval=44\n[Domain CORP.example.com]\nservers=a.example\n"
                      "[domain corp.EXAMPLE.com]\nSERVERS=b.example\n");
        ck_assert_uint_eq(config->poll_interval, 44);
        ck_assert_uint_eq(config->n_domains, 1);
        ck_assert_str_eq(config->domains[0].name, "corp.example.com");
        ck_assert_str_eq(config->domains[0].servers[1], "b.example");
}
END_TEST

START_TEST(comments_blank_lines_carriage_returns_and_a_mark_do_no_harm)
{
        _cleanup_(config_freep) Config *config = NULL;

        config = load("\xef\xbb\xbf# a comment\r\n\r\n; another\r\n[scand]\r\n  \r\nPollInterval = "
                      "44 \r\n" DOMAIN "Site=M\xc3\xbcnchen");
        ck_assert_uint_eq(config->poll_interval, 44);
        ck_assert_str_eq(config->domains[0].site, "M\xc3\xbcnchen");
}
END_TEST

START_TEST(a_long_value_is_whole)
{
        _cleanup_(config_freep) Config *config = NULL;
        _cleanup_free_ char *text = malloc(200 * 1024);
        size_t n;

        n = (size_t)sprintf(text, DOMAIN "Site=");
        memset(text + n, 'x', 100 * 1024);
        strcpy(text + n + 100 * 1024, "\nPollInterval=44\n");
        config = load(text);
        ck_assert_uint_eq(strlen(config->domains[0].site), 100 * 1024);
        ck_assert_uint_eq(config->domains[0].poll_interval, 44);
}
END_TEST

/* --- several files --- */

START_TEST(drop_ins_decide_in_the_order_of_their_names)
{
        _cleanup_(config_freep) Config *config = NULL;

        write_drop_in("20-b.conf", "[scand]\nPollInterval=22\n");
        write_drop_in("10-a.conf", "[scand]\nPollInterval=11\nPageSize=100\n");
        write_drop_in("30-c.conf.disabled", "[scand]\nPollInterval=33\n");
        write_drop_in(".40-d.conf", "[scand]\nPollInterval=44\n");
        config = load("[scand]\nPollInterval=5\nPageSize=50\nConnectTimeout=7\n");
        ck_assert_uint_eq(config->poll_interval, 22);
        ck_assert_uint_eq(config->page_size, 100);
        ck_assert_uint_eq(config->connect_timeout, 7);
}
END_TEST

START_TEST(drop_ins_add_to_lists_and_an_empty_value_begins_anew)
{
        _cleanup_(config_freep) Config *config = NULL;

        write_drop_in("a.conf", "[tenant]\nVerifiedDomain=three.example\n" DOMAIN
                                "Servers=\nServers=dc3.corp.example.com\nSite=\n");
        config = load("[tenant]\nVerifiedDomain=one.example\nVerifiedDomain=two.example\n" DOMAIN
                      "Servers=dc1.corp.example.com dc2.corp.example.com\nSite=Paris\n");
        ck_assert_str_eq(config->tenant.verified_domains[2], "three.example");
        ck_assert_str_eq(config->domains[0].servers[0], "dc3.corp.example.com");
        ck_assert_ptr_null(config->domains[0].servers[1]);
        ck_assert_ptr_null(config->domains[0].site);
}
END_TEST

START_TEST(a_drop_in_may_bring_a_domain_and_is_named_when_wrong)
{
        _cleanup_free_ char *error = NULL;

        write_drop_in("a.conf", "[domain other.example]\nBind=simple\n");
        error = problems(DOMAIN);
        ck_assert_str_eq(error, "c.d/a.conf:1: [domain other.example] BindDN=: is missing; "
                                "Bind=simple needs the account's DN "
                                "or UPN\n"
                                "c.d/a.conf:1: [domain other.example] PasswordFile=: is missing; "
                                "Bind=simple needs a file or "
                                "credential:NAME\n");
}
END_TEST

START_TEST(a_missing_file_is_an_error_and_missing_drop_ins_are_none)
{
        _cleanup_(config_freep) Config *config = NULL, *none = NULL;
        _cleanup_free_ char *error = NULL;

        ck_assert_int_eq(rmdir(drop_ins), 0);
        config = load(DOMAIN);
        ck_assert_int_eq(unlink(main_file), 0);
        ck_assert_int_eq(config_load(main_file, drop_ins, &none, &error), -ENOENT);
        ck_assert_ptr_nonnull(strstr(error, "cannot be read: No such file"));
        ck_assert_ptr_null(none);
}
END_TEST

START_TEST(a_directory_and_a_huge_file_are_refused)
{
        _cleanup_free_ char *error = NULL, *other = NULL, *text = calloc(1, 2 * 1024 * 1024);
        Config *config = NULL;

        ck_assert_int_eq(config_load(drop_ins, NULL, &config, &error), -EISDIR);
        memset(text, '\n', 2 * 1024 * 1024);
        write_bytes(main_file, text, 2 * 1024 * 1024);
        ck_assert_int_eq(config_load(main_file, NULL, &config, &other), -EFBIG);
}
END_TEST

START_TEST(an_empty_file_is_a_configuration_without_domains)
{
        _cleanup_(config_freep) Config *config = load("");

        ck_assert_uint_eq(config->n_domains, 0);
}
END_TEST

/* --- what is refused: the text, and the whole answer --- */

/* clang-format off */
static const struct {
        const char *text;
        const char *answer;
} wrong[] = {
        /* form */
        { "PollInterval=3\n[scand]\n",
          "c:1: this stands before the first section; put a [section] above it\n" },
        { "[scand]\nPollInterval\n[scand\n=3\n[]\n",
          "c:2: this is neither a [section] nor Option=value nor a # comment\n"
          "c:3: a section's title must end with ] and nothing behind it\n"
          "c:4: there is no option's name before the equal sign\n"
          "c:5: a section needs a title, as in [scand]\n" },
        { DOMAIN "Servers=a.example,\n  b.example\n\tc.example\n",
          "c:3: a line must not begin with a blank; for a list, give its option again\n"
          "c:4: a line must not begin with a blank; for a list, give its option again\n" },
        { "[scand] # comment\n", "c:1: a section's title must end with ] and nothing behind it\n" },
        { "[scand]\nP\xc3\xb6ll=3\n", "c:2: there is no such option; options' names are plain ASCII\n" },
        { "[scand]\n# caf\xe9\n", "c:2: this line is not UTF-8\n" },
        { "[default]\nPageSize=3\n",
          "c:1: [default] there is no such section; there are [scand], [storage], [tenant], [domain NAME] and [rule ID]\n" },

        /* names */
        { "[scnad]\nPollInterval=3\n",
          "c:1: [scnad] there is no such section; there are [scand], [storage], [tenant], [domain NAME] and [rule ID]"
          "; did you mean [scand]?\n" },
        { "[domain]\n",
          "c:1: [domain] there is no such section; there are [scand], [storage], [tenant], [domain NAME] and [rule ID]"
          "; did you mean [domain]?\n" },
        { "[domain corp..example]\nNonsense=1\n",
          "c:1: [domain corp..example] this is no domain; write [domain corp.example.com]\n" },
        { "[scand]\nPolInterval=3\n", "c:2: [scand] PolInterval=: there is no such option; did you mean PollInterval=?\n" },
        { DOMAIN "Server=a.example\n",
          "c:2: [domain corp.example.com] Server=: there is no such option; did you mean Servers=?\n" },
        { DOMAIN "LoginAttribute=mail\n",
          "c:2: [domain corp.example.com] LoginAttribute=: there is no such option in this section; it belongs into [tenant]\n" },
        { DOMAIN "Password=hunter2\n",
          "c:2: [domain corp.example.com] Password=: there is no such option in this section\n" },
        { "[rule upn-misssing]\nEnabled=no\n",
          "c:1: [rule upn-misssing] scand has no such rule (scanctl rules lists them), and for one of your own Filter= is "
          "missing; did you mean [rule upn-missing]?\n" },
        { "[rule upn-missing]\nFilter=(mail=*)\n",
          "c:2: [rule upn-missing] Filter=: upn-missing is a rule of scand's, which takes Severity= and Enabled= only; a rule of "
          "your own needs a name of its own\n" },

        /* rules of one's own */
        { "[rule ours]\nFilter=(mail=*)\n",
          "c:1: [rule ours] scand has no such rule (scanctl rules lists them), and for one of your own Class= is missing\n" },
        { "[rule Our Rule]\nFilter=(mail=*)\n",
          "c:1: [rule Our Rule] this is no name of a rule; write small letters, digits and hyphens, 64 at most: "
          "[rule no-sync-marker]\n" },
        { "[rule ours]\nClass=excluded\nFilter=(&(mail=*)(maill=a))\n",
          "c:3: [rule ours] Filter=: at \"maill=a))\": scand does not read an attribute of that name; did you mean mail?\n" },
        { "[rule ours]\nClass=excluded\nFilter=(&(mail=*)(sn=a)\n",
          "c:3: [rule ours] Filter=: at the end: \")\" is missing here\n" },
        { "[rule ours]\nClass=excluded\nFilter=(|(mail=*)(member=CN=a,DC=b))\n",
          "c:3: [rule ours] Filter=: member is not read with the objects: groups may have hundreds of thousands of members; ask for "
          "(memberOf=GROUP) instead\n" },
        { "[rule ours]\nClass=excluded\nFilter=(directReports=*)\n",
          "c:3: [rule ours] Filter=: directReports can be asked about one person at a time: "
          "(directReports=CN=…)\n" },
        { "[rule ours]\nClass=excluded\nFilter=(!(manager:1.2.840.113556.1.4.1941:=*))\n",
          "c:3: [rule ours] Filter=: manager can be asked in chain about one person at a time: "
          "(manager:1.2.840.113556.1.4.1941:=CN=…)\n" },
        { "[rule ours]\nClass=excluded\nFilter=(!(memberOf=*))\n",
          "c:3: [rule ours] Filter=: memberOf can be asked about one group at a time: (memberOf=CN=…)\n" },
        { DOMAIN "Filter=(memberOf=*)\n",
          "c:2: [domain corp.example.com] Filter=: memberOf can be asked about one group at a time: (memberOf=CN=…)\n" },
        { DOMAIN "Filter=(mail=\n", "c:2: [domain corp.example.com] Filter=: at the end: a value is missing; \"any value\" is "
                                    "written \"=*\"\n" },
        { "[rule ours]\nClass=excluded\nFilter=(dsServiceName=a)\n",
          "c:3: [rule ours] Filter=: at \"a)\": the value of dsServiceName is no distinguished name\n" },
        { "[rule ours]\nClass=exclude\nFilter=(mail=*)\n",
          "c:2: [rule ours] Class=: 'exclude' is none of excluded, fails, altered, directory\n"
          "c:1: [rule ours] scand has no such rule (scanctl rules lists them), and for one of your own Class= is missing\n" },
        { "[rule ours]\nClass=excluded\nFilter=(mail=*)\nKinds=user, computer\n",
          "c:4: [rule ours] Kinds=: 'computer' is none of user, inetOrgPerson, contact, group\n" },
        { "[rule ours]\nClass=excluded\nFilter=(mail=*)\nCertainty=maybe\n",
          "c:4: [rule ours] Certainty=: 'maybe' is neither certain nor probable\n" },
        { "[rule ours]\nClass=excluded\nFilter=(mail=*)\nAttribute=member\n",
          "c:4: [rule ours] Attribute=: 'member' is not read with the objects: groups may have hundreds of thousands of members; "
          "ask for (memberOf=GROUP) instead\n" },

        /* values */
        { "[scand]\nPollInterval=1\n", "c:2: [scand] PollInterval=: '1' is no whole number from 2 to 3600\n" },
        { "[scand]\nPollInterval=30s\n",
          "c:2: [scand] PollInterval=: '30s' is no whole number from 2 to 3600; seconds are meant, without a unit\n" },
        { "[scand]\nPageSize=-5\n", "c:2: [scand] PageSize=: '-5' is no whole number from 10 to 1000\n" },
        { "[tenant]\nQuota=99999999999999999999999\n",
          "c:2: [tenant] Quota=: '99999999999999999999999' is no whole number from 1 to 1000000000\n" },
        { "[scand]\nLogLevel=debg\n",
          "c:2: [scand] LogLevel=: 'debg' is none of error, warning, notice, info, debug; did you mean debug?\n" },
        { "[scand]\nLogLevel=debug # for now\n",
          "c:2: [scand] LogLevel=: 'debug # for now' is none of error, warning, notice, info, debug"
          "; a comment must stand on a line of its own\n" },
        { "[scand]\nStateDirectory=var/lib\n",
          "c:2: [scand] StateDirectory=: 'var/lib' is no absolute path, it must begin with /\n" },
        { "[tenant]\nPasswordHashSync=maybe\n", "c:2: [tenant] PasswordHashSync=: 'maybe' is neither yes nor no\n" },
        { "[tenant]\nLoginAttribute=userPrincipalNam\n",
          "c:2: [tenant] LoginAttribute=: 'userPrincipalNam' is no attribute that scand reads; did you mean userPrincipalName?\n" },
        { "[tenant]\nUserMatch=shoesize\n",
          "c:2: [tenant] UserMatch=: 'shoesize' is none of none, mail, sid, samaccountname+mailnickname, nor an attribute that "
          "scand reads\n" },
        { "[tenant]\nVerifiedDomain=a.example, b..example\n", "c:2: [tenant] VerifiedDomain=: 'b..example' is no domain name\n" },
        { "[tenant]\nConnectorBuild=two\n",
          "c:2: [tenant] ConnectorBuild=: 'two' is no version, it must be like 2.4.18.0\n" },
        { "[tenant]\nGroupFilter=Sync\n", "c:2: [tenant] GroupFilter=: 'Sync' is no distinguished name\n" },
        { "[rule upn-missing]\nSeverity=fatal\n",
          "c:2: [rule upn-missing] Severity=: 'fatal' is none of error, warning, notice\n" },
        { "[scand]\nPageSize=20\nPageSize=30\n", "c:3: [scand] PageSize=: already given on line 2\n" },
        { "[scand]\nPageSize=20\n[storage]\n[scand]\npagesize=30\n", "c:5: [scand] PageSize=: already given on line 2\n" },

        /* domains */
        { DOMAIN "Servers=dc1:0\n",
          "c:2: [domain corp.example.com] Servers=: 'dc1:0' is no server, it must be a name or an address, with :PORT if need be\n" },
        { DOMAIN "Servers=dc1.corp.example.com\nServers=10.0.0.1\n",
          "c:3: [domain corp.example.com] Servers=: 10.0.0.1 is an address; Kerberos needs the domain controller's name\n" },
        { DOMAIN "Bind=simple\nBindDN=a\nPasswordFile=/etc/pw\nTLS=none\n",
          "c:5: [domain corp.example.com] TLS=: a simple bind would send the password in the clear; take TLS=ldaps, TLS=starttls "
          "or Bind=gssapi\n" },
        { DOMAIN "Bind=simple\nBindDN=a\nPasswordFile=/etc/pw\nKeytab=/etc/kt\nPrincipal=a\nKDC=k.example\n",
          "c:5: [domain corp.example.com] Keytab=: means nothing with Bind=simple\n"
          "c:6: [domain corp.example.com] Principal=: means nothing with Bind=simple\n"
          "c:7: [domain corp.example.com] KDC=: means nothing with Bind=simple\n" },
        { DOMAIN "BindDN=a\nPasswordFile=/etc/pw\nCAFile=/etc/ca\nTLSVerify=no\n",
          "c:2: [domain corp.example.com] BindDN=: means something with Bind=simple only\n"
          "c:3: [domain corp.example.com] PasswordFile=: means something with Bind=simple only\n"
          "c:4: [domain corp.example.com] CAFile=: means something with TLS=ldaps or TLS=starttls only\n"
          "c:5: [domain corp.example.com] TLSVerify=: means something with TLS=ldaps or TLS=starttls only\n" },
        { DOMAIN "Keytab=credential:../../etc/shadow\n",
          "c:2: [domain corp.example.com] Keytab=: 'credential:../../etc/shadow' names no credential, it must be "
          "credential:NAME\n" },
        { DOMAIN "IncludeOU=OU=Staff\nIncludeOU=OU=Staff,DC=other,DC=example\nExcludeOU=Staff\n",
          "c:2: [domain corp.example.com] IncludeOU=: OU=Staff is not in this domain\n"
          "c:3: [domain corp.example.com] IncludeOU=: OU=Staff,DC=other,DC=example is not in this domain\n"
          "c:4: [domain corp.example.com] ExcludeOU=: 'Staff' is no distinguished name; give the option again for each one\n" },

        /* all of them at once, whatever kind */
        { "[scnad]\n[scand]\nPageSize=x\n" DOMAIN "Bind=kerberos\nBindDN=a\n",
          "c:1: [scnad] there is no such section; there are [scand], [storage], [tenant], [domain NAME] and [rule ID]"
          "; did you mean [scand]?\n"
          "c:3: [scand] PageSize=: 'x' is no whole number from 10 to 1000\n"
          "c:5: [domain corp.example.com] Bind=: 'kerberos' is none of gssapi, spnego, simple\n"
          "c:6: [domain corp.example.com] BindDN=: means something with Bind=simple only\n" },
};
/* clang-format on */

START_TEST(what_is_wrong_is_named_with_file_line_and_remedy)
{
        _cleanup_free_ char *error = problems(wrong[_i].text);

        ck_assert_str_eq(error, wrong[_i].answer);
}
END_TEST

/* Cut at the NUL, the path would be another one. */
START_TEST(a_nul_is_refused)
{
        static const char text[] = "[scand]\nStateDirectory=/var/lib\0/scand\n";
        _cleanup_free_ char *error = problems_of_bytes(text, sizeof(text) - 1);

        ck_assert_str_eq(error, "c:2: this line is not UTF-8\n");
}
END_TEST

START_TEST(other_encodings_are_refused)
{
        static const char text[] = "\xff\xfe[\0s\0c\0a\0n\0d\0]\0\n\0";
        _cleanup_free_ char *error = problems_of_bytes(text, sizeof(text) - 1);

        ck_assert_ptr_nonnull(strstr(error, "c:1: this line is not UTF-8\n"));
}
END_TEST

START_TEST(a_value_with_control_characters_is_shown_escaped)
{
        _cleanup_free_ char *error = problems("[scand]\nLogLevel=\x1b[31m\n");

        ck_assert_ptr_null(strchr(error, '\x1b'));
}
END_TEST

/* --- comparing --- */

#define BASE                                                                                       \
        "[scand]\nPageSize=500\n[tenant]\nVerifiedDomain=example.com\n" DOMAIN                     \
        "Servers=dc1.corp.example.com\nSite=Paris\n"

static const struct {
        const char *text;
        ConfigEffect global, domain;
        bool derives_anew;
} changes[] = {
        { BASE, CONFIG_SAME, CONFIG_SAME, false },
        { BASE "[scand]\nLogLevel=debug\n", CONFIG_RELOAD, CONFIG_SAME, false },
        { BASE "[scand]\nStateDirectory=/srv\nLogLevel=debug\n", CONFIG_RESTART, CONFIG_SAME,
          false },
        { BASE "[scand]\nPollInterval=31\n", CONFIG_RELOAD, CONFIG_RELOAD, false },
        { BASE "[tenant]\nMemberLimit=7\n", CONFIG_REEVALUATE, CONFIG_SAME, true },
        { BASE "[tenant]\nUserMatch=none\n", CONFIG_REEVALUATE, CONFIG_SAME, true },
        { BASE "[rule upn-missing]\nEnabled=no\n", CONFIG_REEVALUATE, CONFIG_SAME, true },
        { BASE "[rule upn-missing]\nSeverity=error\n", CONFIG_REEVALUATE, CONFIG_SAME, true },
        { BASE "[rule upn-missing]\nEnabled=yes\n", CONFIG_SAME, CONFIG_SAME, false },
        { BASE "[rule ours]\nClass=altered\nFilter=(sn=a)\n", CONFIG_REEVALUATE, CONFIG_SAME, true },
        { BASE "Bind=spnego\n", CONFIG_SAME, CONFIG_RECONNECT, false },
        { BASE "ExcludeOU=OU=x,DC=corp,DC=example,DC=com\n", CONFIG_SAME, CONFIG_REEVALUATE, true },
        { BASE "KDC=kdc.example\nExcludeOU=OU=x,DC=corp,DC=example,DC=com\n", CONFIG_SAME,
          CONFIG_RECONNECT, true },
        { BASE "[domain other.example]\n", CONFIG_SAME, CONFIG_SAME, true },
        { "[domain other.example]\n" BASE, CONFIG_SAME, CONFIG_SAME, true },
};

START_TEST(changes_ask_for_what_the_manual_says)
{
        _cleanup_(config_freep) Config *before = load(BASE), *after = load(changes[_i].text);
        const char *option = NULL;

        ck_assert_int_eq(config_compare(before, after, &option), changes[_i].global);
        ck_assert_int_eq(option != NULL, changes[_i].global != CONFIG_SAME);
        ck_assert_int_eq(config_compare_domain(config_find_domain(before, "corp.example.com"),
                                               config_find_domain(after, "corp.example.com")),
                         changes[_i].domain);
        ck_assert_int_eq(config_derivation(before) != config_derivation(after),
                         changes[_i].derives_anew);
}
END_TEST

START_TEST(what_needs_a_restart_is_named)
{
        _cleanup_(config_freep) Config *before = load(BASE), *after = NULL;
        const char *option;

        after = load(BASE
                     "[scand]\nLogLevel=debug\nRuntimeDirectory=/srv\n[tenant]\nMemberLimit=7\n");
        ck_assert_int_eq(config_compare(before, after, &option), CONFIG_RESTART);
        ck_assert_str_eq(option, "RuntimeDirectory");
}
END_TEST

START_TEST(the_order_of_sections_derives_nothing_new)
{
        _cleanup_(config_freep) Config *before = NULL, *after = NULL;

        before = load("[domain a.example]\n[domain b.example]\n[rule "
                      "upn-missing]\nEnabled=no\n[rule mail-invalid]\nEnabled=no\n");
        after = load("[rule mail-invalid]\nEnabled=no\n[domain b.example]\n[rule "
                     "upn-missing]\nEnabled=no\n[domain a.example]\n");
        ck_assert_uint_eq(config_derivation(before), config_derivation(after));
}
END_TEST

START_TEST(a_domain_that_comes_or_goes_connects)
{
        _cleanup_(config_freep) Config *config = load(BASE);

        ck_assert_int_eq(config_compare_domain(NULL, &config->domains[0]), CONFIG_RECONNECT);
        ck_assert_int_eq(config_compare_domain(&config->domains[0], NULL), CONFIG_RECONNECT);
        ck_assert_int_eq(config_compare_domain(NULL, NULL), CONFIG_SAME);
}
END_TEST

/* --- rules of one's own --- */

START_TEST(a_rule_of_ones_own_is_a_rule)
{
        _cleanup_(config_freep) Config *config =
                load("[rule upn-missing]\nEnabled=no\n"
                     "[rule no-sync]\nClass=excluded\nKinds=group, user\nFilter= (| (employeeType=x*)(sn=y) ) \nSeverity=notice\n"
                     "Certainty=probable\nAttribute=department\nAdvice=Ask Anna; she knows.\n"
                     "[rule second]\nClass=fails\nFilter=(title=boss)\n");
        const Rule *rule = config_find_rule(config, "no-sync");
        AttributeSet set = {};

        ck_assert_ptr_nonnull(rule);
        ck_assert_ptr_null(rule_find("no-sync"));
        ck_assert_ptr_eq(config_own_rule(config, 0), rule);
        ck_assert_ptr_eq(config_own_rule(config, 1), config_find_rule(config, "second"));
        ck_assert_ptr_null(config_own_rule(config, 2));
        ck_assert_ptr_eq(config_find_rule(config, "upn-missing"), rule_find("upn-missing"));
        ck_assert_ptr_null(config_find_rule(config, "third"));

        ck_assert_str_eq(rule_id(rule), "no-sync");
        ck_assert_int_eq(rule_class(rule), RULE_EXCLUDED);
        ck_assert_int_eq(rule_severity(rule), SEVERITY_NOTICE);
        ck_assert_int_eq(rule_certainty(rule), CERTAINTY_PROBABLE);
        ck_assert_uint_eq(rule_kinds(rule), kind_mask(KIND_USER) | kind_mask(KIND_GROUP));
        ck_assert_int_eq(rule_attribute(rule), ATTRIBUTE_DEPARTMENT);
        ck_assert_str_eq(rule_advice(rule), "Ask Anna; she knows.");
        ck_assert_str_eq(rule_title(rule), "rule of this site: no sync");
        ck_assert_str_eq(rule_condition(rule), "Matches (|(employeeType=x*)(sn=y)).");
        ck_assert_str_eq(rule_filter(rule),
                         "(&(|(&(objectClass=user)(!(objectClass=computer))(!(objectClass=inetOrgPerson)))"
                         "(objectClass=group))(|(employeeType=x*)(sn=y)))");
        ck_assert(rule_filter_is_exact(rule));
        ck_assert_uint_ge(rule_index(rule), rule_count());
        ck_assert_uint_ne(rule_index(rule), rule_index(config_own_rule(config, 1)));

        /* What nobody else asks for is asked for. */
        evaluate_attributes(&config->tenant, &set);
        ck_assert(!attribute_set_has(&set, ATTRIBUTE_EMPLOYEE_TYPE));
        config_attributes(config, &set);
        ck_assert(attribute_set_has(&set, ATTRIBUTE_EMPLOYEE_TYPE));

        rule = config_own_rule(config, 1);
        ck_assert_int_eq(rule_severity(rule), SEVERITY_WARNING);
        ck_assert_int_eq(rule_attribute(rule), ATTRIBUTE_TITLE);
        ck_assert_ptr_nonnull(strstr(rule_source(rule), ":11: [rule second]"));
        ck_assert_ptr_nonnull(strstr(rule_advice(rule), "[rule second]"));
}
END_TEST

START_TEST(a_drop_in_may_change_a_rule_of_ones_own)
{
        _cleanup_(config_freep) Config *config = NULL;

        write_drop_in("10-rule.conf", "[rule ours]\nFilter=\nFilter=(sn=b)\nKinds=\nAttribute=\nAdvice=\nSeverity=\n");
        config = load("[rule ours]\nClass=altered\nFilter=(sn=a)\nKinds=user\nAttribute=mail\nAdvice=x\nSeverity=error\n");
        ck_assert_str_eq(rule_condition(config_own_rule(config, 0)), "Matches (sn=b).");
        ck_assert_uint_ne(rule_kinds(config_own_rule(config, 0)), kind_mask(KIND_USER));
        ck_assert_int_eq(rule_attribute(config_own_rule(config, 0)), ATTRIBUTE_SN);
        ck_assert_int_eq(rule_severity(config_own_rule(config, 0)), SEVERITY_WARNING);
        ck_assert_str_ne(rule_advice(config_own_rule(config, 0)), "x");
}
END_TEST

/* Each option of a rule of one's own decides verdicts or what is told of them. */
static const char *const rule_options[] = {
        "Class=fails\nFilter=(sn=a)\n",
        "Class=altered\nFilter=(sn=b)\n",
        "Class=altered\nFilter=(sn=a)\nKinds=user\n",
        "Class=altered\nFilter=(sn=a)\nCertainty=probable\n",
        "Class=altered\nFilter=(sn=a)\nSeverity=error\n",
        "Class=altered\nFilter=(sn=a)\nAttribute=mail\n",
        "Class=altered\nFilter=(sn=a)\nAdvice=x\n",
        "Class=altered\nFilter=(sn=a)\nEnabled=no\n",
};

START_TEST(each_option_of_a_rule_of_ones_own_derives_anew)
{
        _cleanup_(config_freep) Config *before = load("[rule ours]\nClass=altered\nFilter=(sn=a)\n");
        _cleanup_(config_freep) Config *same = load("# moved\n[rule ours]\nFilter= ( sn=a)\n# no change\nClass=altered\n");
        _cleanup_(config_freep) Config *after = NULL;
        _cleanup_free_ char *text = NULL;

        ck_assert_int_gt(asprintf(&text, "[rule ours]\n%s", rule_options[_i]), 0);
        after = load(text);
        ck_assert_int_eq(config_compare(before, after, NULL), CONFIG_REEVALUATE);
        ck_assert(config_derivation(before) != config_derivation(after));
        ck_assert(config_derivation(before) == config_derivation(same));
}
END_TEST

/* --- the table --- */

START_TEST(every_option_says_what_it_is)
{
        const ConfigOption *option;
        size_t n = 0;

        for (; (option = config_option(n)); n++) {
                ck_assert_str_ne(option->help, "");
                ck_assert_str_ne(option->syntax, "");
                ck_assert_int_ne(option->effect, CONFIG_SAME);
                ck_assert_ptr_eq(&config_find_entry(option->section, option->name)->option, option);
        }
        ck_assert_uint_gt(n, 30);
}
END_TEST

Suite *test_suite(void)
{
        Suite *suite = suite_create("config");
        TCase *tcase = tcase_create("config");

        tcase_add_checked_fixture(tcase, set_up, tear_down);
        tcase_add_test(tcase, five_lines_are_a_configuration);
        tcase_add_test(tcase, what_is_not_given_has_its_fallback);
        tcase_add_test(tcase, the_tables_fallbacks_are_those_of_the_tenant);
        tcase_add_test(tcase, every_option_is_taken);
        tcase_add_test(tcase, user_match_may_be_an_attribute);
        tcase_add_test(tcase, names_of_sections_and_options_match_in_any_case);
        tcase_add_test(tcase, comments_blank_lines_carriage_returns_and_a_mark_do_no_harm);
        tcase_add_test(tcase, a_long_value_is_whole);
        tcase_add_test(tcase, drop_ins_decide_in_the_order_of_their_names);
        tcase_add_test(tcase, drop_ins_add_to_lists_and_an_empty_value_begins_anew);
        tcase_add_test(tcase, a_drop_in_may_bring_a_domain_and_is_named_when_wrong);
        tcase_add_test(tcase, a_missing_file_is_an_error_and_missing_drop_ins_are_none);
        tcase_add_test(tcase, a_directory_and_a_huge_file_are_refused);
        tcase_add_test(tcase, an_empty_file_is_a_configuration_without_domains);
        tcase_add_loop_test(tcase, what_is_wrong_is_named_with_file_line_and_remedy, 0,
                            ARRAY_SIZE(wrong));
        tcase_add_test(tcase, a_nul_is_refused);
        tcase_add_test(tcase, other_encodings_are_refused);
        tcase_add_test(tcase, a_value_with_control_characters_is_shown_escaped);
        tcase_add_loop_test(tcase, changes_ask_for_what_the_manual_says, 0, ARRAY_SIZE(changes));
        tcase_add_test(tcase, what_needs_a_restart_is_named);
        tcase_add_test(tcase, the_order_of_sections_derives_nothing_new);
        tcase_add_test(tcase, a_domain_that_comes_or_goes_connects);
        tcase_add_test(tcase, a_rule_of_ones_own_is_a_rule);
        tcase_add_test(tcase, a_drop_in_may_change_a_rule_of_ones_own);
        tcase_add_loop_test(tcase, each_option_of_a_rule_of_ones_own_derives_anew, 0,
                            ARRAY_SIZE(rule_options));
        tcase_add_test(tcase, every_option_says_what_it_is);
        suite_add_tcase(suite, tcase);
        return suite;
}
