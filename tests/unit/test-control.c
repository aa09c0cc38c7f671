/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <grp.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "daemon/control.h"
#include "lib/core/control-protocol.h"
#include "tests/unit/check-main.h"

/* --- a manager that only remembers what it was asked for --- */

static sd_event *event;
static struct {
        unsigned reloads, rescans;
        char domain[64];
        bool accept_deletions;
        bool is_reconcile;
        int reload_result;
        unsigned acceptances;
        ControlRequest acceptance;
        int64_t uid;
        int accept_result;
        unsigned origins;
        Guid guid;
        int origin_result;
        unsigned forgets, domain_forgets;
        int forget_result;
} asked;

sd_event *manager_event(Manager *manager)
{
        return event;
}

int manager_reload(Manager *manager, char **ret_text)
{
        asked.reloads++;
        if (asked.reload_result < 0)
                *ret_text = strdup("scand.conf:1: it is wrong\nscand.conf:2: here too\n");
        return asked.reload_result;
}

size_t manager_rescan(Manager *manager, const char *domain, bool is_reconcile,
                      bool accept_deletions)
{
        asked.rescans++;
        asked.accept_deletions = accept_deletions;
        asked.is_reconcile = is_reconcile;
        (void)snprintf(asked.domain, sizeof(asked.domain), "%s", domain ?: "(all)");
        return domain && strcmp(domain, "corp.example") != 0 ? 0 : 2;
}

int64_t manager_wall(Manager *manager)
{
        return 1000;
}

int manager_accept(Manager *manager, const ControlRequest *request, int64_t uid, size_t *ret_n)
{
        if (asked.accept_result != 0)
                return asked.accept_result;

        asked.acceptances++;
        asked.acceptance = *request;
        asked.uid = uid;
        *ret_n = request->n_findings;
        return 0;
}

int manager_origin(Manager *manager, const char *domain, const Guid *guid, char **ret_text)
{
        asked.origins++;
        asked.guid = *guid;
        (void)snprintf(asked.domain, sizeof(asked.domain), "%s", domain);
        if (asked.origin_result == 0)
                *ret_text = strdup("mail\t1\t1000\t17\tDC1\n");
        return asked.origin_result;
}

int manager_forget(Manager *manager, const Guid *guid, int64_t uid, Forgotten *ret)
{
        asked.guid = *guid;
        asked.uid = uid;
        if (asked.forget_result != 0)
                return asked.forget_result;

        asked.forgets++;
        *ret = (Forgotten){ .objects = 1, .events = 7 };
        return 0;
}

int manager_forget_domain(Manager *manager, const char *domain, int64_t uid, int64_t *ret_objects)
{
        (void)snprintf(asked.domain, sizeof(asked.domain), "%s", domain);
        asked.uid = uid;
        if (asked.forget_result != 0)
                return asked.forget_result;

        asked.domain_forgets++;
        *ret_objects = 1200;
        return 0;
}

/* --- the other end --- */

static char directory[] = "/tmp/scand-test-control-XXXXXX";
static struct sockaddr_un address;
static Control *control;

static void set_up(void)
{
        strcpy(directory + strlen(directory) - 6, "XXXXXX");
        ck_assert_ptr_nonnull(mkdtemp(directory));
        address.sun_family = AF_UNIX;
        (void)snprintf(address.sun_path, sizeof(address.sun_path), "%s/control", directory);
        memset(&asked, 0, sizeof(asked));
        ck_assert_int_ge(sd_event_new(&event), 0);
        ck_assert_int_eq(control_new(NULL, directory, &control), 0);
}

static void tear_down(void)
{
        control = control_free(control);
        event = sd_event_unref(event);
        (void)unlink(address.sun_path);
        ck_assert_int_eq(rmdir(directory), 0);
}

static int connect_to_it(void)
{
        int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

        ck_assert_int_ge(fd, 0);
        ck_assert_int_eq(connect(fd, (const struct sockaddr *)&address, sizeof(address)), 0);
        return fd;
}

