/* SPDX-License-Identifier: MIT */

/*
 * Days of a daemon that is never restarted, in seconds or minutes: 2,880 polls a day of a directory in which something is written between
 * any two of them, and whose domain controllers are restarted four times a day.
 *
 *   soak FOLDER SCANCTL [HOURS [SEED]]
 *
 * What must stay as it is, whatever the number of polls: memory, descriptors, the requests and the work of a poll, how far the
 * cache is behind, the write-ahead log while somebody's pager is open; and no change is missed. The thirds of the time are compared.
 */

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "lib/core/util.h"
#include "lib/state/retain.h"
#include "lib/state/store-internal.h"
#include "tests/simulate/compare.h"

enum {
        SECOND = 1000,
        HOUR = 3600 * SECOND,
        DAY = 24 * HOUR,
        RESTART_EACH = 6 * HOUR,
        WRITES_A_POLL = 3,
        OBJECTS = 58, /* the model has room for a few more */
        THIRDS = 3,
        PAGER_AFTER = 100, /* polls: there is something to be shown by then */
        PAGER_POLLS = 1000,
        LOG_LIMIT = 16 << 20, /* lib/state/store.c: where the write-ahead log shrinks back to */
        CACHE_SIZE =
                16 << 20, /* lib/state/store.c: pages of the database that are kept in memory */
};

/* What a third of the time took. */
typedef struct Third {
        uint64_t polls, requests, changes;
        uint64_t work;     /* steps of SQLite's machine, which no load of this one changes */
        double seconds;    /* of processor */
        size_t memory;     /* most bytes in use between two polls */
        unsigned n_opened; /* most descriptors */
        int64_t log;       /* most bytes */
} Third;

typedef struct Soak {
        Directory directory;
        Client client;
        uint64_t random;
        unsigned controller;
        char *path;
        Third thirds[THIRDS];
        uint64_t n_behind, n_failed, n_restarts;
        const char *scanctl;
        pid_t pager; /* 0: not open */
        int pager_end;
        uint64_t pager_polls;
        bool is_pager_blocked; /* … was, to the end */
} Soak;

static uint64_t roll(Soak *soak, uint64_t n)
{
        uint64_t z = (soak->random += UINT64_C(0x9e3779b97f4a7c15));

        z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
        z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
        return (z ^ z >> 31) % n;
}

static void must(bool is_so, const char *what)
{
        if (is_so)
                return;
        perror(what);
        exit(2);
}

/* --- the directory --- */

static unsigned some_unit(Soak *soak)
{
        return N_FIXED_OBJECTS + (unsigned)roll(soak, 4);
}

static void populate(Soak *soak)
{
        static const Kind kinds[] = { KIND_USER, KIND_USER, KIND_INETORGPERSON, KIND_CONTACT,
                                      KIND_GROUP };

        directory_init(&soak->directory, 2, soak->random | 1);
        for (unsigned i = 0; i < 4; i++)
                must(directory_add(&soak->directory, 0, KIND_CONTAINER, OBJECT_HEAD) >= 0, "add");
        while (soak->directory.n_objects < OBJECTS)
                must(directory_add(&soak->directory, 0, kinds[roll(soak, ARRAY_SIZE(kinds))],
                                   some_unit(soak)) >= 0,
                     "add");
        directory_replicate_all(&soak->directory);
}

/*
 * Mostly what says nothing of an address; nobody loses the one he is synchronised with, and few change their name: what happened to an object is read
 * with it, up to some hundreds of events that nobody has.
 */
static void write_value(Soak *soak, unsigned dc, unsigned object)
{
        static const Field fields[] = { FIELD_DISPLAY_NAME, FIELD_DISPLAY_NAME, FIELD_DISPLAY_NAME,
                                        FIELD_MAIL, FIELD_PROXIES };
        Field field = roll(soak, 2000) == 0 ? FIELD_UPN : fields[roll(soak, ARRAY_SIZE(fields))];
        uint64_t value = 1 + roll(soak, DIRECTORY_ADDRESSES - 1);

        if (field == FIELD_PROXIES)
                value = 2 | (roll(soak, 1 << DIRECTORY_ADDRESSES) & ~UINT64_C(1));
        directory_write(&soak->directory, dc, object, field, value);
}

