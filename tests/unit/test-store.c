/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/core/buffer.h"
#include "lib/state/attribute-list.h"
#include "lib/state/domain.h"
#include "lib/state/event.h"
#include "lib/state/store.h"
#include "tests/unit/check-main.h"

/* A folder of its own for each test, with the names that are used in it. */
static char folder[64], path[128], log_path[128], side_path[128];

static void set_up(void)
{
        strcpy(folder, "/tmp/scand-test-store-XXXXXX");
        ck_assert_ptr_nonnull(mkdtemp(folder));
        snprintf(path, sizeof(path), "%s/scand.db", folder);
        snprintf(log_path, sizeof(log_path), "%s/scand.db-wal", folder);
        snprintf(side_path, sizeof(side_path), "%s/other.db", folder);
}

static void tear_down(void)
{
        char command[128];

        snprintf(command, sizeof(command), "rm -rf %s", folder);
        ck_assert_int_eq(system(command), 0);
}

static Store *open_as(StoreMode mode)
{
        _cleanup_free_ char *error = NULL;
        Store *store;
        int r;

        r = store_open(path, mode, &store, &error);
        ck_assert_msg(r == 0, "%d: %s", r, error);
        ck_assert_ptr_null(error);
        return store;
}

/* Opening must fail with this code, and the sentence must name the file and say this. */
static void refuse(StoreMode mode, int code, const char *words)
{
        _cleanup_free_ char *error = NULL;
        Store *store = NULL;

        ck_assert_int_eq(store_open(path, mode, &store, &error), code);
        ck_assert_ptr_null(store);
        ck_assert_ptr_nonnull(error);
        ck_assert_msg(strstr(error, path), "'%s' does not name the file", error);
        ck_assert_msg(strstr(error, words), "'%s' does not say '%s'", error, words);
}

static void set(Store *store, const char *value)
{
        ck_assert_int_eq(store_meta_set(store, "test", value), 0);
}

static void expect(Store *store, const char *value)
{
        _cleanup_free_ char *found = NULL;

        ck_assert_int_eq(store_meta_get(store, "test", &found), value ? 1 : 0);
        if (value)
                ck_assert_str_eq(found, value);
}

static Buffer contents(const char *name)
{
        Buffer buffer = BUFFER_INIT;
        char block[65536];
        ssize_t n;
        int fd = open(name, O_RDONLY | O_CLOEXEC);

        ck_assert_int_ge(fd, 0);
        while ((n = read(fd, block, sizeof(block))) > 0)
                ck_assert_int_eq(buffer_append(&buffer, block, (size_t)n), 0);
        ck_assert_int_eq(n, 0);
        close(fd);
        return buffer;
}

static void overwrite(const char *name, off_t at, const void *data, size_t size)
{
        int fd = open(name, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);

        ck_assert_int_ge(fd, 0);
        ck_assert_int_eq(pwrite(fd, data, size, at), (ssize_t)size);
        close(fd);
}

static off_t size_of(const char *name)
{
        struct stat st;

        return stat(name, &st) < 0 ? -1 : st.st_size;
}

/* What a killed daemon leaves: a database and a log that holds what was committed last. */
static void crash_with(const char *value)
{
        pid_t pid = fork();
        int status;

        ck_assert_int_ge(pid, 0);
        if (pid == 0) {
                Store *store;
                char *error;

                if (store_open(path, STORE_WRITE, &store, &error) < 0 ||
                    store_meta_set(store, "test", value) < 0)
                        _exit(1);
                (void)kill(getpid(), SIGKILL);
        }

        ck_assert_int_eq(waitpid(pid, &status, 0), pid);
        ck_assert(WIFSIGNALED(status));
        ck_assert_int_gt(size_of(log_path), 0);
}

START_TEST(a_new_database_is_made_for_its_group_and_in_wal)
{
        Store *store = open_as(STORE_WRITE);
        Buffer header;
        struct stat st;

        ck_assert_int_eq(stat(path, &st), 0);
        ck_assert_int_eq(st.st_mode & 07777, 0640);

        header = contents(path);
        ck_assert_int_ge(header.size, 4096);
        ck_assert_int_eq(header.data[18], 2); /* write-ahead log */
        ck_assert_int_eq(memcmp(header.data + 68, "scan", 4), 0);
        ck_assert_int_eq(header.data[16] << 8 | header.data[17], 4096);
        ck_assert_int_eq(header.data[67], 1); /* incremental vacuum */
        buffer_done(&header);
        store_close(store);
}
END_TEST