/* As long as there is something to do at once. */
static void run_loop(void)
{
        while (sd_event_run(event, 0) > 0)
                ;
}

/* Asks over a connection, and closes it. The text of the answer is the caller's; NULL: it is not wanted. */
static ControlOutcome ask(int fd, const char *request, char **ret_text)
{
        static char reply[CONTROL_REPLY_MAX];
        _cleanup_free_ char *text = NULL;
        ControlOutcome outcome;
        ssize_t n;

        ck_assert_int_eq(send(fd, request, strlen(request), MSG_NOSIGNAL), strlen(request));
        run_loop();
        n = recv(fd, reply, sizeof(reply), MSG_DONTWAIT);
        ck_assert_int_gt(n, 0);
        ck_assert_int_eq(close(fd), 0);
        ck_assert_int_eq(control_reply_parse(reply, (size_t)n, &outcome, &text), 0);
        if (ret_text)
                *ret_text = TAKE_PTR(text);
        return outcome;
}

static ControlOutcome outcome_of(const char *request)
{
        return ask(connect_to_it(), request, NULL);
}

START_TEST(requests_reach_the_manager)
{
        ck_assert_int_eq(outcome_of("reload"), CONTROL_OK);
        ck_assert_uint_eq(asked.reloads, 1);

        ck_assert_int_eq(outcome_of("rescan"), CONTROL_OK);
        ck_assert_str_eq(asked.domain, "(all)");
        ck_assert(!asked.accept_deletions);

        ck_assert_int_eq(outcome_of("rescan corp.example accept-deletions"), CONTROL_OK);
        ck_assert_str_eq(asked.domain, "corp.example");
        ck_assert(asked.accept_deletions);
        ck_assert(!asked.is_reconcile);

        ck_assert_int_eq(outcome_of("rescan corp.example reconcile"), CONTROL_OK);
        ck_assert(asked.is_reconcile);
        ck_assert(!asked.accept_deletions);

        ck_assert_int_eq(outcome_of("rescan other.example"), CONTROL_UNKNOWN_DOMAIN);
}
END_TEST

START_TEST(a_reload_that_fails_answers_with_every_line)
{
        _cleanup_free_ char *text = NULL;

        asked.reload_result = -EINVAL;
        ck_assert_int_eq(ask(connect_to_it(), "reload", &text), CONTROL_FAILED);
        ck_assert_str_eq(text, "scand.conf:1: it is wrong\nscand.conf:2: here too");
}
END_TEST

START_TEST(what_is_accepted_comes_with_the_name_that_the_kernel_gives)
{
        _cleanup_free_ char *text = NULL;

        ck_assert_int_eq(ask(connect_to_it(),
                             "accept until=1001 who=anna why=old 0000000000000001@2", &text),
                         CONTROL_OK);
        ck_assert_str_eq(text, "1 finding accepted");
        ck_assert_int_eq(asked.uid, getuid());
        ck_assert_str_eq(asked.acceptance.who, "anna");
        ck_assert_int_eq(asked.acceptance.until, 1001);

        ck_assert_int_eq(outcome_of("unaccept who=anna 0000000000000001@2 0000000000000002@2"),
                         CONTROL_OK);
        ck_assert_int_eq(asked.acceptance.verb, CONTROL_UNACCEPT);
        ck_assert_uint_eq(asked.acceptances, 2);
}
END_TEST

START_TEST(a_day_that_is_over_is_refused)
{
        ck_assert_int_eq(outcome_of("accept until=1000 who=anna why=old 0000000000000001@2"),
                         CONTROL_INVALID);
        ck_assert_uint_eq(asked.acceptances, 0);
}
END_TEST

START_TEST(a_database_that_cannot_be_written_is_told)
{
        asked.accept_result = -EIO;
        ck_assert_int_eq(outcome_of("unaccept who=anna 0000000000000001@2"), CONTROL_FAILED);
}
END_TEST