static void write_place(Soak *soak, unsigned dc, unsigned object)
{
        uint64_t place = soak->directory.controllers[dc].rows[object].cells[FIELD_PLACE].value;

        directory_write(&soak->directory, dc, object, FIELD_PLACE,
                        place_make(some_unit(soak), place_name(place) + 1, false));
}

/*
 * On any domain controller; the other one has it by replication. Few are deleted: hundreds who leave the cloud within a day are counted in
 * each poll, for the connector stops at so many, and that is another matter.
 */
static void write_something(Soak *soak)
{
        unsigned dc = (unsigned)roll(soak, soak->directory.n_controllers),
                 first = N_FIXED_OBJECTS + 4,
                 object = first + (unsigned)roll(soak, soak->directory.n_objects - first);
        const Controller *controller = &soak->directory.controllers[dc];

        if (!replica_is_live(&controller->rows[object]))
                directory_undelete(&soak->directory, dc, object, some_unit(soak));
        else if (roll(soak, 3000) == 0)
                directory_delete(&soak->directory, dc, object, true);
        else if (roll(soak, 10) == 0)
                write_place(soak, dc, object);
        else
                write_value(soak, dc, object);
}

/* --- what a process takes --- */

static double processor_seconds(void)
{
        struct timespec now;

        must(clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now) == 0, "clock_gettime");
        return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static unsigned count_descriptors(void)
{
        DIR *stream = opendir("/proc/self/fd");
        unsigned n = 0;

        must(stream, "/proc/self/fd");
        while (readdir(stream))
                n++;
        closedir(stream);
        return n;
}

static uint64_t count_requests(const Client *client)
{
        uint64_t n = 0;

        for (unsigned sort = 0; sort < N_REQUEST_SORTS; sort++)
                n += client->n_asked[sort];
        return n;
}

/* Since it was last asked. */
static uint64_t take_work(Soak *soak)
{
        sqlite3 *database = soak->client.store->database;
        uint64_t n = 0;

        for (sqlite3_stmt *statement = sqlite3_next_stmt(database, NULL); statement;
             statement = sqlite3_next_stmt(database, statement))
                n += (unsigned)sqlite3_stmt_status(statement, SQLITE_STMTSTATUS_VM_STEP, true);
        return n;
}

static void measure(Soak *soak, Third *third)
{
        size_t memory = mallinfo2().uordblks + mallinfo2().hblkhd;
        unsigned n_opened = count_descriptors();
        int64_t size, log;

        must(store_size(soak->client.store, &size, &log) == 0, "store_size");
        if (memory > third->memory)
                third->memory = memory;
        if (n_opened > third->n_opened)
                third->n_opened = n_opened;
        if (log > third->log)
                third->log = log;
}

static void tell(const Third *third)
{
        printf("# %" PRIu64 " polls, %" PRIu64
               " changes: %.2f requests, %.0f steps of SQLite and %.3f ms a poll, %.2f MB, "
               "%u descriptors, log at most %.1f MB\n",
               third->polls, third->changes, (double)third->requests / (double)third->polls,
               (double)third->work / (double)third->polls,
               third->seconds * 1000 / (double)third->polls, (double)third->memory / 1e6,
               third->n_opened, (double)third->log / 1e6);
}

/* --- somebody went for coffee --- */

