/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/secret.h"
#include "lib/core/util.h"
#include "tests/unit/check-main.h"

static const struct {
        const char *file, *folder;
        int r;
        const char *path;
        bool is_credential;
} paths[] = {
        { "/etc/scand/password", NULL, 0, "/etc/scand/password", false },
        { "/etc/scand/password", "/run/credentials/scand.service", 0, "/etc/scand/password",
          false },
        { "credential:password", "/run/credentials/scand.service", 0,
          "/run/credentials/scand.service/password", true },
        { "/run/credentials/scand.service/password", "/run/credentials/scand.service", 0,
          "/run/credentials/scand.service/password", true },
        { "/run/credentials/scand.service/../x", "/run/credentials/scand.service", 0,
          "/run/credentials/scand.service/../x", false },
        { "/run/credentials/scand.services", "/run/credentials/scand.service", 0,
          "/run/credentials/scand.services", false },
        { "credential:password", NULL, -ENOENT, NULL, false },
        { "credential:", "/run/credentials/scand.service", -EINVAL, NULL, false },
        { "credential:../x", "/run/credentials/scand.service", -EINVAL, NULL, false },
};

START_TEST(a_credential_is_a_file_in_the_folder_and_never_outside)
{
        _cleanup_free_ char *path = NULL;
        bool is_credential = false;

        ck_assert_int_eq(secret_path(paths[_i].file, paths[_i].folder, &path, &is_credential),
                         paths[_i].r);
        if (paths[_i].path)
                ck_assert_str_eq(path, paths[_i].path);
        else
                ck_assert_ptr_null(path);
        ck_assert_int_eq(is_credential, paths[_i].is_credential);
}
END_TEST

static char file[] = "/tmp/scand-test-secret-XXXXXX";

static void set_up(void)
{
        strcpy(file + strlen(file) - 6, "XXXXXX");
        (void)close(mkstemp(file));
}

static void tear_down(void)
{
        (void)unlink(file);
}

static void write_file(const void *data, size_t size, mode_t mode)
{
        FILE *stream = fopen(file, "we");

        ck_assert_uint_eq(fwrite(data, 1, size, stream), size);
        ck_assert_int_eq(fclose(stream), 0);
        ck_assert_int_eq(chmod(file, mode), 0);
}

START_TEST(a_secret_is_the_first_line)
{
        Secret secret = SECRET_NULL;

        write_file("Passw0rd!\n", 10, 0600);
        ck_assert_int_eq(secret_read(file, false, &secret), 0);
        ck_assert_uint_eq(secret.size, 9);
        ck_assert_mem_eq(secret.data, "Passw0rd!", 9);
        secret_done(&secret);
        ck_assert_ptr_null(secret.data);
}
END_TEST

START_TEST(what_others_may_read_is_refused_unless_it_is_a_credential)
{
        static const mode_t exposed[] = { 0640, 0604, 0644, 0666 };
        Secret secret = SECRET_NULL;

        for (size_t i = 0; i < ARRAY_SIZE(exposed); i++) {
                write_file("x", 1, exposed[i]);
                ck_assert_int_eq(secret_read(file, false, &secret), SECRET_EXPOSED);
                ck_assert_ptr_null(secret.data);
        }
        ck_assert_int_eq(secret_read(file, true, &secret), 0);
        secret_done(&secret);
}
END_TEST

START_TEST(empty_long_and_missing_files_are_told_apart)
{
        static char large[8192];
        Secret secret = SECRET_NULL;

        write_file("", 0, 0600);
        ck_assert_int_eq(secret_read(file, false, &secret), SECRET_EMPTY);
        write_file("\n", 1, 0600);
        ck_assert_int_eq(secret_read(file, false, &secret), SECRET_EMPTY);
        memset(large, 'x', sizeof(large));
        write_file(large, sizeof(large), 0600);
        ck_assert_int_eq(secret_read(file, false, &secret), SECRET_TOO_LONG);
        ck_assert_int_eq(secret_read("/nonexistent", false, &secret), -ENOENT);
        ck_assert_ptr_null(secret.data);
}
END_TEST

/* The linker puts this in front of the real one. */
static size_t n_unmapped, n_dirty;
int __real_munmap(void *data, size_t size);
int __wrap_munmap(void *data, size_t size);

int __wrap_munmap(void *data, size_t size)
{
        n_unmapped++;
        for (size_t i = 0; i < size; i++)
                n_dirty += ((const char *)data)[i] != 0;
        return __real_munmap(data, size);
}

/* A file that is refused was read all the same. */
START_TEST(what_is_given_back_is_wiped)
{
        static const char *const contents[] = { "Passw0rd!\n", "\n" };

        for (size_t i = 0; i < ARRAY_SIZE(contents); i++) {
                Secret secret = SECRET_NULL;

                write_file(contents[i], strlen(contents[i]), 0600);
                n_unmapped = n_dirty = 0;
                ck_assert_int_eq(secret_read(file, false, &secret), i == 0 ? 0 : SECRET_EMPTY);
                if (i == 0)
                        ck_assert_str_eq(secret.data, contents[i]);
                secret_done(&secret);
                ck_assert_uint_eq(n_unmapped, 1);
                ck_assert_uint_eq(n_dirty, 0);
        }
}
END_TEST

/* The flags of the mapping with this address, as /proc/self/smaps has them; the caller frees them. */
static char *mapping_flags(const void *address)
{
        FILE *stream = fopen("/proc/self/smaps", "re");
        char line[512], *flags = NULL;
        bool is_it = false;

        ck_assert_ptr_nonnull(stream);
        while (!flags && fgets(line, sizeof(line), stream)) {
                unsigned long begin, end;

                if (sscanf(line, "%lx-%lx ", &begin, &end) == 2)
                        is_it = (unsigned long)address >= begin && (unsigned long)address < end;
                else if (is_it && strncmp(line, "VmFlags:", 8) == 0)
                        flags = strdup(line + 8);
        }
        fclose(stream);
        return flags;
}

START_TEST(a_secret_is_neither_swapped_nor_dumped)
{
        _cleanup_free_ char *flags = NULL;
        Secret secret = SECRET_NULL;

        write_file("Passw0rd!\n", 10, 0600);
        ck_assert_int_eq(secret_read(file, false, &secret), 0);
        flags = mapping_flags(secret.data);
        ck_assert_ptr_nonnull(flags);
#ifndef __SANITIZE_ADDRESS__ /* which takes mlock() away */
        ck_assert_msg(strstr(flags, " lo "), "not locked: %s", flags);
#endif
        ck_assert_msg(strstr(flags, " dd "), "would be dumped: %s", flags);
        secret_done(&secret);
}
END_TEST

Suite *test_suite(void)
{
        Suite *suite = suite_create("secret");
        TCase *tcase = tcase_create("secret");

        tcase_add_checked_fixture(tcase, set_up, tear_down);
        tcase_add_loop_test(tcase, a_credential_is_a_file_in_the_folder_and_never_outside, 0,
                            ARRAY_SIZE(paths));
        tcase_add_test(tcase, a_secret_is_the_first_line);
        tcase_add_test(tcase, what_others_may_read_is_refused_unless_it_is_a_credential);
        tcase_add_test(tcase, what_is_given_back_is_wiped);
        tcase_add_test(tcase, a_secret_is_neither_swapped_nor_dumped);
        tcase_add_test(tcase, empty_long_and_missing_files_are_told_apart);
        suite_add_tcase(suite, tcase);
        return suite;
}
