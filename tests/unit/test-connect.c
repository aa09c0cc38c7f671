/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <krb5/krb5.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/bind.h"
#include "tests/unit/check-main.h"
#include "tests/unit/net-bench.h"

#define with_bench(name, ...)                                                                      \
        _cleanup_(bench_freep) Bench *name =                                                       \
                bench_new((const char *const[]){ __VA_ARGS__ __VA_OPT__(, ) NULL })

START_TEST(a_simple_bind_goes_over_ldaps)
{
        with_bench(bench);

        ck_assert_int_eq(bench_connect(bench), CONNECT_OK);
        ck_assert_int_eq(bench->phase, CONNECT_PHASE_DONE);
        ck_assert_ptr_nonnull(strstr(bench->text, "simple bind over TLS"));
        bench_expect_count(bench, "connections 1 open 1 binds 1 searches 0");
}
END_TEST

START_TEST(a_simple_bind_goes_over_starttls)
{
        _cleanup_free_ char *ca_file = NULL;
        with_bench(bench);
        const char *options[] = { "--ca-file",  NULL,     "--user", "CN=scand",
                                  "--password", "secret", NULL };
        _cleanup_(peer_freep) Peer *peer = NULL;

        ca_file = bench_path(bench, "ca2.pem");
        options[1] = ca_file;
        peer = peer_new(options);
        bench->config.ca_file = ca_file;
        bench->config.tls = TLS_STARTTLS;
        bench_aim(bench, "127.0.0.1", peer->port);
        ck_assert_msg(bench_connect(bench) == CONNECT_OK, "%s", bench->text);

        peer_command(peer, "fault no-starttls");
        ck_assert_int_eq(bench_connect(bench), CONNECT_TLS);
        ck_assert_int_eq(bench->phase, CONNECT_PHASE_TLS);
        ck_assert_ptr_nonnull(strstr(bench->text, "StartTLS was refused"));
}
END_TEST

START_TEST(a_password_is_never_sent_in_the_clear)
{
        with_bench(bench);

        bench->config.tls = TLS_NONE;
        ck_assert_int_eq(bench_connect(bench), CONNECT_NOT_PROTECTED);
        bench_expect_count(bench, "connections 0 open 0 binds 0 searches 0");
}
END_TEST

START_TEST(a_bind_without_name_is_never_made)
{
        with_bench(bench);

        bench->config.bind_dn = (char *)"";
        ck_assert_int_eq(bench_connect(bench), CONNECT_PASSWORD_FILE);
        bench->config.bind_dn = NULL;
        ck_assert_int_eq(bench_connect(bench), CONNECT_PASSWORD_FILE);
        bench_expect_count(bench, "connections 0 open 0 binds 0 searches 0");
}
END_TEST

START_TEST(a_wrong_password_is_told_from_other_refusals)
{
        with_bench(bench);

        bench_write(bench, "password", "Secret\n", 0600);
        ck_assert_int_eq(bench_connect(bench), CONNECT_CREDENTIALS_REFUSED);
        ck_assert_int_eq(bench->phase, CONNECT_PHASE_BIND);
        ck_assert_ptr_nonnull(strstr(bench->text, "data 52e"));
        ck_assert_ptr_null(strstr(bench->text, "Secret"));
}
END_TEST

START_TEST(a_password_file_must_be_the_services_own)
{
        with_bench(bench);
        _cleanup_free_ char *link = bench_path(bench, "link"),
                            *missing = bench_path(bench, "missing");

        static const unsigned exposed[] = { 0640, 0604, 0610, 0601, 0666 };

        for (size_t i = 0; i < ARRAY_SIZE(exposed); i++) {
                bench_write(bench, "password", "secret\n", exposed[i]);
                ck_assert_int_eq(bench_connect(bench), CONNECT_PASSWORD_FILE);
        }

        bench_write(bench, "password", "\n", 0600);
        ck_assert_int_eq(bench_connect(bench), CONNECT_PASSWORD_FILE);

        bench_write(bench, "password", "secret", 0400);
        ck_assert_int_eq(bench_connect(bench), CONNECT_OK);

        ck_assert_int_eq(symlink(bench->password_file, link), 0);
        bench->config.password_file = link;
        ck_assert_int_eq(bench_connect(bench), CONNECT_PASSWORD_FILE);
        bench->config.password_file = missing;
        ck_assert_int_eq(bench_connect(bench), CONNECT_PASSWORD_FILE);
        ck_assert_int_eq(mkfifo(missing, 0600), 0);
        ck_assert_int_eq(bench_connect(bench), CONNECT_PASSWORD_FILE);
}
END_TEST