START_TEST(what_was_committed_is_there_after_a_clean_stop_and_a_kill)
{
        Store *store = open_as(STORE_WRITE);

        set(store, "one");
        store_close(store);

        store = open_as(STORE_WRITE);
        expect(store, "one");
        store_close(store);

        crash_with("two");
        store = open_as(STORE_WRITE);
        expect(store, "two");
        store_close(store);
}
END_TEST

START_TEST(what_was_not_committed_is_gone)
{
        Store *store = open_as(STORE_WRITE);

        set(store, "one");
        ck_assert_int_eq(store_begin(store), 0);
        ck_assert(store_in_transaction(store));
        set(store, "two");
        ck_assert_int_eq(store_rollback(store), 0);
        ck_assert(!store_in_transaction(store));
        ck_assert_int_eq(store_rollback(store), 0);
        expect(store, "one");

        ck_assert_int_eq(store_begin(store), 0);
        set(store, "three");
        store_close(store);

        store = open_as(STORE_WRITE);
        expect(store, "one");
        store_close(store);
}
END_TEST

START_TEST(readers_see_before_or_after_and_keep_nobody_waiting)
{
        Store *writer = open_as(STORE_WRITE), *reader = open_as(STORE_READ);

        set(writer, "one");
        ck_assert_int_eq(store_begin(writer), 0);
        set(writer, "two");
        expect(reader, "one");
        ck_assert_int_eq(store_commit(writer), 0);
        expect(reader, "two");
        ck_assert_int_eq(store_meta_set(reader, "test", "three"), -EROFS);
        store_close(reader);
        store_close(writer);
}
END_TEST

START_TEST(readers_work_while_no_daemon_does)
{
        Store *store = open_as(STORE_WRITE);

        set(store, "one");
        store_close(store);
        store = open_as(STORE_READ);
        expect(store, "one");
        store_close(store);

        crash_with("two");
        store = open_as(STORE_READ);
        expect(store, "two");
        store_close(store);
}
END_TEST

/* A member of the group scand, who may read the files and write nothing. */
static void read_as_nobody(const char *expected)
{
        pid_t pid = fork();
        int status;

        if (pid == 0) {
                _cleanup_free_ char *value = NULL;
                Store *store;
                char *error;

                if (setgroups(0, NULL) < 0 || setgid(0) < 0 || setuid(65534) < 0)
                        _exit(3);
                if (store_open(path, STORE_READ, &store, &error) < 0) {
                        fprintf(stderr, "# %s\n", error);
                        _exit(1);
                }
                _exit(store_meta_get(store, "test", &value) == 1 && strcmp(value, expected) == 0
                              ? 0
                              : 2);
        }

        ck_assert_int_eq(waitpid(pid, &status, 0), pid);
        ck_assert(WIFEXITED(status));
        ck_assert_int_eq(WEXITSTATUS(status), 0);
}

START_TEST(the_group_may_read_with_and_without_a_daemon)
{
        Store *store;

        if (geteuid() != 0)
                return; /* nobody else can be had */

        ck_assert_int_eq(chmod(folder, 0750), 0);
        store = open_as(STORE_WRITE);
        set(store, "one");
        read_as_nobody("one");
        store_close(store);
        read_as_nobody("one");
        crash_with("two");
        read_as_nobody("two");
}
END_TEST

START_TEST(a_second_writer_is_kept_out)
{
        Store *store = open_as(STORE_WRITE);

        refuse(STORE_WRITE, -EBUSY, "in use by another scand");
        store_close(store);
        store_close(open_as(STORE_WRITE));
}
END_TEST

START_TEST(a_reader_needs_a_database)
{
        refuse(STORE_READ, -ENOENT, "does not exist yet");
        ck_assert_int_eq(size_of(path), -1);
}
END_TEST

/* Whatever is refused must stay byte for byte as it was, and nothing may appear beside it. */
static void refuse_untouched(int code, const char *words)
{
        static const StoreMode modes[] = { STORE_READ, STORE_WRITE };
        Buffer before = contents(path);

        for (size_t i = 0; i < ARRAY_SIZE(modes); i++) {
                Buffer after;

                refuse(modes[i], code, words);
                after = contents(path);
                ck_assert_uint_eq(before.size, after.size);
                ck_assert(before.size == 0 || memcmp(before.data, after.data, before.size) == 0);
                buffer_done(&after);
        }
        buffer_done(&before);
}

