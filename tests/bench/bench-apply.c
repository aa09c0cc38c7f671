/* SPDX-License-Identifier: MIT */

/*
 * What the state layer costs with all rules, without a network: a first read of a made-up company, answers of no, one and many changes,
 * an OU renamed above all of it, and judging the whole cache again. Says for each the time, the longest single call (the loop must never
 * wait 50 ms for one), and the memory that was ever used.
 *
 *   bench-apply [OBJECTS [FILE [LAST [MIB]]]] FILE is kept; after the measurement LAST (see measurements[]) it ends; MIB stands for StageMemoryMiB
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "lib/core/evaluate.h"
#include "lib/state/apply.h"
#include "tests/bench/company.h"

#define BUDGET 500 /* as the daemon gives */

/* A function that callgrind can be told to look at alone: --toggle-collect=measure_first. */
#define MEASUREMENT __attribute__((noinline))

static double clock_read(clockid_t id)
{
        struct timespec t;

        clock_gettime(id, &t);
        return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static double now(void)
{
        return clock_read(CLOCK_MONOTONIC);
}

static void check(int r, const char *what)
{
        if (r >= 0)
                return;
        fprintf(stderr, "%s: %s\n", what, strerror(-r));
        exit(EXIT_FAILURE);
}

static uint64_t mix(uint64_t z)
{
        z += UINT64_C(0x9e3779b97f4a7c15);
        z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
        z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
        return z ^ z >> 31;
}

/* As the session hands it over. */
static void fill(Object *object, const MadeObject *made)
{
        object_reset(object);
        for (size_t i = 0; i < made->n_values; i++) {
                const struct MadeValue *value = made->values + i;
                AttributeId id = attribute_find(value->attribute, strlen(value->attribute));

                if (id != ATTRIBUTE_NONE)
                        check(object_add_copy(object, id, value->data, value->size), "object");
        }
        check(object_set_dn(object, made->dn, strlen(made->dn)), "object");
        check(object_seal(object), "object");
}

static void make_container(Object *object, unsigned i)
{
        MadeObject made;

        company_container(i, &made);
        fill(object, &made);
}

static void make_object(Object *object, uint64_t i, unsigned version, int64_t usn)
{
        MadeObject made;

        company_object(i, version, COMPANY_FLAWED, usn, &made);
        fill(object, &made);
}

/* Of one call, and how much of it was spent computing: the rest went to the disk or to other programs. */
static double longest, longest_cpu;
static double call_began, call_cpu;

static void call_begin(void)
{
        call_began = now();
        call_cpu = clock_read(CLOCK_PROCESS_CPUTIME_ID);
}

static void call_end(void)
{
        double took = now() - call_began, cpu = clock_read(CLOCK_PROCESS_CPUTIME_ID) - call_cpu;

        longest = took > longest ? took : longest;
        longest_cpu = cpu > longest_cpu ? cpu : longest_cpu;
}

static void finish(Apply *apply, int64_t watermark)
{
        const Cursor cursor = { .dc = (char *)"dc." COMPANY_DOMAIN,
                                .watermark = watermark,
                                .invocation_id = { { 1 } } };
        int r;

        call_begin();
        check(apply_accept(apply, watermark ? &cursor : NULL), "accept");
        call_end();
        do {
                call_begin();
                r = apply_step(apply, BUDGET);
                call_end();
        } while (r == APPLY_MORE);
        check(r, "step");
}

static long memory_kib(void)
{
        char line[200];
        long kib = 0;
        FILE *file = fopen("/proc/self/status", "r");

        while (file && fgets(line, sizeof(line), file))
                if (sscanf(line, "VmHWM: %ld", &kib) == 1)
                        break;
        if (file)
                fclose(file);
        return kib;
}

static double cpu_before;

static double begin(void)
{
        cpu_before = clock_read(CLOCK_PROCESS_CPUTIME_ID);
        return now();
}

static void report(const char *what, size_t n, double seconds)
{
        double cpu = clock_read(CLOCK_PROCESS_CPUTIME_ID) - cpu_before;

        printf("%-24s %8zu objects %10.7f s, %10.7f s of CPU: %8.0f/s, longest call %5.1f ms "
               "(%5.1f of CPU), peak memory %ld MiB\n",
               what, n, seconds, cpu, (double)n / cpu, longest * 1000, longest_cpu * 1000,
               memory_kib() / 1024);
        longest = longest_cpu = 0;
}

typedef struct Bench {
        Store *store;
        Domain domain;
        Config *config;
        ApplySettings settings;
        Object *object;
        int64_t usn;
        size_t n; /* objects */
        Apply *apply;
} Bench;

static void bench_begin(Bench *bench, ApplyKind kind)
{
        check(apply_new(bench->store, &bench->domain, kind, &bench->settings, &bench->apply),
              "apply");
}

static void bench_stage(Bench *bench)
{
        call_begin();
        check(apply_stage(bench->apply, bench->object), "stage");
        call_end();
}

static void bench_stage_object(Bench *bench, uint64_t i, unsigned version, int64_t usn)
{
        make_object(bench->object, i, version, usn);
        bench_stage(bench);
}

static void bench_end(Bench *bench, int64_t watermark)
{
        finish(bench->apply, watermark);
        bench->apply = apply_free(bench->apply);
        if (!store_wants_checkpoint(bench->store))
                return;
        /* As the daemon does it, in a turn of its own. */
        call_begin();
        check(store_checkpoint(bench->store), "checkpoint");
        call_end();
}

/* Objects alone: what it costs to make them is in all of the figures. */
MEASUREMENT static void measure_making(Bench *bench)
{
        double start = begin();

        for (size_t i = 0; i < bench->n; i++)
                make_object(bench->object, i, 0, bench->usn);
        report("making them", bench->n, now() - start);
}

MEASUREMENT static void measure_first(Bench *bench)
{
        double start = begin();

        bench_begin(bench, APPLY_FIRST);
        for (unsigned i = 0; i < COMPANY_CONTAINERS; i++) {
                make_container(bench->object, i);
                bench_stage(bench);
        }
        for (size_t i = 0; i < bench->n; i++)
                bench_stage_object(bench, i, 0, bench->usn++);
        bench_end(bench, bench->usn);
        report("first read", bench->n, now() - start);
}

/* What any change costs at least. */
MEASUREMENT static void measure_empty(Bench *bench, unsigned i)
{
        double start = begin();
        char text[16];

        call_begin();
        (void)snprintf(text, sizeof(text), "%u", i);
        check(store_begin(bench->store), "begin");
        check(store_meta_set(bench->store, "bench", text), "meta");
        check(store_commit(bench->store), "commit");
        call_end();
        report("empty commit", 1, now() - start);
}

/* An answer without changes. */
MEASUREMENT static void measure_nothing(Bench *bench)
{
        double start = begin();

        bench_begin(bench, APPLY_DELTA);
        bench_end(bench, ++bench->usn);
        report("delta", 0, now() - start);
}

/* From its arrival: who has sent it has made it. */
MEASUREMENT static void measure_single(Bench *bench, unsigned version)
{
        double start;

        make_object(bench->object, mix(version) % bench->n, version, ++bench->usn);
        start = begin();
        bench_begin(bench, APPLY_DELTA);
        bench_stage(bench);
        bench_end(bench, bench->usn);
        report("delta", 1, now() - start);
}

/* What is compared takes turns. */
MEASUREMENT static void measure_small(Bench *bench)
{
        for (unsigned i = 0; i < 20; i++) {
                measure_empty(bench, i);
                measure_nothing(bench);
                measure_single(bench, 1 + i);
        }
}

/* n changes that open a finding of one in two, from all over the company; of the odd versions. */
MEASUREMENT static void measure_delta(Bench *bench, size_t n, unsigned version)
{
        double start = begin();

        bench_begin(bench, APPLY_DELTA);
        for (size_t i = 0; i < n; i++)
                bench_stage_object(bench, i * bench->n / n, version, ++bench->usn);
        bench_end(bench, bench->usn);
        report("delta", n, now() - start);
}

MEASUREMENT static void measure_deltas(Bench *bench)
{
        static const size_t sizes[] = { 100, 1000, 10000, 100000 };

        for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++)
                if (sizes[i] <= bench->n)
                        measure_delta(bench, sizes[i], 101 + 2 * (unsigned)i);
}