START_TEST(a_systemd_credential_is_found_by_its_name)
{
        with_bench(bench);

        bench_write(bench, "ldap", "secret", 0444);
        bench->config.password_file = (char *)"credential:ldap";
        ck_assert_int_eq(bench_connect(bench), CONNECT_PASSWORD_FILE);
        bench->settings.credentials_directory = bench->folder;
        ck_assert_msg(bench_connect(bench) == CONNECT_OK, "%s", bench->text);
        bench->config.password_file = (char *)"credential:../ldap";
        ck_assert_int_eq(bench_connect(bench), CONNECT_PASSWORD_FILE);
}
END_TEST

START_TEST(a_certificate_of_an_unknown_ca_is_refused)
{
        with_bench(bench);
        with_bench(other);

        bench->config.ca_file = other->ca_file;
        ck_assert_int_eq(bench_connect(bench), CONNECT_TLS_UNTRUSTED);
        bench_expect_count(bench, "connections 1 open 0 binds 0 searches 0");
        bench->config.ca_file = NULL;
        ck_assert(bench_connect(bench) == CONNECT_TLS_UNTRUSTED ||
                  bench->failure == CONNECT_CA_FILE);
        bench->config.tls_verify = false;
        ck_assert_int_eq(bench_connect(bench), CONNECT_OK);
        ck_assert_ptr_nonnull(strstr(bench->text, "not verified"));
}
END_TEST

START_TEST(an_expired_certificate_is_refused)
{
        with_bench(bench, "--expired");

        ck_assert_int_eq(bench_connect(bench), CONNECT_TLS_UNTRUSTED);
}
END_TEST

START_TEST(a_certificate_for_another_name_is_told_apart)
{
        with_bench(bench, "--names", "DNS:dc9.corp.example,IP:10.9.8.7");

        ck_assert_int_eq(bench_connect(bench), CONNECT_TLS_NAME);
        ck_assert_ptr_nonnull(strstr(bench->text, "127.0.0.1"));
}
END_TEST

START_TEST(a_ca_file_that_is_none_is_named)
{
        with_bench(bench);
        _cleanup_free_ char *empty = bench_path(bench, "empty.pem"),
                            *missing = bench_path(bench, "missing.pem");

        bench_write(bench, "empty.pem", "nothing\n", 0644);
        bench->config.ca_file = empty;
        ck_assert_int_eq(bench_connect(bench), CONNECT_CA_FILE);
        bench->config.ca_file = missing;
        ck_assert_int_eq(bench_connect(bench), CONNECT_CA_FILE);
        ck_assert_ptr_nonnull(strstr(bench->text, missing));
}
END_TEST

START_TEST(a_server_that_speaks_old_tls_only_is_refused)
{
        with_bench(bench, "--old-tls");

        ck_assert_int_eq(bench_connect(bench), CONNECT_TLS);
        ck_assert_int_eq(bench->phase, CONNECT_PHASE_TLS);
        bench_expect_count(bench, "connections 1 open 0 binds 0 searches 0");
        bench->config.tls_verify = false;
        ck_assert_int_eq(bench_connect(bench), CONNECT_TLS);
}
END_TEST

/* Deadlines: the loop must beat on, and the attempt must end by itself. */

START_TEST(a_server_that_accepts_and_says_nothing_is_given_up)
{
        with_bench(bench);

        peer_command(bench->peer, "fault deaf");
        bench_give_up(bench, CONNECT_TIMEOUT, CONNECT_PHASE_TLS);
}
END_TEST

START_TEST(a_server_that_is_silent_after_tls_is_given_up)
{
        with_bench(bench);

        peer_command(bench->peer, "fault silence");
        bench_give_up(bench, CONNECT_TIMEOUT, CONNECT_PHASE_BIND);
}
END_TEST

START_TEST(a_silent_starttls_is_given_up)
{
        with_bench(bench);

        peer_command(bench->peer, "fault deaf");
        bench->config.tls = TLS_STARTTLS;
        bench_give_up(bench, CONNECT_TIMEOUT, CONNECT_PHASE_TLS);
}
END_TEST