START_TEST(what_must_wait_for_an_answer_is_done_after_it)
{
        static char reply[CONTROL_REPLY_MAX];
        static const char request[] = "unaccept who=anna 0000000000000001@2";
        int waiting = connect_to_it(), gone = connect_to_it();

        asked.accept_result = MANAGER_BUSY;
        ck_assert_int_eq(send(waiting, request, strlen(request), MSG_NOSIGNAL), strlen(request));
        ck_assert_int_eq(send(gone, request, strlen(request), MSG_NOSIGNAL), strlen(request));
        run_loop();
        control_transaction_free(control); /* another answer is begun at once */
        (void)close(gone);
        run_loop();
        ck_assert_int_eq(recv(waiting, reply, sizeof(reply), MSG_DONTWAIT), -1);
        ck_assert_int_eq(errno, EAGAIN);
        ck_assert_int_eq(outcome_of("rescan"), CONTROL_OK); /* others need not wait */

        asked.accept_result = 0;
        control_transaction_free(control);
        ck_assert_int_gt(recv(waiting, reply, sizeof(reply), MSG_DONTWAIT), 0);
        ck_assert_mem_eq(reply, "ok\n", 3);
        ck_assert_uint_eq(asked.acceptances, 2);
        (void)close(waiting);
}
END_TEST

START_TEST(what_a_domain_controller_must_be_asked_is_answered_when_it_has)
{
        static char reply[CONTROL_REPLY_MAX];
        static const char request[] = "origin corp.example 01020304-0000-0000-0000-000000000000";
        int waiting = connect_to_it();

        asked.origin_result = MANAGER_BUSY;
        ck_assert_int_eq(send(waiting, request, strlen(request), MSG_NOSIGNAL), strlen(request));
        run_loop();
        ck_assert_int_eq(recv(waiting, reply, sizeof(reply), MSG_DONTWAIT), -1);
        ck_assert_str_eq(asked.domain, "corp.example");
        ck_assert_uint_eq(asked.guid.bytes[0], 4);

        asked.origin_result = 0;
        control_transaction_free(control);
        ck_assert_int_gt(recv(waiting, reply, sizeof(reply), MSG_DONTWAIT), 0);
        ck_assert_mem_eq(reply, "ok\nmail\t1\t1000\t17\tDC1", strlen("ok\nmail\t1\t1000\t17\tDC1"));
        (void)close(waiting);

        asked.origin_result = -ENODEV;
        ck_assert_int_eq(outcome_of(request), CONTROL_UNKNOWN_DOMAIN);
        asked.origin_result = -ENOTCONN;
        ck_assert_int_eq(outcome_of(request), CONTROL_FAILED);
        asked.origin_result = -EACCES;
        ck_assert_int_eq(outcome_of(request), CONTROL_FAILED);
        ck_assert_int_eq(outcome_of("origin corp.example"), CONTROL_INVALID);
        ck_assert_int_eq(outcome_of("origin corp.example nobody"), CONTROL_INVALID);
        ck_assert_uint_eq(asked.origins, 5);
}
END_TEST

#define FORGET "forget 01020304-0000-0000-0000-000000000000"

START_TEST(what_is_to_be_forgotten_is_told_with_how_much_it_was)
{
        _cleanup_free_ char *object = NULL, *domain = NULL, *alive = NULL;

        ck_assert_int_eq(ask(connect_to_it(), FORGET, &object), CONTROL_OK);
        ck_assert_str_eq(object, "1 object and 7 events forgotten");
        ck_assert_uint_eq(asked.guid.bytes[0], 4);
        ck_assert_int_eq(asked.uid, getuid());
        ck_assert_int_eq(ask(connect_to_it(), "forget-domain old.example", &domain), CONTROL_OK);
        ck_assert_str_eq(domain, "forgetting 1200 objects, with all that happened to them");
        ck_assert_str_eq(asked.domain, "old.example");

        asked.forget_result = MANAGER_ALIVE;
        ck_assert_int_eq(ask(connect_to_it(), FORGET, &alive), CONTROL_FAILED);
        ck_assert_ptr_nonnull(strstr(alive, "is not deleted"));
        ck_assert_int_eq(outcome_of("forget-domain old.example"), CONTROL_FAILED);
        asked.forget_result = -ENODEV;
        ck_assert_int_eq(outcome_of("forget-domain old.example"), CONTROL_UNKNOWN_DOMAIN);
        asked.forget_result = -EIO;
        ck_assert_int_eq(outcome_of("forget-domain old.example"), CONTROL_FAILED);
        ck_assert_int_eq(outcome_of(FORGET), CONTROL_FAILED);
        ck_assert_uint_eq(asked.forgets + asked.domain_forgets, 2);
}
END_TEST

