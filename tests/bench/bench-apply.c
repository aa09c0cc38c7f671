/* SPDX-License-Identifier: MIT */

/*
 * What the state layer costs with all rules, without a network: a first read of a made-up company, an answer of a few changes, and
 * judging the whole cache again. Says for each the time, the longest single call (the loop must never wait 50 ms for one), and at
 * the end the memory that was ever used.
 *
 *   bench-apply [OBJECTS [FILE]]
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "lib/core/evaluate.h"
#include "lib/state/apply.h"

#define OUS    48
#define BUDGET 500 /* as the daemon gives */

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

static void add_guid(Object *object, AttributeId id, uint64_t number)
{
        uint64_t halves[2] = { mix(number), mix(~number) };

        check(object_add_copy(object, id, halves, sizeof(halves)), "object");
}

_printf_(3, 4) static void add(Object *object, AttributeId id, const char *format, ...)
{
        char text[200];
        va_list arguments;

        va_start(arguments, format);
        vsnprintf(text, sizeof(text), format, arguments);
        va_end(arguments);
        check(object_add_string(object, id, text), "object");
}

static void seal(Object *object, const char *dn, uint64_t guid, uint64_t parent, int64_t usn)
{
        add_guid(object, ATTRIBUTE_OBJECT_GUID, guid);
        if (parent)
                add_guid(object, ATTRIBUTE_PARENT_GUID, parent);
        add(object, ATTRIBUTE_USN_CHANGED, "%lld", (long long)usn);
        check(object_set_dn(object, dn, strlen(dn)), "object");
        check(object_seal(object), "object");
}

/* The root is 1, the OUs follow, then the objects. */
static void make_container(Object *object, unsigned i)
{
        char dn[100] = "DC=big,DC=example";

        object_reset(object);
        add(object, ATTRIBUTE_OBJECT_CLASS, i == 0 ? "domainDNS" : "organizationalUnit");
        if (i > 0)
                snprintf(dn, sizeof(dn), "OU=Site%u,DC=big,DC=example", i);
        seal(object, dn, 1 + i, i > 0, 1000 + i);
}

