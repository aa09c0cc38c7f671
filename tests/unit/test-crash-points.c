/* SPDX-License-Identifier: MIT */

/*
 * A day on which everything happens once, and a process that ends at every single call to the database: at each step of a
 * statement, each BEGIN and COMMIT, and at each write, sync and truncation that SQLite makes of it. Whatever the call, the next
 * process goes on with what the files hold, and must come to the same end as if nothing had been: nothing lost, nothing invented,
 * and all that happened told at least once.
 *
 * The day is lived in memory that processes share, so that the directory goes on when the one who follows it is gone. The calls are
 * caught by the linker (--wrap) and by a file system of SQLite's that stands before the real one.
 *
 * Calls between which neither the files nor the directory nor the journal changed leave the same world behind: of those one is
 * enough. With SCAND_TEST_EVERY_CALL=1 no call is spared, which takes some minutes.
 */

#include <inttypes.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/core/hash.h"
#include "lib/state/event.h"
#include "lib/state/retain.h"
#include "tests/simulate/client.h"
#include "tests/simulate/compare.h"
#include "tests/unit/check-main.h"

enum {
        SECOND = 1000,
        MINUTE = 60 * SECOND,
        DAY = 24 * 60 * MINUTE,
        POLL_SECONDS = 30,
        LATE = 40 * SECOND, /* after the next poll, before the one after it, whatever the jitter */
        JOBS = 2,
        DIED = 77, /* exit status of who died as told */
        EVENTS_MOST = 400,
        POINTS_MOST = 10000,
        TEXT_SIZE = 120,
};

typedef struct Told {
        int64_t id;
        char text[TEXT_SIZE];
} Told;

/* What outlives the process. */
typedef struct World {
        Directory directory;
        unsigned users[4], group, contact, unit, other_unit;
        unsigned controller; /* the one to follow */
        unsigned hour;       /* of the day's, in which it is */
        bool is_done;        /* what the directory does in this hour: the rest is the client's */
        Told journal[EVENTS_MOST];
        unsigned n_told;

        uint64_t n_points;  /* met so far by this process */
        uint64_t n_changes; /* made to the files so far */
        uint64_t die_at;    /* 0: never */
        const char *point;  /* where it died … */
        unsigned died_in;   /* … and in which hour */
} World;

static World *world;

/* --- the points --- */

/* What a process that ends at a point leaves behind, in one number: the first of them is that of point 1. */
static uint64_t *footprints;

static uint64_t footprint(void)
{
        const uint64_t left[] = { world->n_changes, world->hour, world->is_done, world->n_told,
                                  (uint64_t)world->directory.now };

        return hash_finish(hash_bytes(HASH_INIT, left, sizeof(left)));
}

static void pass_point(const char *what)
{
        if (!world)
                return;

        world->n_points++;
        ck_assert_uint_le(world->n_points, POINTS_MOST);
        if (footprints)
                footprints[world->n_points - 1] = footprint();
        if (world->n_points != world->die_at)
                return;
        world->point = what;
        world->died_in = world->hour;
        _exit(DIED);
}

static void pass_change(const char *what)
{
        pass_point(what);
        if (world)
                world->n_changes++;
}

int __real_sqlite3_step(sqlite3_stmt *statement);
int __wrap_sqlite3_step(sqlite3_stmt *statement);
int __wrap_sqlite3_step(sqlite3_stmt *statement)
{
        pass_point("sqlite3_step");
        return __real_sqlite3_step(statement);
}

typedef int (*ExecFunction)(void *, int, char **, char **);

int __real_sqlite3_exec(sqlite3 *database, const char *sql, ExecFunction function, void *userdata,
                        char **ret_error);
int __wrap_sqlite3_exec(sqlite3 *database, const char *sql, ExecFunction function, void *userdata,
                        char **ret_error);
int __wrap_sqlite3_exec(sqlite3 *database, const char *sql, ExecFunction function, void *userdata,
                        char **ret_error)
{
        pass_point(sql);
        return __real_sqlite3_exec(database, sql, function, userdata, ret_error);
}

int __real_sqlite3_wal_checkpoint_v2(sqlite3 *database, const char *name, int mode, int *ret_pages,
                                     int *ret_moved);
int __wrap_sqlite3_wal_checkpoint_v2(sqlite3 *database, const char *name, int mode, int *ret_pages,
                                     int *ret_moved);
int __wrap_sqlite3_wal_checkpoint_v2(sqlite3 *database, const char *name, int mode, int *ret_pages,
                                     int *ret_moved)
{
        pass_point("sqlite3_wal_checkpoint_v2");
        return __real_sqlite3_wal_checkpoint_v2(database, name, mode, ret_pages, ret_moved);
}