static void open_pager(Soak *soak)
{
        const struct timespec moment = { .tv_nsec = 1000 * 1000 };
        int ends[2], size, n = 0;

        must(pipe2(ends, O_CLOEXEC) == 0, "pipe");
        size = fcntl(ends[0], F_SETPIPE_SZ, 4096);
        must(size > 0, "pipe");
        fflush(stdout);
        soak->pager = fork();
        must(soak->pager >= 0, "fork");
        if (soak->pager == 0) {
                if (dup2(ends[1], STDOUT_FILENO) >= 0)
                        (void)execl(soak->scanctl, soak->scanctl, "--database", soak->path,
                                    "findings", "--all", "--json", (char *)NULL);
                perror(soak->scanctl);
                _exit(2);
        }
        close(ends[1]);

        /* A busy machine may let it begin when many polls are over, or stand still while it reads: the time counts from when it waits. */
        do {
                must(waitpid(soak->pager, NULL, WNOHANG) == 0, soak->scanctl);
                (void)nanosleep(&moment, NULL);
                must(ioctl(ends[0], FIONREAD, &n) == 0, "FIONREAD");
        } while (n < size);
        soak->pager_end = ends[0];
        soak->pager_polls = 0;
}

static void close_pager(Soak *soak)
{
        int status;

        soak->is_pager_blocked = waitpid(soak->pager, &status, WNOHANG) == 0;
        close(soak->pager_end);
        if (soak->is_pager_blocked)
                (void)waitpid(soak->pager, &status, 0);
        soak->pager = 0;
}

/* --- the time --- */

static void connect_to(Soak *soak, unsigned controller)
{
        soak->controller = controller;
        client_connect(&soak->client, controller);
}

/* One domain controller goes; three minutes later the other one is asked. */
static void restart(Soak *soak)
{
        client_disconnect(&soak->client);
        soak->directory.now += 180 * SECOND;
        soak->n_restarts++;
        connect_to(soak, (soak->controller + 1) % soak->directory.n_controllers);
        if (client_run(&soak->client) != CLIENT_WAITING)
                soak->n_failed++;
}

static void poll_once(Soak *soak, Third *third)
{
        uint64_t requests = count_requests(&soak->client);
        double before;

        for (unsigned i = 0; i < WRITES_A_POLL; i++)
                write_something(soak);
        directory_replicate_all(&soak->directory);

        (void)take_work(soak);
        before = processor_seconds();
        if (client_poll(&soak->client) != CLIENT_WAITING)
                soak->n_failed++;
        third->seconds += processor_seconds() - before;
        third->work += take_work(soak);
        third->requests += count_requests(&soak->client) - requests;
        third->polls++;
        third->changes += WRITES_A_POLL;

        if (soak->client.domain.cursor.watermark <
            soak->directory.controllers[soak->controller].highest)
                soak->n_behind++;
        if (soak->pager && ++soak->pager_polls == PAGER_POLLS)
                close_pager(soak);
}

static void live(Soak *soak, unsigned hours)
{
        int64_t begin = soak->directory.now, end = begin + (int64_t)hours * HOUR,
                restart_due = begin + RESTART_EACH / 2, tidy_due = begin, told_due = begin + DAY;

        while (soak->directory.now < end) {
                Third *third =
                        &soak->thirds[(soak->directory.now - begin) * THIRDS / (end - begin)];

                if (soak->directory.now >= tidy_due) {
                        while (retain_step(soak->client.store, soak->client.config,
                                           client_wall(&soak->client), 1000) == RETAIN_MORE)
                                ;
                        tidy_due += HOUR;
                }
                if (soak->directory.now >= restart_due) {
                        restart(soak);
                        restart_due += RESTART_EACH;
                }
                poll_once(soak, third);
                if (third->polls % 16 == 0)
                        measure(soak, third);
                if (soak->directory.now >= told_due) {
                        printf("# day %" PRId64 "\n", (told_due - begin) / DAY);
                        tell(third);
                        fflush(stdout);
                        told_due += DAY;
                }
                if (third == &soak->thirds[0] && third->polls == PAGER_AFTER)
                        open_pager(soak);
        }
}

/* --- the verdict --- */

static unsigned n_points;
static bool is_all_good = true;