START_TEST(a_foreign_file_is_refused_and_not_touched)
{
        overwrite(path, 0, "precious", 8);
        refuse_untouched(-EMEDIUMTYPE, "not a database of scand");
        ck_assert_int_eq(size_of(log_path), -1);
}
END_TEST

START_TEST(an_empty_file_is_refused)
{
        overwrite(path, 0, "", 0);
        refuse_untouched(-EMEDIUMTYPE, "not a database of scand");
}
END_TEST

START_TEST(a_database_of_another_program_is_refused_and_not_touched)
{
        store_close(open_as(STORE_WRITE));
        overwrite(path, 68, "Mail", 4);
        refuse_untouched(-EMEDIUMTYPE, "not a database of scand");
}
END_TEST

START_TEST(a_database_of_a_newer_scand_is_refused_and_not_touched)
{
        store_close(open_as(STORE_WRITE));
        overwrite(path, 60, "\0\0\3\350", 4);
        refuse_untouched(-EMEDIUMTYPE, "newer scand (schema 1000");
}
END_TEST

START_TEST(a_damaged_database_is_refused_and_not_touched)
{
        char zeros[4096] = {};
        off_t size;

        store_close(open_as(STORE_WRITE));
        size = size_of(path);
        for (off_t at = 4096; at < size; at += 4096)
                overwrite(path, at, zeros, sizeof(zeros));
        refuse_untouched(-EUCLEAN, "damaged");
}
END_TEST

START_TEST(a_database_that_was_cut_short_is_refused_and_not_touched)
{
        store_close(open_as(STORE_WRITE));
        ck_assert_int_eq(truncate(path, 3 * 4096), 0);
        refuse_untouched(-EUCLEAN, "damaged");
}
END_TEST

START_TEST(a_folder_is_no_database)
{
        ck_assert_int_eq(mkdir(path, 0755), 0);
        refuse(STORE_WRITE, -EMEDIUMTYPE, "not a file");
}
END_TEST

/* Somebody removed scand.db and left its log, in the hope of a fresh start. */
START_TEST(a_left_over_log_does_not_come_back_to_life)
{
        Store *store;

        crash_with("old");
        ck_assert_int_eq(unlink(path), 0);

        store = open_as(STORE_WRITE);
        expect(store, NULL);
        set(store, "new");
        store_close(store);

        store = open_as(STORE_WRITE);
        expect(store, "new");
        store_close(store);
}
END_TEST

/* A backup put in the place of a database that was stopped cleanly: the log is empty and cannot replay over it. */
START_TEST(a_backup_put_in_place_after_a_clean_stop_is_what_is_read)
{
        Store *store = open_as(STORE_WRITE);
        char command[300];

        set(store, "old");
        store_close(store);
        snprintf(command, sizeof(command), "cp %s %s", path, side_path);
        ck_assert_int_eq(system(command), 0);

        store = open_as(STORE_WRITE);
        set(store, "new");
        store_close(store);
        ck_assert_int_eq(size_of(log_path), 0);

        ck_assert_int_eq(rename(side_path, path), 0);
        store = open_as(STORE_WRITE);
        expect(store, "old");
        store_close(store);
}
END_TEST

/* The same after a crash: SQLite would play the log into the backup, and say that all is well. */
START_TEST(a_backup_under_the_log_of_a_killed_daemon_is_refused)
{
        Store *store = open_as(STORE_WRITE);
        char command[300];

        set(store, "old");
        store_close(store);
        snprintf(command, sizeof(command), "cp %s %s", path, side_path);
        ck_assert_int_eq(system(command), 0);
        crash_with("new");

        ck_assert_int_eq(rename(side_path, path), 0);
        refuse_untouched(-EUCLEAN, "-wal of the former database");

        /* What the message asks for helps. */
        ck_assert_int_eq(unlink(log_path), 0);
        store = open_as(STORE_WRITE);
        expect(store, "old");
        store_close(store);
}
END_TEST

START_TEST(a_draft_of_an_interrupted_creation_is_thrown_away)
{
        char draft[160];

        snprintf(draft, sizeof(draft), "%s.new", path);
        overwrite(draft, 0, "half a database", 15);
        store_close(open_as(STORE_WRITE));
        ck_assert_int_eq(size_of(draft), -1);
}
END_TEST