/* SQLite has a table of functions for each way to lock a file; each is copied once, with ours in it. */
static struct {
        const sqlite3_io_methods *real;
        sqlite3_io_methods ours;
} methods[8];

static sqlite3_vfs files;
static int (*real_open)(sqlite3_vfs *, sqlite3_filename, sqlite3_file *, int, int *);
static int (*real_delete)(sqlite3_vfs *, const char *, int);

static const sqlite3_io_methods *real_methods(const sqlite3_file *file)
{
        for (size_t i = 0; i < ARRAY_SIZE(methods); i++)
                if (file->pMethods == &methods[i].ours)
                        return methods[i].real;

        abort();
}

static int point_write(sqlite3_file *file, const void *data, int size, sqlite3_int64 at)
{
        pass_change("a write");
        return real_methods(file)->xWrite(file, data, size, at);
}

static int point_truncate(sqlite3_file *file, sqlite3_int64 size)
{
        pass_change("a truncation");
        return real_methods(file)->xTruncate(file, size);
}

static int point_sync(sqlite3_file *file, int flags)
{
        pass_point("a sync");
        return real_methods(file)->xSync(file, flags);
}

static void interpose(sqlite3_file *file)
{
        size_t i = 0;

        while (methods[i].real && methods[i].real != file->pMethods)
                if (++i == ARRAY_SIZE(methods))
                        abort();

        methods[i].real = file->pMethods;
        methods[i].ours = *file->pMethods;
        methods[i].ours.xWrite = point_write;
        methods[i].ours.xTruncate = point_truncate;
        methods[i].ours.xSync = point_sync;
        file->pMethods = &methods[i].ours;
}

static int point_open(sqlite3_vfs *vfs, sqlite3_filename name, sqlite3_file *file, int flags,
                      int *ret_flags)
{
        int code;

        pass_change("the opening of a file");
        code = real_open(vfs, name, file, flags, ret_flags);
        if (code == SQLITE_OK && file->pMethods)
                interpose(file);
        return code;
}

static int point_delete(sqlite3_vfs *vfs, const char *name, int sync)
{
        pass_change("a deletion");
        return real_delete(vfs, name, sync);
}

static void interpose_files(void)
{
        const sqlite3_vfs *real = sqlite3_vfs_find(NULL);

        files = *real;
        files.zName = "points";
        real_open = real->xOpen;
        real_delete = real->xDelete;
        files.xOpen = point_open;
        files.xDelete = point_delete;
        ck_assert_int_eq(sqlite3_vfs_register(&files, 1), SQLITE_OK);
}

/* --- the outbox, as the daemon empties it --- */

static void describe(const Event *event, char text[TEXT_SIZE])
{
        char guid[GUID_STRING_SIZE];

        guid_format(&event->guid, guid);
        snprintf(text, TEXT_SIZE, "%s %s %s %s %.*s", event_type_name(event->type), guid,
                 event->rule ?: "", event->attribute ?: "", (int)event->value.size,
                 event->value.data ? (const char *)event->value.data : "");
}

static int tell(const Event *event, void *userdata)
{
        Told *told = &world->journal[world->n_told];
        int64_t *last = userdata;

        ck_assert_uint_lt(world->n_told, EVENTS_MOST);
        told->id = event->id;
        describe(event, told->text);
        world->n_told++;
        *last = event->id;
        return 0;
}

static void publish(Client *client)
{
        int64_t published, last;

        if (store_in_transaction(client->store))
                return;

        do {
                ck_assert_int_eq(event_published_get(client->store, &published), 0);
                last = published;
                ck_assert_int_eq(event_walk(client->store, published, 3, tell, &last), 0);
                if (last > published)
                        ck_assert_int_eq(event_published_set(client->store, last), 0);
        } while (last > published);
}

/* --- the day --- */

static Directory *directory(void)
{
        return &world->directory;
}

static unsigned add(Kind kind, unsigned parent)
{
        int object = directory_add(directory(), 0, kind, parent);

        ck_assert_int_ge(object, 0);
        return (unsigned)object;
}

static void replicate(unsigned from, unsigned to)
{
        directory_replicate(directory(), from, to, -1);
}

static void write_at(unsigned controller, unsigned object, Field field, uint64_t value)
{
        directory_write(directory(), controller, object, field, value);
}

