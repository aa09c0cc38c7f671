/* SPDX-License-Identifier: MIT */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/core/address.h"
#include "tests/faults/day-internal.h"
#include "tests/unit/check-main.h"

int day_try(Day *day)
{
        return day_step(day)->attempt(day);
}

/* --- the files --- */

static char *database_path(const Day *day)
{
        return day_format("%s/scand.db", day->lab.folder);
}

static const char *const suffixes[] = { "", "-wal" };

/* In place, so that the database stays the same file to whoever remembers it. */
static void copy_file(const char *from, const char *to)
{
        char data[65536];
        int in = open(from, O_RDONLY | O_CLOEXEC), out;
        ssize_t n;

        if (in < 0) {
                (void)unlink(to);
                return;
        }
        out = open(to, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0640);
        ck_assert_int_ge(out, 0);
        while ((n = read(in, data, sizeof(data))) > 0)
                ck_assert_int_eq(write(out, data, (size_t)n), n);
        ck_assert_int_eq(n, 0);
        close(in);
        close(out);
}

static void copy_database(const Day *day, const char *copy, bool back)
{
        char *database = database_path(day);

        for (size_t i = 0; i < ARRAY_SIZE(suffixes); i++) {
                char *file = day_format("%s%s", database, suffixes[i]),
                     *kept = day_format("%s/%s%s", day->lab.folder, copy, suffixes[i]);

                copy_file(back ? kept : file, back ? file : kept);
                free(file);
                free(kept);
        }
        free(database);
}

static void remove_file(const Day *day, const char *name)
{
        char *path = day_format("%s/%s", day->lab.folder, name);

        (void)unlink(path);
        free(path);
}

void day_close(Day *day)
{
        if (day->lab.store)
                lab_close_store(&day->lab);
}

/* What is left of it is what it would have left to the next process: the log is not taken in. */
static void day_kill(Day *day)
{
        if (!day->lab.store)
                return;
        copy_database(day, "killed", false);
        day_close(day);
        copy_database(day, "killed", true);
        remove_file(day, "scand.db-shm");
}

void day_leave(Day *day)
{
        day_close(day);
        remove_file(day, "scand.db-shm");
}

void day_rewind(Day *day)
{
        day_close(day);
        copy_database(day, "before", true);
        remove_file(day, "scand.db-shm");
        if (!day->is_created) {
                remove_file(day, "scand.lock");
                remove_file(day, "scand.db.new");
        }
        if (!day_is_opening(day))
                ck_assert_int_eq(day_open(day), 0);
}

/* --- what the database says --- */

/* With the events: an answer that is applied twice must not tell of it twice. */
static char *day_dump(Day *day)
{
        char *state = lab_dump_ready(&day->lab), *dump;

        dump = day_format("%sevents %lld\n", state,
                          (long long)lab_count(&day->lab, "SELECT count(*) FROM event"));
        free(state);
        return dump;
}

/* The lines that one has and the other has not. */
static void print_others(const char *title, const char *dump, const char *others)
{
        char *copy = strdup(dump), *position, *line;

        for (line = strtok_r(copy, "\n", &position); line; line = strtok_r(NULL, "\n", &position))
                if (!strstr(others, line))
                        printf("# %s: %s\n", title, line);
        free(copy);
}

static void check_whole(Day *day, const char *what)
{
        char *verdict = lab_text(&day->lab, "PRAGMA integrity_check");

        ck_assert_msg(verdict && strcmp(verdict, "ok") == 0, "%s: %s", what,
                      verdict ?: "no answer");
        free(verdict);
}

static void open_to_look(Day *day, const char *what)
{
        int r;

        if (day->lab.store)
                return;
        r = day_open(day);
        ck_assert_msg(r == 0, "%s: the database cannot be opened any more: %d", what, r);
}