/* A listening socket nobody accepts from; with its queue full, SYNs are dropped. */
static int make_listener(unsigned *ret_port, int fill[static 8], size_t n_fill)
{
        struct sockaddr_in address = { .sin_family = AF_INET,
                                       .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
        socklen_t size = sizeof(address);
        int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

        ck_assert_int_eq(bind(fd, (struct sockaddr *)&address, size), 0);
        ck_assert_int_eq(listen(fd, 0), 0);
        ck_assert_int_eq(getsockname(fd, (struct sockaddr *)&address, &size), 0);
        for (size_t i = 0; i < n_fill; i++) {
                fill[i] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
                (void)connect(fill[i], (struct sockaddr *)&address, size);
        }
        /* The first of them takes the only place. */
        if (n_fill > 0)
                ck_assert_int_eq(poll(&(struct pollfd){ .fd = fill[0], .events = POLLOUT }, 1, -1),
                                 1);

        *ret_port = ntohs(address.sin_port);
        return fd;
}

START_TEST(a_server_that_drops_syns_is_given_up)
{
        with_bench(bench);
        unsigned port;
        int fill[8], fd = make_listener(&port, fill, 8);

        bench_aim(bench, "127.0.0.1", port);
        bench_give_up(bench, CONNECT_TIMEOUT, CONNECT_PHASE_TCP);

        for (size_t i = 0; i < ARRAY_SIZE(fill); i++)
                close(fill[i]);
        close(fd);
}
END_TEST

START_TEST(a_port_where_nobody_listens_is_refused_at_once)
{
        with_bench(bench);
        unsigned port;
        int fill[8], fd = make_listener(&port, fill, 0);

        close(fd);
        bench_aim(bench, "127.0.0.1", port);
        ck_assert_int_eq(bench_connect(bench), CONNECT_REFUSED);
        ck_assert_int_gt(discover_not_before(bench->discover), 0);
}
END_TEST

START_TEST(a_server_that_hangs_up_in_the_handshake_is_named)
{
        with_bench(bench);

        /* A fake DC without TLS takes a ClientHello for something that is no LDAP. */
        bench->config.tls = TLS_LDAPS;
        _cleanup_(peer_freep) Peer *plain = peer_new((const char *const[]){ NULL });

        bench_aim(bench, "127.0.0.1", plain->port);
        ck_assert_msg(bench_connect(bench) == CONNECT_BROKEN, "%s", bench->text);
        ck_assert_int_eq(bench->phase, CONNECT_PHASE_TLS);
}
END_TEST

START_TEST(an_attempt_can_be_cancelled)
{
        with_bench(bench);

        peer_command(bench->peer, "fault deaf");
        bench_start(bench);
        bench_run_for(bench, 100);
        ck_assert_uint_eq(bench->n_done, 0);
        connect_cancel(bench->connect);
        ck_assert_uint_eq(bench->n_done, 0); /* not from within */
        bench_wait(bench, &bench->n_done);
        ck_assert_int_eq(bench->failure, CONNECT_CANCELLED);
        ck_assert_int_le(discover_not_before(bench->discover), 0);
        ck_assert(!connect_is_busy());
}
END_TEST

START_TEST(freeing_a_running_attempt_waits_for_its_thread)
{
        with_bench(bench);

        peer_command(bench->peer, "fault deaf");
        bench_start(bench);
        bench_run_for(bench, 50);
        bench->connect = connect_free(bench->connect);
        ck_assert_uint_eq(bench->n_done, 0);
        ck_assert(!connect_is_busy());
}
END_TEST

static void ignore(Connect *connect, const ConnectResult *result, void *userdata)
{
}

START_TEST(there_is_one_attempt_at_a_time)
{
        with_bench(bench);
        Connect *second;

        bench_start(bench);
        ck_assert(connect_is_busy());
        ck_assert_int_eq(connect_start(bench->event, bench->discover, &bench->settings, ignore,
                                       NULL, &second),
                         -EBUSY);
        bench_wait(bench, &bench->n_done);
        ck_assert(!connect_is_busy());
        ck_assert_int_eq(bench_connect(bench), CONNECT_OK);
}
END_TEST

static unsigned count_descriptors(void)
{
        unsigned n = 0;

        for (int fd = 0; fd < 256; fd++)
                n += fcntl(fd, F_GETFD) >= 0;

        return n;
}

START_TEST(attempts_leave_no_descriptor_behind)
{
        with_bench(bench);
        unsigned before;

        ck_assert_int_eq(bench_connect(bench), CONNECT_OK);
        bench->connect = connect_free(bench->connect);
        before = count_descriptors();
        for (unsigned i = 0; i < 5; i++) {
                bench_write(bench, "password", i % 2 ? "secret" : "wrong", 0600);
                ck_assert_int_eq(bench_connect(bench),
                                 i % 2 ? CONNECT_OK : CONNECT_CREDENTIALS_REFUSED);
        }
        bench->connect = connect_free(bench->connect);
        ck_assert_uint_eq(count_descriptors(), before);
}
END_TEST

/* Kerberos, as far as it goes without a KDC. */

static void make_keytab(Bench *bench, const char *name, char **ret)
{
        _cleanup_free_ char *path = NULL;
        krb5_keytab_entry entry = { .vno = 2 };
        krb5_context context;
        krb5_keytab keytab;
        krb5_data password = { .length = 6, .data = (char *)"secret" };

        *ret = bench_path(bench, "keytab");
        ck_assert_int_ge(asprintf(&path, "WRFILE:%s", *ret), 0);
        ck_assert_int_eq(krb5_init_context(&context), 0);
        ck_assert_int_eq(krb5_kt_resolve(context, path, &keytab), 0);
        ck_assert_int_eq(krb5_parse_name(context, name, &entry.principal), 0);
        ck_assert_int_eq(krb5_c_string_to_key(context, ENCTYPE_AES256_CTS_HMAC_SHA1_96, &password,
                                              &password, &entry.key),
                         0);
        ck_assert_int_eq(krb5_kt_add_entry(context, keytab, &entry), 0);
        krb5_free_keytab_entry_contents(context, &entry);
        krb5_kt_close(context, keytab);
        krb5_free_context(context);
}

/* A bench for GSSAPI to "localhost", because addresses have no service principal. */
static void prepare_gssapi(Bench *bench, const char *kdc, char **ret_keytab)
{
        make_keytab(bench, "svc-scand@CORP.EXAMPLE", ret_keytab);
        bench->config.bind = BIND_GSSAPI;
        bench->config.tls = TLS_NONE;
        bench->config.keytab = *ret_keytab;
        bench->config.kdc = (char *)kdc;
        bench_aim(bench, "localhost", bench->peer->port);
}

START_TEST(kerberos_to_an_address_is_refused_with_the_reason)
{
        with_bench(bench);

        bench->config.bind = BIND_GSSAPI;
        ck_assert_int_eq(bench_connect(bench), CONNECT_SERVICE_UNKNOWN);
        ck_assert_ptr_nonnull(strstr(bench->text, "127.0.0.1"));
}
END_TEST

START_TEST(a_missing_keytab_is_told_from_one_without_the_account)
{
        with_bench(bench);
        _cleanup_free_ char *keytab = NULL, *missing = bench_path(bench, "no.keytab");

        prepare_gssapi(bench, "127.0.0.1:1", &keytab);
        bench->config.keytab = missing;
        ck_assert_int_eq(bench_connect(bench), CONNECT_KEYTAB_MISSING);
        ck_assert_ptr_nonnull(strstr(bench->text, "No such file"));

        bench->config.keytab = keytab;
        bench->config.principal = (char *)"other@CORP.EXAMPLE";
        ck_assert_int_eq(bench_connect(bench), CONNECT_KEYTAB_MISSING);
        ck_assert_ptr_nonnull(strstr(bench->text, "other@CORP.EXAMPLE"));
}
END_TEST

START_TEST(a_kdc_that_is_down_is_named)
{
        with_bench(bench);
        _cleanup_free_ char *keytab = NULL;

        prepare_gssapi(bench, "127.0.0.1:1", &keytab);
        ck_assert_int_eq(bench_connect(bench), CONNECT_KDC_UNREACHABLE);
        ck_assert_int_eq(bench->phase, CONNECT_PHASE_KERBEROS);
        ck_assert_ptr_nonnull(strstr(bench->text, "KDC 127.0.0.1"));
}
END_TEST

START_TEST(a_silent_kdc_is_given_up)
{
        with_bench(bench);
        _cleanup_free_ char *keytab = NULL, *kdc = NULL;
        unsigned port;
        int fill[8], fd = make_listener(&port, fill, 0);

        ck_assert_int_ge(asprintf(&kdc, "127.0.0.1:%u", port), 0);
        prepare_gssapi(bench, kdc, &keytab);
        bench_give_up(bench, CONNECT_KDC_UNREACHABLE, CONNECT_PHASE_KERBEROS);
        close(fd);
}
END_TEST

START_TEST(an_attempt_at_a_silent_kdc_can_be_cancelled)
{
        with_bench(bench);
        _cleanup_free_ char *keytab = NULL, *kdc = NULL;
        unsigned port;
        int fill[8], fd = make_listener(&port, fill, 0);

        ck_assert_int_ge(asprintf(&kdc, "127.0.0.1:%u", port), 0);
        prepare_gssapi(bench, kdc, &keytab);
        bench_start(bench);
        bench_run_for(bench, 100);
        connect_cancel(bench->connect);
        bench_wait(bench, &bench->n_done);
        ck_assert_int_eq(bench->failure, CONNECT_CANCELLED);
        close(fd);
}
END_TEST

START_TEST(the_words_of_ad_say_why_a_bind_failed)
{
        static const struct {
                int code;
                const char *diagnosis;
                ConnectFailure failure;
        } cases[] = {
                { 49, NULL, CONNECT_CREDENTIALS_REFUSED },
                { 49, "Invalid credentials", CONNECT_CREDENTIALS_REFUSED },
                { 49,
                  "80090308: LdapErr: DSID-0C090446, comment: AcceptSecurityContext error, data "
                  "775, v3839",
                  CONNECT_ACCOUNT_LOCKED },
                { 49,
                  "80090308: LdapErr: DSID-0C090446, comment: AcceptSecurityContext error, data "
                  "533, v3839",
                  CONNECT_ACCOUNT_DISABLED },
                { 49,
                  "80090308: LdapErr: DSID-0C090446, comment: AcceptSecurityContext error, data "
                  "532, v3839",
                  CONNECT_PASSWORD_EXPIRED },
                { 49,
                  "80090346: LdapErr: DSID-0C090597, comment: AcceptSecurityContext error, data "
                  "80090346, v4563",
                  CONNECT_CHANNEL_BINDING },
                { 8,
                  "00002028: LdapErr: DSID-0C090276, comment: The server requires binds to turn on "
                  "integrity",
                  CONNECT_STRONG_AUTH },
                { -1, NULL, CONNECT_BROKEN },
                { -2, "SASL(-1): generic failure: GSSAPI Error: (Clock skew too great)",
                  CONNECT_CLOCK_SKEW },
                { -2, "SASL(-1): generic failure: GSSAPI Error: (No credentials cache)",
                  CONNECT_KERBEROS },
                { 52, "", CONNECT_BIND },
        };

        for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
                ck_assert_int_eq(bind_failure(cases[i].code, cases[i].diagnosis), cases[i].failure);
}
END_TEST

START_TEST(every_failure_has_a_code_of_its_own)
{
        for (ConnectFailure i = CONNECT_OK; i <= CONNECT_BIND; i++)
                for (ConnectFailure j = CONNECT_OK; j < i; j++)
                        ck_assert_str_ne(connect_failure_code(i), connect_failure_code(j));
}
END_TEST

Suite *test_suite(void)
{
        Suite *suite = suite_create("connect");
        TCase *c = tcase_create("connect");

        tcase_set_timeout(c, 120);
        tcase_add_test(c, a_simple_bind_goes_over_ldaps);
        tcase_add_test(c, a_simple_bind_goes_over_starttls);
        tcase_add_test(c, a_password_is_never_sent_in_the_clear);
        tcase_add_test(c, a_bind_without_name_is_never_made);
        tcase_add_test(c, a_wrong_password_is_told_from_other_refusals);
        tcase_add_test(c, a_password_file_must_be_the_services_own);
        tcase_add_test(c, a_systemd_credential_is_found_by_its_name);
        tcase_add_test(c, a_certificate_of_an_unknown_ca_is_refused);
        tcase_add_test(c, an_expired_certificate_is_refused);
        tcase_add_test(c, a_certificate_for_another_name_is_told_apart);
        tcase_add_test(c, a_ca_file_that_is_none_is_named);
        tcase_add_test(c, a_server_that_speaks_old_tls_only_is_refused);
        tcase_add_test(c, a_server_that_accepts_and_says_nothing_is_given_up);
        tcase_add_test(c, a_server_that_is_silent_after_tls_is_given_up);
        tcase_add_test(c, a_silent_starttls_is_given_up);
        tcase_add_test(c, a_server_that_drops_syns_is_given_up);
        tcase_add_test(c, a_port_where_nobody_listens_is_refused_at_once);
        tcase_add_test(c, a_server_that_hangs_up_in_the_handshake_is_named);
        tcase_add_test(c, an_attempt_can_be_cancelled);
        tcase_add_test(c, freeing_a_running_attempt_waits_for_its_thread);
        tcase_add_test(c, there_is_one_attempt_at_a_time);
        tcase_add_test(c, attempts_leave_no_descriptor_behind);
        tcase_add_test(c, kerberos_to_an_address_is_refused_with_the_reason);
        tcase_add_test(c, a_missing_keytab_is_told_from_one_without_the_account);
        tcase_add_test(c, a_kdc_that_is_down_is_named);
        tcase_add_test(c, a_silent_kdc_is_given_up);
        tcase_add_test(c, an_attempt_at_a_silent_kdc_can_be_cancelled);
        tcase_add_test(c, the_words_of_ad_say_why_a_bind_failed);
        tcase_add_test(c, every_failure_has_a_code_of_its_own);
        suite_add_tcase(suite, c);
        return suite;
}