static void dawn(void)
{
        directory_init(directory(), 2, 42);
        world->unit = add(KIND_CONTAINER, OBJECT_HEAD);
        world->other_unit = add(KIND_CONTAINER, OBJECT_HEAD);
        for (unsigned i = 0; i < ARRAY_SIZE(world->users); i++) {
                world->users[i] = add(KIND_USER, world->unit);
                write_at(0, world->users[i], FIELD_MAIL, i + 1);
                write_at(0, world->users[i], FIELD_UPN, i + 1);
        }
        world->group = add(KIND_GROUP, OBJECT_USERS);
        world->contact = add(KIND_CONTACT, world->unit);
        replicate(0, 1);
        replicate(1, 0);
}

static void an_address_twice(void)
{
        write_at(0, world->users[1], FIELD_MAIL, 1);
        write_at(0, world->contact, FIELD_PROXIES, 6);
}

static void an_address_changes_hands(void)
{
        write_at(0, world->users[1], FIELD_MAIL, 0);
        write_at(0, world->users[2], FIELD_MAIL, 1);
}

static void names_change(void)
{
        write_at(0, world->users[3], FIELD_UPN, 9);
        write_at(0, world->unit, FIELD_PLACE, place_make(world->other_unit, 77, false));
        write_at(0, world->group, FIELD_PLACE, place_make(world->unit, 5, false));
}

static void somebody_goes(void)
{
        directory_delete(directory(), 0, world->users[0], true);
}

static void somebody_comes_back(void)
{
        directory_undelete(directory(), 0, world->users[0], world->other_unit);
}

static void the_other_one_is_followed(void)
{
        replicate(0, 1);
        world->controller = 1;
        write_at(1, world->group, FIELD_MAIL, 3);
        write_at(0, world->contact, FIELD_MAIL, 2);
}

static void and_left(void)
{
        replicate(0, 1);
        replicate(1, 0);
        world->controller = 0;
        write_at(0, world->users[2], FIELD_PROXIES, 10);
}

static void a_write_commits_late(void)
{
        ck_assert(directory_write_late(directory(), 0, world->users[1], FIELD_MAIL, 3, LATE));
        write_at(0, world->users[3], FIELD_DISPLAY_NAME, 3);
}

static void nothing(void)
{
}

static void weeks_pass(void)
{
        directory()->now += 29 * (int64_t)DAY;
}

static void judge_again(Client *client)
{
        ck_assert_int_eq(feed_reevaluate(client->feed, directory()->now), 0);
}

static void read_again(Client *client)
{
        feed_rescan(client->feed, directory()->now);
}

static void forget(Client *client)
{
        int r;

        client->config->keep_deleted_days = 14;
        do {
                r = retain_step(client->store, client->config, client_wall(client), 1);
                ck_assert_int_ge(r, 0);
        } while (r == RETAIN_MORE);
}

static const struct {
        void (*directory)(void);
        void (*client)(Client *client); /* NULL: it only follows */
} hours[] = {
        { dawn, NULL },
        { an_address_twice, NULL },
        { an_address_changes_hands, NULL },
        { names_change, NULL },
        { nothing, judge_again },
        { somebody_goes, NULL },
        { somebody_comes_back, NULL },
        { the_other_one_is_followed, NULL },
        { and_left, NULL },
        { a_write_commits_late, NULL },
        { nothing, NULL },
        { somebody_goes, read_again },
        { weeks_pass, forget },
        { an_address_twice, NULL },
};

static void follow(Client *client)
{
        if (!client->is_connected || client->server.controller != world->controller)
                client_connect(client, world->controller);
        ck_assert_int_eq(client_poll(client), CLIENT_WAITING);
        publish(client);
}

static void start(Client *client, const char *path)
{
        client_init(client, directory(), 1);
        client->config->page_size = 5;
        client->domain_config.poll_interval = POLL_SECONDS;
        client->budget = 5;
        client_start(client, path);
        publish(client);
}

/* From the hour in which it is to the end of the day. */
static void live(const char *path)
{
        Client client = {};
        bool is_started = false;

        for (; world->hour < ARRAY_SIZE(hours); world->hour++) {
                if (!world->is_done)
                        hours[world->hour].directory();
                world->is_done = true;

                if (!is_started)
                        start(&client, path);
                is_started = true;
                if (hours[world->hour].client)
                        hours[world->hour].client(&client);
                follow(&client);
                world->is_done = false;
        }

        if (is_started)
                client_done(&client);
}

/* --- the end of it --- */

/* What was done rather than what happened: a process that starts anew may have to do it again. */
static bool is_of_reading(const char *text)
{
        return strncmp(text, "read-complete ", 14) == 0 || strncmp(text, "baseline ", 9) == 0;
}

static int text_order(const void *a, const void *b)
{
        return strcmp(a, b);
}