/* The OU above everything. No object gets another USN by that, nor a line in the database. */
MEASUREMENT static void measure_rename(Bench *bench)
{
        static const char former[] = "OU=Contoso,", other[] = "OU=Renamed,";
        double start = begin();
        MadeObject made;

        bench_begin(bench, APPLY_DELTA);
        company_container(0, &made);
        memcpy(made.dn, other, strlen(other));
        _Static_assert(sizeof(former) == sizeof(other), "in place");
        for (size_t i = 0; i < made.n_values; i++)
                if (strcmp(made.values[i].attribute, "uSNChanged") == 0)
                        (void)snprintf(made.text + (made.values[i].data - made.text),
                                       made.values[i].size + 1, "%lld", (long long)++bench->usn);
        fill(bench->object, &made);
        bench_stage(bench);
        bench_end(bench, bench->usn);
        report("renamed OU above", bench->n, now() - start);
}

MEASUREMENT static void measure_again(Bench *bench)
{
        double start = begin();

        bench_begin(bench, APPLY_REEVALUATE);
        bench_end(bench, 0);
        report("judged again", bench->n, now() - start);
}

MEASUREMENT static void measure_full(Bench *bench)
{
        double start = begin();

        bench_begin(bench, APPLY_FULL);
        for (size_t i = 0; i < bench->n; i++)
                bench_stage_object(bench, i, 0, COMPANY_FIRST_USN + (int64_t)i);
        bench_end(bench, bench->usn);
        report("read again", bench->n, now() - start);
}