START_TEST(sizes_are_those_of_the_files)
{
        Store *store = open_as(STORE_WRITE);
        int64_t database, log;

        set(store, "one");
        ck_assert_int_eq(store_size(store, &database, &log), 0);
        ck_assert_int_eq(database, size_of(path));
        ck_assert_int_eq(log, size_of(log_path));
        ck_assert_int_gt(log, 0);
        ck_assert_int_eq(store_checkpoint(store), 0);
        store_close(store);

        ck_assert_int_eq(store_open(NULL, STORE_MEMORY, &store, &(char *){ NULL }), 0);
        ck_assert_int_eq(store_size(store, &database, &log), 0);
        ck_assert_int_gt(database, 0);
        ck_assert_int_eq(log, 0);
        store_close(store);
}
END_TEST

static int collect(const Event *event, void *userdata)
{
        Buffer *buffer = userdata;

        return buffer_append_format(buffer, "%lld %s %s %s;", (long long)event->at,
                                    event_type_name(event->type), event->rule ?: "-",
                                    event->dn ?: "-");
}

START_TEST(events_are_an_outbox_in_order)
{
        Store *store = open_as(STORE_WRITE);
        _cleanup_buffer_ Buffer buffer = BUFFER_INIT;
        Domain domain;
        int64_t last, published;

        ck_assert_int_eq(domain_load(store, "corp.example", &domain), 0);
        ck_assert_int_eq(event_last_id(store, &last), 0);
        ck_assert_int_eq(last, 0);
        for (int i = 1; i <= 3; i++) {
                Event event = { .at = i,
                                .type = EVENT_OPENED,
                                .rule = "a-rule",
                                .dn = i == 2 ? "CN=x" : NULL };

                ck_assert_int_eq(event_append(store, domain.id, &event), 0);
        }

        ck_assert_int_eq(event_walk(store, 0, 2, collect, &buffer), 0);
        ck_assert_str_eq(buffer_string(&buffer), "1 opened a-rule -;2 opened a-rule CN=x;");
        buffer_reset(&buffer);
        ck_assert_int_eq(event_walk(store, 2, 10, collect, &buffer), 0);
        ck_assert_str_eq(buffer_string(&buffer), "3 opened a-rule -;");

        ck_assert_int_eq(event_published_get(store, &published), 0);
        ck_assert_int_eq(published, 0);
        ck_assert_int_eq(event_published_set(store, 3), 0);
        ck_assert_int_eq(event_published_get(store, &published), 0);
        ck_assert_int_eq(published, 3);
        domain_done(&domain);
        store_close(store);
}
END_TEST

typedef struct Told {
        int64_t done, total;
        Store *writer; /* who goes on writing */
        unsigned n;
} Told;

static void take_progress(int64_t done, int64_t total, void *userdata)
{
        Told *told = userdata;

        ck_assert_int_gt(done, told->done);
        ck_assert_int_le(done, total);
        ck_assert(told->total == 0 || told->total == total);
        told->done = done;
        told->total = total;
        told->n++;
        if (told->writer)
                set(told->writer, "meanwhile");
}

START_TEST(a_saved_copy_holds_what_is_committed_while_somebody_writes)
{
        _cleanup_(store_closep) Store *writer = open_as(STORE_WRITE), *reader = NULL, *copy = NULL;
        _cleanup_free_ char *error = NULL;
        Told told = {};
        int64_t size = 0;
        struct stat st;

        set(writer, "before");
        reader = open_as(STORE_READ);
        ck_assert_int_eq(store_begin(writer), 0);
        set(writer, "uncommitted");

        ck_assert_msg(store_save(reader, side_path, take_progress, &told, &size, &error) == 0, "%s",
                      error);
        ck_assert_int_eq(stat(side_path, &st), 0);
        ck_assert_int_eq(st.st_size, size);
        ck_assert_uint_eq(st.st_mode & 07777, 0600);

        /* The writer was not disturbed. */
        ck_assert_int_eq(store_commit(writer), 0);
        expect(writer, "uncommitted");

        /* And the copy is a database of its own, without a log. */
        ck_assert_msg(store_open(side_path, STORE_WRITE, &copy, &error) == 0, "%s", error);
        expect(copy, "before");
        set(copy, "after");
        expect(copy, "after");
        expect(writer, "uncommitted");
}
END_TEST