static void point(bool is_good, const char *what)
{
        printf("%s %u - %s\n", is_good ? "ok" : "not ok", ++n_points, what);
        is_all_good &= is_good;
}

static void judge(Soak *soak)
{
        const Third *middle = &soak->thirds[1], *last = &soak->thirds[2];
        const Domain *domain = &soak->client.domain;
        Client fresh;
        unsigned n;

        for (unsigned i = 0; i < THIRDS; i++)
                tell(&soak->thirds[i]);
        printf("# %" PRIu64 " restarts, %" PRId64 " reconciled last, %" PRId64 " late commits\n",
               soak->n_restarts, domain->last_reconcile_ok, domain->late_commits_total);

        point(soak->n_failed == 0, "no poll fails outside of restarts");
        point(soak->n_behind == 0, "after each poll the cache is where the server was before it");
        point(domain->missed_changes_total == 0 && domain->adopted_differences_total == 0,
              "no change is missed");
        point(last->n_opened <= middle->n_opened, "descriptors do not grow");
        /* What SQLite keeps of the database grows with it up to its limit; nothing else does. */
        point(last->memory <= middle->memory + middle->memory / 10 ||
                      (middle->memory < CACHE_SIZE && last->memory <= CACHE_SIZE),
              "memory does not grow");
        /* The daily comparison with everything belongs to the polls, too: two thirds need not have the same number of it. */
        point((double)last->requests / (double)last->polls <=
                      1.05 * (double)middle->requests / (double)middle->polls,
              "a poll takes as many requests");
        /*
         * What happened to an object is read with it, and history grows for hours; a little goes on
         * growing for weeks. A leak of work would be far beyond that.
         */
        point((double)last->work / (double)last->polls <=
                      1.25 * (double)middle->work / (double)middle->polls,
              "a poll takes as much work of the database");
        point(soak->pager == 0 && soak->pager_polls == PAGER_POLLS && soak->is_pager_blocked,
              "a pager was open for 1000 polls");
        n = 0;
        for (unsigned i = 0; i < THIRDS; i++)
                n += soak->thirds[i].log > LOG_LIMIT;
        point(n == 0, "the write-ahead log stays below its limit");

        n = compare_cache(&soak->client, soak->controller, stdout);
        client_init(&fresh, &soak->directory, 1);
        client_start(&fresh, NULL);
        client_connect(&fresh, soak->controller);
        must(client_run(&fresh) == CLIENT_WAITING, "a fresh read");
        n += compare_findings(&soak->client, &fresh, stdout);
        client_done(&fresh);
        point(n == 0, "the cache is what a fresh read gives");
        printf("1..%u\n", n_points);
}

int main(int argc, char **argv)
{
        unsigned hours;
        Soak *soak = calloc(1, sizeof(*soak));

        if (argc < 3 || argc > 5) {
                fprintf(stderr, "soak FOLDER SCANCTL [HOURS [SEED]]\n");
                return 2;
        }
        hours = argc > 3 ? (unsigned)atoi(argv[3]) : 12;
        must(soak && hours > 0, "hours");
        must(mkdir(argv[1], 0700) == 0 || errno == EEXIST, argv[1]);
        must(asprintf(&soak->path, "%s/scand.db", argv[1]) > 0, "memory");
        folder_clear(argv[1]);
        soak->scanctl = argv[2];
        soak->random = argc > 4 ? strtoull(argv[4], NULL, 0) : (uint64_t)time(NULL);
        printf("# seed %" PRIu64 ", %u hours\n", soak->random, hours);

        populate(soak);
        client_init(&soak->client, &soak->directory, soak->random);
        client_start(&soak->client, soak->path);
        connect_to(soak, 0);
        must(client_run(&soak->client) == CLIENT_WAITING, "the first read");
        live(soak, hours);
        judge(soak);
        client_done(&soak->client);
        folder_clear(argv[1]);
        (void)rmdir(argv[1]);
        free(soak->path);
        free(soak);
        return is_all_good ? 0 : 1;
}