/* One in a hundred has a mail address that the one before him has, one in thirty some flaw of his own. */
static void make_object(Object *object, uint64_t i, unsigned version, int64_t usn)
{
        uint64_t random = mix(i), who = random % 100 == 0 && i > 0 ? i - 1 : i,
                 ou = 1 + random % OUS;
        static const char *const first_names[] = { "Anna", "Bernd",  "Carla", "David",
                                                   "Elif", "Fatima", "Georg", "Hugo" };
        const char *first = first_names[random >> 8 & 7];
        char dn[200];
        unsigned kind = random >> 16 & 31;

        object_reset(object);
        add(object, ATTRIBUTE_OBJECT_CLASS, "top");
        if (kind == 0) {
                add(object, ATTRIBUTE_OBJECT_CLASS, "person");
                add(object, ATTRIBUTE_OBJECT_CLASS, "organizationalPerson");
                add(object, ATTRIBUTE_OBJECT_CLASS, "contact");
        } else if (kind < 4) {
                add(object, ATTRIBUTE_OBJECT_CLASS, "group");
                add(object, ATTRIBUTE_GROUP_TYPE, "2");
        } else {
                add(object, ATTRIBUTE_OBJECT_CLASS, "person");
                add(object, ATTRIBUTE_OBJECT_CLASS, "organizationalPerson");
                add(object, ATTRIBUTE_OBJECT_CLASS, "user");
                add(object, ATTRIBUTE_USER_ACCOUNT_CONTROL, "512");
                add(object, ATTRIBUTE_USER_PRINCIPAL_NAME, "%s.Sample%llu@contoso.com", first,
                    (unsigned long long)i);
                add(object, ATTRIBUTE_GIVEN_NAME, "%s", first);
                add(object, ATTRIBUTE_SN, "Sample%llu", (unsigned long long)i);
                add(object, ATTRIBUTE_PWD_LAST_SET, "133500000000000000");
        }
        if (kind != 0)
                add(object, ATTRIBUTE_SAM_ACCOUNT_NAME, "s%llu", (unsigned long long)i);
        add(object, ATTRIBUTE_CN, "%s Sample%llu", first, (unsigned long long)i);
        add(object, ATTRIBUTE_DISPLAY_NAME, "%s Sample%llu v%u", first, (unsigned long long)i,
            version);
        add(object, ATTRIBUTE_MAIL_NICKNAME, random % 30 == 3 ? "a..%llu" : "a%llu",
            (unsigned long long)i);
        add(object, ATTRIBUTE_MAIL, "%s.Sample%llu@contoso.com", first, (unsigned long long)i);
        add(object, ATTRIBUTE_PROXY_ADDRESSES, "SMTP:%s.Sample%llu@contoso.com", first,
            (unsigned long long)i);
        add(object, ATTRIBUTE_PROXY_ADDRESSES, "smtp:a%llu@contoso.com", (unsigned long long)who);
        add(object, ATTRIBUTE_PROXY_ADDRESSES, "smtp:a%llu@contoso.onmicrosoft.com",
            (unsigned long long)i);
        add(object, ATTRIBUTE_DEPARTMENT, "Department of %s", first);
        add(object, ATTRIBUTE_WHEN_CREATED, "20200101000000.0Z");

        snprintf(dn, sizeof(dn), "CN=%s Sample%llu,OU=Site%llu,DC=big,DC=example", first,
                 (unsigned long long)i, (unsigned long long)ou);
        seal(object, dn, 1000 + i, 1 + ou, usn);
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
        const Cursor cursor = { .dc = (char *)"dc.big.example",
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

static void report(const char *what, size_t n, double seconds)
{
        double cpu = clock_read(CLOCK_PROCESS_CPUTIME_ID) - cpu_before;

        printf("%-24s %8zu objects %8.3f s, %8.3f s of CPU: %8.0f/s, longest call %5.1f ms (%5.1f "
               "of CPU), peak "
               "memory %ld MiB\n",
               what, n, seconds, cpu, (double)n / cpu, longest * 1000, longest_cpu * 1000,
               memory_kib() / 1024);
        longest = longest_cpu = 0;
        cpu_before = clock_read(CLOCK_PROCESS_CPUTIME_ID);
}

int main(int argc, char **argv)
{
        size_t n = argc > 1 ? strtoul(argv[1], NULL, 10) : 100000;
        const char *path = argc > 2 ? argv[2] : "/tmp/scand-bench.db";
        static const size_t deltas[] = { 1, 1, 100, 1000 };
        ApplySettings settings = { .now = 1000000, .invocation_id = { { 1 } } };
        int64_t usn = 2000, size, wal;
        Config *config;
        Domain domain;
        Object *object;
        Store *store;
        Apply *apply;
        char *error;
        double start;

        if (store_open(path, STORE_WRITE, &store, &error) < 0) {
                fprintf(stderr, "%s\n", error);
                return EXIT_FAILURE;
        }
        check(config_new(&config), "config");
        check(object_new(&object), "object");
        check(domain_load(store, "big.example", &domain), "domain");
        settings.config = config;
        evaluate_attributes(&config->tenant, &settings.requested);

        start = now();
        for (size_t i = 0; i < n; i++)
                make_object(object, i, 0, usn);
        report("making them", n, now() - start);

        start = now();
        check(apply_new(store, &domain, APPLY_FIRST, &settings, &apply), "apply");
        for (unsigned i = 0; i <= OUS; i++) {
                make_container(object, i);
                check(apply_stage(apply, object), "stage");
        }
        for (size_t i = 0; i < n; i++) {
                make_object(object, i, 0, ++usn);
                call_begin();
                check(apply_stage(apply, object), "stage");
                call_end();
        }
        finish(apply, usn);
        apply_free(apply);
        report("first read", n, now() - start);

        for (size_t k = 0; k < sizeof(deltas) / sizeof(*deltas); k++) {
                start = now();
                check(apply_new(store, &domain, APPLY_DELTA, &settings, &apply), "apply");
                for (size_t i = 0; i < deltas[k]; i++) {
                        make_object(object, mix(i + 77 * k) % n, 1 + (unsigned)k, ++usn);
                        check(apply_stage(apply, object), "stage");
                }
                finish(apply, usn);
                apply_free(apply);
                report("delta", deltas[k], now() - start);
        }

        start = now();
        check(apply_new(store, &domain, APPLY_REEVALUATE, &settings, &apply), "apply");
        finish(apply, 0);
        apply_free(apply);
        report("judged again", n, now() - start);

        start = now();
        check(apply_new(store, &domain, APPLY_FULL, &settings, &apply), "apply");
        for (size_t i = 0; i < n; i++) {
                make_object(object, i, 0, 2001 + (int64_t)i);
                call_begin();
                check(apply_stage(apply, object), "stage");
                call_end();
        }
        finish(apply, usn);
        apply_free(apply);
        report("full read, nothing new", n, now() - start);

        check(store_size(store, &size, &wal), "size");
        printf("database %.1f MB, log %.1f MB\n", (double)size / 1e6, (double)wal / 1e6);
        domain_done(&domain);
        object_free(object);
        config_free(config);
        store_close(store);
        if (argc <= 2) {
                unlink("/tmp/scand-bench.db");
                unlink("/tmp/scand-bench.db-wal");
                unlink("/tmp/scand-bench.db-shm");
                unlink("/tmp/scand-bench.lock");
        }
        return EXIT_SUCCESS;
}