START_TEST(a_large_copy_is_made_in_parts_and_is_of_one_moment)
{
        _cleanup_(store_closep) Store *writer = open_as(STORE_WRITE), *reader = NULL, *copy = NULL;
        _cleanup_free_ char *error = NULL;
        char text[4000];
        Told told = { .writer = writer };
        int64_t size = 0;

        memset(text, 'x', sizeof(text) - 1);
        text[sizeof(text) - 1] = 0;
        ck_assert_int_eq(store_begin(writer), 0);
        for (unsigned i = 0; i < 9000; i++) {
                char name[20];

                (void)snprintf(name, sizeof(name), "n%u", i);
                ck_assert_int_ge(store_meta_set(writer, name, text), 0);
        }
        ck_assert_int_eq(store_commit(writer), 0);
        set(writer, "before");
        reader = open_as(STORE_READ);

        ck_assert_msg(store_save(reader, side_path, take_progress, &told, &size, &error) == 0, "%s",
                      error);
        ck_assert_uint_gt(told.n, 3);
        expect(reader, "meanwhile");
        ck_assert_msg(store_open(side_path, STORE_READ, &copy, &error) == 0, "%s", error);
        expect(copy, "before");
}
END_TEST

START_TEST(a_copy_overwrites_nothing_and_leaves_nothing_half_made)
{
        _cleanup_(store_closep) Store *store = open_as(STORE_WRITE);
        _cleanup_free_ char *error = NULL, *other = NULL;
        char nowhere[160];
        int64_t size;

        ck_assert_int_eq(store_save(store, path, NULL, NULL, &size, &error), -EEXIST);
        ck_assert_ptr_nonnull(strstr(error, path));
        set(store, "still there");
        expect(store, "still there");

        snprintf(nowhere, sizeof(nowhere), "%s/no/such.db", folder);
        ck_assert_int_eq(store_save(store, nowhere, NULL, NULL, &size, &other), -ENOENT);
        ck_assert_ptr_nonnull(strstr(other, nowhere));
}
END_TEST

Suite *test_suite(void)
{
        Suite *suite = suite_create("store");
        TCase *tcase = tcase_create("store");

        tcase_add_checked_fixture(tcase, set_up, tear_down);
        tcase_add_test(tcase, a_new_database_is_made_for_its_group_and_in_wal);
        tcase_add_test(tcase, what_was_committed_is_there_after_a_clean_stop_and_a_kill);
        tcase_add_test(tcase, what_was_not_committed_is_gone);
        tcase_add_test(tcase, readers_see_before_or_after_and_keep_nobody_waiting);
        tcase_add_test(tcase, readers_work_while_no_daemon_does);
        tcase_add_test(tcase, the_group_may_read_with_and_without_a_daemon);
        tcase_add_test(tcase, a_second_writer_is_kept_out);
        tcase_add_test(tcase, a_reader_needs_a_database);
        tcase_add_test(tcase, a_foreign_file_is_refused_and_not_touched);
        tcase_add_test(tcase, an_empty_file_is_refused);
        tcase_add_test(tcase, a_database_of_another_program_is_refused_and_not_touched);
        tcase_add_test(tcase, a_database_of_a_newer_scand_is_refused_and_not_touched);
        tcase_add_test(tcase, a_damaged_database_is_refused_and_not_touched);
        tcase_add_test(tcase, a_database_that_was_cut_short_is_refused_and_not_touched);
        tcase_add_test(tcase, a_folder_is_no_database);
        tcase_add_test(tcase, a_left_over_log_does_not_come_back_to_life);
        tcase_add_test(tcase, a_backup_put_in_place_after_a_clean_stop_is_what_is_read);
        tcase_add_test(tcase, a_backup_under_the_log_of_a_killed_daemon_is_refused);
        tcase_add_test(tcase, a_draft_of_an_interrupted_creation_is_thrown_away);
        tcase_add_test(tcase, sizes_are_those_of_the_files);
        tcase_add_test(tcase, events_are_an_outbox_in_order);
        tcase_add_test(tcase, a_saved_copy_holds_what_is_committed_while_somebody_writes);
        tcase_add_test(tcase, a_large_copy_is_made_in_parts_and_is_of_one_moment);
        tcase_add_test(tcase, a_copy_overwrites_nothing_and_leaves_nothing_half_made);
        suite_add_tcase(suite, tcase);
        return suite;
}