static void remove_database(const char *path)
{
        static const char *const ends[] = { "db", "db-wal", "db-shm", "lock" };

        for (size_t i = 0; i < sizeof(ends) / sizeof(*ends); i++) {
                char name[256];

                (void)snprintf(name, sizeof(name), "%.*s%s", (int)strlen(path) - 2, path, ends[i]);
                (void)unlink(name);
        }
}

static const struct {
        const char *name;
        void (*run)(Bench *bench);
} measurements[] = {
        { "making", measure_making }, { "first", measure_first },   { "small", measure_small },
        { "deltas", measure_deltas }, { "rename", measure_rename }, { "again", measure_again },
        { "full", measure_full },
};

int main(int argc, char **argv)
{
        char folder[] = "/tmp/bench-apply.XXXXXX", path[256], *error;
        Bench bench = { .n = argc > 1 ? strtoul(argv[1], NULL, 10) : 100000,
                        .usn = COMPANY_FIRST_USN };
        int64_t size, wal;

        if (argc <= 2 && !mkdtemp(folder)) {
                perror(folder);
                return EXIT_FAILURE;
        }
        (void)snprintf(path, sizeof(path), "%s%s", argc > 2 ? argv[2] : folder,
                       argc > 2 ? "" : "/apply.db");
        if (store_open(path, STORE_WRITE, &bench.store, &error) < 0) {
                fprintf(stderr, "%s\n", error);
                return EXIT_FAILURE;
        }

        check(config_new(&bench.config), "config");
        check(object_new(&bench.object), "object");
        check(domain_load(bench.store, COMPANY_DOMAIN, &bench.domain), "domain");
        bench.settings = (ApplySettings){ .now = 1000000, .invocation_id = { { 1 } } };
        bench.settings.config = bench.config;
        if (argc > 4)
                bench.config->stage_memory_mib = (unsigned)strtoul(argv[4], NULL, 10);
        evaluate_attributes(&bench.config->tenant, &bench.settings.requested);

        for (size_t i = 0; i < sizeof(measurements) / sizeof(*measurements); i++) {
                measurements[i].run(&bench);
                if (argc > 3 && strcmp(argv[3], measurements[i].name) == 0)
                        break;
        }

        check(store_size(bench.store, &size, &wal), "size");
        printf("database %.1f MB, log %.1f MB\n", (double)size / 1e6, (double)wal / 1e6);
        domain_done(&bench.domain);
        object_free(bench.object);
        config_free(bench.config);
        store_close(bench.store);
        if (argc <= 2) {
                remove_database(path);
                (void)rmdir(folder);
        }
        return EXIT_SUCCESS;
}