typedef struct History {
        char texts[EVENTS_MOST][TEXT_SIZE];
        int64_t ids[EVENTS_MOST];
        unsigned n;
        int64_t n_late;    /* commits that the overlap search found */
        uint64_t n_points; /* of the day that gave it */
} History;

static int record(const Event *event, void *userdata)
{
        History *history = userdata;

        ck_assert_uint_lt(history->n, EVENTS_MOST);
        history->ids[history->n] = event->id;
        describe(event, history->texts[history->n++]);
        return 0;
}

static History *undisturbed; /* events of the day without a crash, sorted; shared */

static unsigned complain(const char *what, const char *which)
{
        printf("# %s: %s\n", what, which);
        return 1;
}

/* Each event of the log stands in the journal; and nothing stands there that is not in the log. */
static unsigned compare_journal(const History *log)
{
        unsigned n = 0, at;

        for (unsigned i = 0; i < log->n; i++) {
                for (at = 0; at < world->n_told && world->journal[at].id != log->ids[i]; at++)
                        ;
                if (at == world->n_told)
                        n += complain("never told", log->texts[i]);
        }

        for (unsigned i = 0; i < world->n_told; i++) {
                for (at = 0; at < log->n && log->ids[at] != world->journal[i].id; at++)
                        ;
                if (at == log->n || strcmp(log->texts[at], world->journal[i].text) != 0)
                        n += complain("told and never happened", world->journal[i].text);
        }

        return n;
}

static void keep_what_happened(History *history)
{
        unsigned kept = 0;

        for (unsigned i = 0; i < history->n; i++)
                if (!is_of_reading(history->texts[i]))
                        memmove(history->texts[kept++], history->texts[i], TEXT_SIZE);
        history->n = kept;
        qsort(history->texts, history->n, TEXT_SIZE, text_order);
}

static unsigned compare_history(const History *log)
{
        unsigned n = 0;

        for (unsigned i = 0, k = 0; i < log->n || k < undisturbed->n;) {
                int order = i == log->n           ? 1
                            : k == undisturbed->n ? -1
                                                  : strcmp(log->texts[i], undisturbed->texts[k]);

                if (order < 0)
                        n += complain("invented", log->texts[i]);
                if (order > 0)
                        n += complain("lost", undisturbed->texts[k]);
                i += order <= 0;
                k += order >= 0;
        }

        return n;
}

static unsigned compare_with_fresh(Client *client)
{
        Client fresh;
        unsigned n;

        client_init(&fresh, directory(), 2);
        client_start(&fresh, NULL);
        client_connect(&fresh, world->controller);
        ck_assert_int_eq(client_run(&fresh), CLIENT_WAITING);
        n = compare_findings(client, &fresh, stdout);
        client_done(&fresh);
        return n;
}

/* Looks at what the day has left. Returns how much is wrong; without a reference it becomes the reference. */
static unsigned judge(const char *path)
{
        History *log = calloc(1, sizeof(*log));
        Client client;
        unsigned n;

        ck_assert_ptr_nonnull(log);
        client_init(&client, directory(), 1);
        client_start(&client, path);

        n = compare_cache(&client, world->controller, stdout);
        n += compare_with_fresh(&client);
        ck_assert_int_eq(event_walk(client.store, 0, EVENTS_MOST, record, log), 0);
        n += compare_journal(log);
        keep_what_happened(log);
        log->n_late = client.domain.late_commits_total;
        if (undisturbed->n == 0) {
                log->n_points = undisturbed->n_points;
                *undisturbed = *log;
        }
        n += compare_history(log);
        /* What was lost and found again by the search for late commits was lost all the same. */
        if (log->n_late != undisturbed->n_late)
                n += complain("not the late commits of an undisturbed day", "more were lost first");

        client_done(&client);
        free(log);
        return n;
}

/* --- the processes --- */