bool day_check(Day *day, int r, const char *what)
{
        bool is_after;
        char *dump;

        ck_assert_msg(!day->complaint, "%s: %s", what, day->complaint);
        if (!day->is_created && !day->lab.store)
                return false; /* there is nothing to look at yet */

        open_to_look(day, what);
        check_whole(day, what);
        dump = day_dump(day);
        is_after = strcmp(dump, day->after) == 0;
        if (!is_after && (r == 0 || strcmp(dump, day->before) != 0)) {
                print_others("not after the step", dump, day->after);
                print_others("missing of what is after", day->after, dump);
                print_others("not before the step", dump, day->before);
                print_others("missing of what is before", day->before, dump);
                ck_abort_msg("%s (%d): neither before nor after", what, r);
        }
        free(dump);

        /* An answer that is short of something is worse than none. */
        if (r == 0 && day_is_question(day))
                ck_assert_int_eq(day->answered,
                                 lab_count(&day->lab, "SELECT count(*) FROM finding"));
        return is_after;
}

void day_recover(Day *day, int r, DayRestart restart, const char *what)
{
        char *dump;

        switch (restart) {
        case DAY_GOES_ON:
                if (day_is_opening(day))
                        day_close(day);
                break;
        case DAY_STOPPED:
                day_close(day);
                break;
        case DAY_KILLED:
                day_kill(day);
                break;
        }
        if (!day_is_opening(day))
                open_to_look(day, what);
        if (r < 0) {
                r = day_try(day);
                ck_assert_msg(r == 0, "%s: the next try fails, too: %d", what, r);
        }

        open_to_look(day, what);
        check_whole(day, what);
        dump = day_dump(day);
        if (strcmp(dump, day->after) != 0) {
                print_others("too much", dump, day->after);
                print_others("missing", day->after, dump);
                ck_abort_msg("%s: wrong after recovery", what);
        }
        free(dump);
}

/* --- the day --- */

static void forget_objects(Day *day)
{
        for (size_t i = 0; i < day->n_objects; i++)
                object_free(day->objects[i]);
        free(day->objects);
        day->objects = NULL;
        day->n_objects = 0;
}

/* A delta brings what changed since the cursor, a read what lives. */
static bool is_sent(const LabDomain *directory, const LabNode *node, ApplyKind kind)
{
        return kind == APPLY_DELTA ? node->usn > directory->domain.cursor.watermark
                                   : !node->is_deleted;
}

static void collect_objects(Day *day)
{
        const DayStep *step = day_step(day);
        const LabDomain *directory = &day->lab.domains[step->domain];

        if (!day_is_answer(day) || step->kind == APPLY_REEVALUATE)
                return;

        day->objects = calloc(directory->n, sizeof(*day->objects));
        ck_assert_ptr_nonnull(day->objects);
        for (size_t i = 0; i < directory->n; i++) {
                if (!is_sent(directory, &directory->nodes[i], step->kind) ||
                    strcmp(directory->nodes[i].class, "printQueue") == 0)
                        continue;
                ck_assert_int_eq(object_new(&day->objects[day->n_objects]), 0);
                lab_object(&day->lab, step->domain, (int)i, day->objects[day->n_objects++]);
        }
}

void day_init(Day *day)
{
        *day = (Day){};
        ck_assert(domain_list_load()); /* as the daemon does at its start */
        lab_init_file(&day->lab, 2);
        /* The first step is to make it. */
        day_close(day);
        remove_file(day, "scand.db");
        remove_file(day, "scand.db-wal");
        remove_file(day, "scand.db-shm");
        remove_file(day, "scand.lock");
}

void day_done(Day *day)
{
        forget_objects(day);
        free(day->before);
        free(day->after);
        day_close(day);
        if (day->is_created)
                ck_assert_int_eq(day_open(day), 0);
        else
                lab_open_store(&day->lab);
        lab_done(&day->lab);
}

void day_prepare(Day *day, unsigned step)
{
        forget_objects(day);
        free(day->before);
        free(day->after);

        day->step = step;
        day->is_created = step > 0;
        if (day_step(day)->change)
                day_step(day)->change(day);

        if (day->is_created && !day->lab.store)
                ck_assert_int_eq(day_open(day), 0);
        day->before = day->is_created ? day_dump(day) : strdup("");
        collect_objects(day);
        copy_database(day, "before", false);
        day_close(day);

        day_rewind(day);
        ck_assert_int_eq(day_try(day), 0);
        open_to_look(day, day_step_name(step));
        day->after = day_dump(day);
        ck_assert_msg(!day_is_answer(day) || strcmp(day->before, day->after), "%s changes nothing",
                      day_step_name(step));
        day_close(day);
}