START_TEST(forgetting_waits_until_no_answer_is_on_its_way)
{
        static char reply[CONTROL_REPLY_MAX];
        int waiting = connect_to_it();

        asked.forget_result = MANAGER_BUSY;
        ck_assert_int_eq(send(waiting, FORGET, strlen(FORGET), MSG_NOSIGNAL), strlen(FORGET));
        run_loop();
        ck_assert_int_eq(recv(waiting, reply, sizeof(reply), MSG_DONTWAIT), -1);

        asked.forget_result = 0;
        control_transaction_free(control);
        ck_assert_int_gt(recv(waiting, reply, sizeof(reply), MSG_DONTWAIT), 0);
        ck_assert_mem_eq(reply, "ok\n", 3);
        (void)close(waiting);
}
END_TEST

START_TEST(nonsense_is_answered_and_changes_nothing)
{
        static char large[CONTROL_REQUEST_MAX + 100];

        memset(large, 'a', sizeof(large) - 1);
        ck_assert_int_eq(outcome_of("stop"), CONTROL_INVALID);
        ck_assert_int_eq(outcome_of(large), CONTROL_INVALID);
        ck_assert_uint_eq(asked.reloads + asked.rescans, 0);
}
END_TEST

START_TEST(whoever_hangs_up_at_once_does_no_harm)
{
        for (int i = 0; i < 20; i++) {
                (void)close(connect_to_it());
                run_loop();
        }
        ck_assert_int_eq(outcome_of("rescan"), CONTROL_OK);
}
END_TEST

START_TEST(those_who_say_nothing_do_not_keep_others_out_for_long)
{
        int silent[16];

        for (size_t i = 0; i < ARRAY_SIZE(silent); i++) {
                silent[i] = connect_to_it();
                run_loop();
        }

        /* All places are taken: the others were hung up on at once. */
        ck_assert_int_eq(recv(silent[15], &(char){ 0 }, 1, MSG_DONTWAIT), 0);
        ck_assert_int_eq(recv(silent[0], &(char){ 0 }, 1, MSG_DONTWAIT), -1);
        ck_assert_int_eq(errno, EAGAIN);

        /* One leaves, and there is room. */
        (void)close(silent[0]);
        run_loop();
        ck_assert_int_eq(outcome_of("rescan"), CONTROL_OK);

        for (size_t i = 1; i < ARRAY_SIZE(silent); i++)
                (void)close(silent[i]);
        run_loop();
}
END_TEST

START_TEST(only_owner_and_group_may_connect)
{
        struct stat status;

        ck_assert_int_eq(stat(address.sun_path, &status), 0);
        ck_assert(S_ISSOCK(status.st_mode));
        ck_assert_uint_eq(status.st_mode & 07777, 0660);
}
END_TEST

START_TEST(a_second_daemon_is_refused_and_the_first_goes_on)
{
        Control *second = NULL;

        ck_assert_int_eq(control_new(NULL, directory, &second), -EADDRINUSE);
        ck_assert_ptr_null(second);
        run_loop();
        ck_assert_int_eq(outcome_of("reload"), CONTROL_OK);
}
END_TEST

START_TEST(what_a_dead_daemon_left_is_replaced)
{
        int fd;

        control = control_free(control);
        fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
        ck_assert_int_eq(bind(fd, (const struct sockaddr *)&address, sizeof(address)), 0);
        (void)close(fd);
        ck_assert_int_eq(access(address.sun_path, F_OK), 0);

        ck_assert_int_eq(control_new(NULL, directory, &control), 0);
        ck_assert_int_eq(outcome_of("reload"), CONTROL_OK);
}
END_TEST