/* Runs it in a process of its own; its exit status. */
static int in_process(unsigned (*function)(const char *), const char *path)
{
        int status;
        pid_t pid;

        fflush(stdout);
        pid = fork();
        ck_assert_int_ge(pid, 0);
        if (pid == 0) {
                unsigned n_wrong;

                interpose_files();
                n_wrong = function(path);
                fflush(stdout);
                _exit(n_wrong > 0 ? 1 : 0);
        }

        ck_assert_int_eq(waitpid(pid, &status, 0), pid);
        return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static unsigned live_all_day(const char *path)
{
        live(path);
        return 0;
}

static unsigned live_on_and_judge(const char *path)
{
        live(path);
        return judge(path);
}

static char folder[] = "/dev/shm/scand-crash-XXXXXX";

static void begin(uint64_t die_at)
{
        folder_clear(folder);
        memset(world, 0, sizeof(*world));
        world->die_at = die_at;
}

/* What the day without a crash tells of its points. Shared. */
typedef struct Points {
        uint64_t n;
        uint64_t footprints[POINTS_MOST];
        uint64_t n_tried[JOBS];
        unsigned n_wrong[JOBS];
} Points;

static void die_at(const Points *points, uint64_t point, const char *path, unsigned *n_wrong)
{
        int status;

        begin(point);
        status = in_process(live_all_day, path);
        ck_assert_int_eq(status, DIED);
        /* Else the days differ, and what is true of one says nothing of another. */
        ck_assert_uint_eq(footprint(), points->footprints[point - 1]);

        world->die_at = 0;
        status = in_process(live_on_and_judge, path);
        if (status != 0) {
                printf("# wrong after an end at call %" PRIu64 ", %s, in hour %u (status %d)\n",
                       point, world->point, world->died_in, status);
                (*n_wrong)++;
        }
}

static void *share(size_t size)
{
        void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

        ck_assert_ptr_ne(memory, MAP_FAILED);
        return memory;
}

static void make_folder(char *path, size_t size)
{
        static char on_disk[] = "/tmp/scand-crash-XXXXXX";
        const char *made = mkdtemp(folder);

        if (!made)
                made = mkdtemp(on_disk);
        ck_assert_ptr_nonnull(made);
        memmove(folder, made, strlen(made) + 1);
        snprintf(path, size, "%s/scand.db", made);
}

static bool is_worth_it(const Points *points, uint64_t point)
{
        return getenv("SCAND_TEST_EVERY_CALL") || point == 1 ||
               points->footprints[point - 1] != points->footprints[point - 2];
}

/* One of the jobs takes every so-many-th, in a folder of its own. */
static void work(unsigned job, Points *points)
{
        char path[64];

        world = share(sizeof(*world));
        make_folder(path, sizeof(path));
        for (uint64_t point = 1, n = 0; point <= points->n && points->n_wrong[job] < 3; point++) {
                if (!is_worth_it(points, point) || n++ % JOBS != job)
                        continue;
                die_at(points, point, path, &points->n_wrong[job]);
                points->n_tried[job]++;
        }
        folder_clear(folder);
        (void)rmdir(folder);
        fflush(stdout);
}

static unsigned live_and_count(const char *path)
{
        live(path);
        footprints = NULL;
        undisturbed->n_points = world->n_points;
        return judge(path);
}

static void live_undisturbed(Points *points)
{
        char path[64];

        undisturbed = share(sizeof(*undisturbed));
        world = share(sizeof(*world));
        make_folder(path, sizeof(path));
        begin(0);
        footprints = points->footprints;
        ck_assert_int_eq(in_process(live_and_count, path), 0);
        footprints = NULL;
        points->n = undisturbed->n_points;
        folder_clear(folder);
        (void)rmdir(folder);
        strcpy(folder + strlen(folder) - 6, "XXXXXX");
}

START_TEST(the_day_goes_on_after_an_end_at_every_call)
{
        Points *points = share(sizeof(*points));
        pid_t pids[JOBS];
        int status;

        live_undisturbed(points);
        ck_assert_uint_gt(undisturbed->n, 15);
        ck_assert_uint_gt(points->n, 1000);
        ck_assert_int_eq(undisturbed->n_late, 1);

        for (unsigned job = 0; job < JOBS; job++) {
                fflush(stdout);
                pids[job] = fork();
                ck_assert_int_ge(pids[job], 0);
                if (pids[job] == 0) {
                        work(job, points);
                        _exit(0);
                }
        }
        for (unsigned job = 0; job < JOBS; job++) {
                ck_assert_int_eq(waitpid(pids[job], &status, 0), pids[job]);
                ck_assert_int_eq(status, 0);
                ck_assert_uint_eq(points->n_wrong[job], 0);
        }

        printf("# %" PRIu64 " calls on a day of %u events, %" PRIu64 " of them after a change\n",
               points->n, undisturbed->n, points->n_tried[0] + points->n_tried[1]);
        ck_assert_uint_gt(points->n_tried[0] + points->n_tried[1], 100);
}
END_TEST

Suite *test_suite(void)
{
        Suite *suite = suite_create("crash-points");
        TCase *tcase = tcase_create("day");

        tcase_add_test(tcase, the_day_goes_on_after_an_end_at_every_call);
        tcase_set_timeout(tcase, 300);
        suite_add_tcase(suite, tcase);
        return suite;
}
