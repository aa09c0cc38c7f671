/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "daemon/confine.h"
#include "tests/unit/check-main.h"

/* Each test is a process of its own: what is given up stays given up. */

START_TEST(no_core_is_written)
{
        struct rlimit limit;

        confine_memory();
        ck_assert_int_eq(prctl(PR_GET_DUMPABLE, 0, 0, 0, 0), 0);
        ck_assert_int_eq(getrlimit(RLIMIT_CORE, &limit), 0);
        ck_assert_uint_eq(limit.rlim_cur, 0);
        ck_assert_uint_eq(limit.rlim_max, 0);
}
END_TEST

static void require_confined(void)
{
        int r = confine_calls();

        if (r == -EOPNOTSUPP) {
                printf("# no filter of system calls on this machine\n");
                exit(EXIT_SUCCESS);
        }
        ck_assert_int_eq(r, 0);
}

static int run_true(void)
{
        char *const arguments[] = { (char *)"true", NULL };

        return execv("/bin/true", arguments) < 0 ? -errno : 0;
}

START_TEST(no_other_program_is_started)
{
        require_confined();
        ck_assert_int_eq(run_true(), -EPERM);
        ck_assert_int_eq(prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0), 1);
}
END_TEST

static void *run_true_there(void *userdata)
{
        *(int *)userdata = run_true();
        return NULL;
}

START_TEST(nor_by_a_later_thread)
{
        pthread_t thread;
        int r = 0;

        require_confined();
        ck_assert_int_eq(pthread_create(&thread, NULL, run_true_there, &r), 0);
        ck_assert_int_eq(pthread_join(thread, NULL), 0);
        ck_assert_int_eq(r, -EPERM);
}
END_TEST

static const struct {
        const char *name;
        long number;
} refused[] = {
        { "unshare", SYS_unshare },
        { "mount", SYS_mount },
        { "bpf", SYS_bpf },
        { "process_vm_readv", SYS_process_vm_readv },
        { "io_uring_setup", SYS_io_uring_setup },
        { "init_module", SYS_init_module },
};

START_TEST(ways_into_the_kernel_are_closed)
{
        require_confined();
        errno = 0;
        ck_assert_msg(syscall(refused[_i].number, 0, 0, 0, 0, 0, 0) < 0 && errno == EPERM,
                      "%s is not refused: %d", refused[_i].name, errno);
}
END_TEST

/* What it lives by. */
START_TEST(all_else_works)
{
        FILE *file;

        require_confined();
        file = tmpfile();
        ck_assert_ptr_nonnull(file);
        ck_assert_int_eq(fclose(file), 0);
        ck_assert_int_eq(sched_yield(), 0);
        ck_assert_int_gt(getppid(), 0);
}
END_TEST

Suite *test_suite(void)
{
        Suite *suite = suite_create("confine");
        TCase *tcase = tcase_create("confine");

        tcase_add_test(tcase, no_core_is_written);
        tcase_add_test(tcase, no_other_program_is_started);
        tcase_add_test(tcase, nor_by_a_later_thread);
        tcase_add_loop_test(tcase, ways_into_the_kernel_are_closed, 0,
                            sizeof(refused) / sizeof(refused[0]));
        tcase_add_test(tcase, all_else_works);
        suite_add_tcase(suite, tcase);
        return suite;
}