START_TEST(the_socket_is_gone_when_the_daemon_ends)
{
        control = control_free(control);
        ck_assert_int_eq(access(address.sun_path, F_OK), -1);
}
END_TEST

/* The kernel keeps who connected: it is nobody, with our group or without. Only root can be somebody else. */
static int connect_as_nobody(bool in_group)
{
        int fd;

        ck_assert_int_eq(chmod(directory, 0755), 0);
        ck_assert_int_eq(chmod(address.sun_path, 0666), 0);
        ck_assert_int_eq(setgroups(0, NULL), 0);
        if (!in_group)
                ck_assert_int_eq(setegid(65534), 0);
        ck_assert_int_eq(seteuid(65534), 0);
        fd = connect_to_it();
        ck_assert_int_eq(seteuid(0), 0);
        ck_assert_int_eq(setegid(0), 0);
        return fd;
}

static const struct {
        const char *request;
        bool in_group;
        ControlOutcome outcome;
} rights[] = {
        { "rescan", true, CONTROL_OK },
        { "rescan corp.example", true, CONTROL_OK },
        { "rescan reconcile", true, CONTROL_OK },
        { "rescan accept-deletions", true, CONTROL_DENIED },
        { "rescan reconcile accept-deletions", true, CONTROL_DENIED },
        { "reload", true, CONTROL_DENIED },
        { "accept until=1001 who=anna why=old 0000000000000001@2", true, CONTROL_DENIED },
        { "unaccept who=anna 0000000000000001@2", true, CONTROL_DENIED },
        { "rescan", false, CONTROL_DENIED },
        { "unaccept who=anna 0000000000000001@2", false, CONTROL_DENIED },
        { "reload", false, CONTROL_DENIED },
};

START_TEST(rights_are_those_of_whoever_connected)
{
        if (geteuid() != 0)
                return;

        ck_assert_int_eq(ask(connect_as_nobody(rights[_i].in_group), rights[_i].request, NULL),
                         rights[_i].outcome);
        ck_assert_uint_eq(asked.reloads + asked.rescans + asked.acceptances,
                          rights[_i].outcome == CONTROL_OK);
}
END_TEST

Suite *test_suite(void)
{
        Suite *suite = suite_create("control");
        TCase *tcase = tcase_create("control");

        tcase_add_checked_fixture(tcase, set_up, tear_down);
        tcase_add_test(tcase, requests_reach_the_manager);
        tcase_add_test(tcase, a_reload_that_fails_answers_with_every_line);
        tcase_add_test(tcase, what_is_accepted_comes_with_the_name_that_the_kernel_gives);
        tcase_add_test(tcase, a_day_that_is_over_is_refused);
        tcase_add_test(tcase, a_database_that_cannot_be_written_is_told);
        tcase_add_test(tcase, what_must_wait_for_an_answer_is_done_after_it);
        tcase_add_test(tcase, what_a_domain_controller_must_be_asked_is_answered_when_it_has);
        tcase_add_test(tcase, what_is_to_be_forgotten_is_told_with_how_much_it_was);
        tcase_add_test(tcase, forgetting_waits_until_no_answer_is_on_its_way);
        tcase_add_test(tcase, nonsense_is_answered_and_changes_nothing);
        tcase_add_test(tcase, whoever_hangs_up_at_once_does_no_harm);
        tcase_add_test(tcase, those_who_say_nothing_do_not_keep_others_out_for_long);
        tcase_add_test(tcase, only_owner_and_group_may_connect);
        tcase_add_test(tcase, a_second_daemon_is_refused_and_the_first_goes_on);
        tcase_add_test(tcase, what_a_dead_daemon_left_is_replaced);
        tcase_add_test(tcase, the_socket_is_gone_when_the_daemon_ends);
        tcase_add_loop_test(tcase, rights_are_those_of_whoever_connected, 0, ARRAY_SIZE(rights));
        suite_add_tcase(suite, tcase);
        return suite;
}
