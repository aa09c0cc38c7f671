/* SPDX-License-Identifier: MIT */
#include "tests/unit/net-bench.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "tests/unit/check-main.h"

/* It ends what hangs. */
#define PATIENCE_MS 100000

static int64_t now_ms(void)
{
        struct timespec now;

        clock_gettime(CLOCK_MONOTONIC, &now);
        return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/*
 * The same clock without the time for which this thread was kept from the processor by others: what the loop takes is judged by it, for a
 * busy machine may take seconds. The kernel counts it, in nanoseconds, as the second number; where it does not, nothing is taken off.
 */
static int64_t own_ms(const Bench *bench)
{
        unsigned long long ran, waited = 0;
        char text[100];
        ssize_t n;

        n = pread(bench->schedstat, text, sizeof(text) - 1, 0);
        text[n > 0 ? n : 0] = 0;
        if (sscanf(text, "%llu %llu", &ran, &waited) != 2)
                waited = 0;
        return now_ms() - (int64_t)(waited / 1000000);
}

static void note_gap(Bench *bench)
{
        int64_t now = own_ms(bench);

        if (now - bench->last_beat > bench->longest_gap)
                bench->longest_gap = now - bench->last_beat;
        bench->last_beat = now;
}

static int on_beat(sd_event_source *source, uint64_t usec, void *userdata)
{
        note_gap(userdata);
        ck_assert_int_ge(sd_event_source_set_time_relative(source, 20000), 0);
        return sd_event_source_set_enabled(source, SD_EVENT_ONESHOT);
}

char *bench_path(Bench *bench, const char *name)
{
        char *path;

        ck_assert_int_ge(asprintf(&path, "%s/%s", bench->folder, name), 0);
        return path;
}

void bench_write(Bench *bench, const char *name, const char *content, unsigned mode)
{
        _cleanup_free_ char *path = bench_path(bench, name);
        FILE *file;

        (void)unlink(path);
        file = fopen(path, "we");
        ck_assert_ptr_nonnull(file);
        ck_assert_int_ge(fputs(content, file), 0);
        ck_assert_int_eq(fchmod(fileno(file), mode), 0);
        ck_assert_int_eq(fclose(file), 0);
}

void bench_aim(Bench *bench, const char *host, unsigned port)
{
        free(bench->servers[0]);
        ck_assert_int_ge(asprintf(&bench->servers[0], "%s:%u", host, port), 0);
        discover_free(bench->discover);
        ck_assert_int_eq(discover_new(&bench->config, 1, &bench->discover), 0);
}

static void start_peer(Bench *bench, const char *const *options)
{
        const char *all[16] = { "--ldaps",  "--ca-file",  bench->ca_file, "--user",
                                "CN=scand", "--password", "secret" };
        size_t n = 7;

        for (size_t i = 0; options && options[i]; i++) {
                ck_assert_uint_lt(n + 1, ARRAY_SIZE(all));
                all[n++] = options[i];
        }

        bench->peer = peer_new(all);
}

Bench *bench_new(const char *const *options)
{
        Bench *bench = calloc(1, sizeof(*bench));

        ck_assert_ptr_nonnull(bench);
        (void)signal(SIGPIPE, SIG_IGN);
        ck_assert_int_eq(connect_prepare(), 0);

        bench->folder = strdup("/tmp/scand-test-XXXXXX");
        ck_assert_ptr_nonnull(mkdtemp(bench->folder));
        bench->ca_file = bench_path(bench, "ca.pem");
        bench->password_file = bench_path(bench, "password");
        bench_write(bench, "password", "secret\n", 0600);
        start_peer(bench, options);

        bench->config = (DomainConfig){
                .name = (char *)"corp.example",
                .servers = bench->servers,
                .bind = BIND_SIMPLE,
                .bind_dn = (char *)"CN=scand",
                .password_file = bench->password_file,
                .tls = TLS_LDAPS,
                .tls_verify = true,
                .ca_file = bench->ca_file,
        };
        bench->settings = (ConnectSettings){ .config = &bench->config, .timeout = 30 };
        bench_aim(bench, "127.0.0.1", bench->peer->port);

        bench->schedstat = open("/proc/thread-self/schedstat", O_RDONLY | O_CLOEXEC);
        ck_assert_int_ge(sd_event_new(&bench->event), 0);
        ck_assert_int_ge(sd_event_add_time(bench->event, &bench->beat, CLOCK_MONOTONIC, 0, 1,
                                           on_beat, bench),
                         0);
        return bench;
}

static int remove_one(const char *path, const struct stat *status, int type, struct FTW *ftw)
{
        return remove(path);
}

Bench *bench_free(Bench *bench)
{
        if (!bench)
                return NULL;

        session_free(bench->session);
        connect_free(bench->connect);
        sd_event_source_disable_unref(bench->beat);
        sd_event_unref(bench->event);
        discover_free(bench->discover);
        peer_free(bench->peer);
        if (bench->schedstat >= 0)
                (void)close(bench->schedstat);
        (void)nftw(bench->folder, remove_one, 8, FTW_DEPTH | FTW_PHYS);
        buffer_done(&bench->cookie);
        free(bench->servers[0]);
        free(bench->folder);
        free(bench->ca_file);
        free(bench->password_file);
        free(bench);
        return NULL;
}

static void turn(Bench *bench, int64_t end)
{
        int64_t left = end - now_ms();

        ck_assert_int_ge(sd_event_run(bench->event, left > 0 ? (uint64_t)left * 1000 : 0), 0);
}

static void begin_waiting(Bench *bench)
{
        bench->last_beat = own_ms(bench);
}

/* What is waited for may have come in the very turn that blocked, before the next beat. */
static void end_waiting(Bench *bench)
{
        note_gap(bench);
        ck_assert_msg(bench->longest_gap < BEAT_LONGEST_MS, "a turn of the loop took %lld ms",
                      (long long)bench->longest_gap);
}

void bench_wait(Bench *bench, const unsigned *flag)
{
        int64_t end = now_ms() + PATIENCE_MS;

        begin_waiting(bench);
        while (*flag == 0) {
                ck_assert_msg(now_ms() < end, "what was waited for did not come in time");
                turn(bench, end);
        }
        end_waiting(bench);
}

void bench_run_for(Bench *bench, unsigned milliseconds)
{
        int64_t end = now_ms() + milliseconds;

        begin_waiting(bench);
        while (now_ms() < end)
                turn(bench, end);
        end_waiting(bench);
}

static void on_done(Connect *connect, const ConnectResult *result, void *userdata)
{
        Bench *bench = userdata;

        bench->n_done++;
        bench->failure = result->failure;
        bench->phase = result->phase;
        snprintf(bench->text, sizeof(bench->text), "%s", result->text);
}

void bench_start(Bench *bench)
{
        bench->connect = connect_free(bench->connect);
        bench->n_done = 0;
        ck_assert_int_eq(connect_start(bench->event, bench->discover, &bench->settings, on_done,
                                       bench, &bench->connect),
                         0);
}

ConnectFailure bench_connect(Bench *bench)
{
        bench_start(bench);
        bench_wait(bench, &bench->n_done);
        ck_assert_uint_eq(bench->n_done, 1);
        return bench->failure;
}

void bench_give_up(Bench *bench, ConnectFailure failure, ConnectPhase phase)
{
        for (bench->settings.timeout = 1; bench->settings.timeout <= LONGEST_TIMEOUT;
             bench->settings.timeout *= 2)
                if (bench_connect(bench) == failure && bench->phase == phase)
                        return;

        ck_assert_int_eq(bench->failure, failure);
        ck_assert_int_eq(bench->phase, phase);
}

void bench_expect_count(Bench *bench, const char *count)
{
        int64_t end = now_ms() + PATIENCE_MS;

        while (strcmp(peer_command(bench->peer, "count"), count) != 0 && now_ms() < end)
                bench_run_for(bench, 10);
        ck_assert_str_eq(peer_command(bench->peer, "count"), count);
}

static int on_entry(Session *session, const Object *object, void *userdata)
{
        Bench *bench = userdata;

        bench->n_entries++;
        return bench->on_entry ? bench->on_entry(bench, object) : 0;
}

static int on_result(Session *session, const FeedResult *result, void *userdata)
{
        Bench *bench = userdata;

        bench->n_results++;
        bench->result = *result;
        buffer_reset(&bench->cookie);
        ck_assert_int_eq(buffer_append(&bench->cookie, result->cookie.data, result->cookie.size),
                         0);
        bench->result.cookie = (Slice){ bench->cookie.data, bench->cookie.size };
        return bench->on_result ? bench->on_result(bench, &bench->result) : 0;
}

static int on_notified(Session *session, void *userdata)
{
        ((Bench *)userdata)->n_notified++;
        return 0;
}

static int on_notify_ended(Session *session, int code, void *userdata)
{
        Bench *bench = userdata;

        bench->n_notify_ended++;
        bench->notify_code = code;
        return 0;
}

static void on_closed(Session *session, SessionEnd end, const char *text, void *userdata)
{
        Bench *bench = userdata;

        bench->n_closed++;
        bench->end = end;
        snprintf(bench->text, sizeof(bench->text), "%s", text);
}

static const SessionOps ops = {
        .entry = on_entry,
        .result = on_result,
        .notified = on_notified,
        .notify_ended = on_notify_ended,
        .closed = on_closed,
};

void bench_open(Bench *bench)
{
        ck_assert_msg(bench_connect(bench) == CONNECT_OK, "%s", bench->text);
        ck_assert_int_eq(session_new(bench->event, connect_take(bench->connect), &ops, bench,
                                     &bench->session),
                         0);
}

void bench_search(Bench *bench, const FeedRequest *request)
{
        bench->n_results = bench->n_entries = 0;
        ck_assert_int_eq(session_send(bench->session, request), 0);
        bench_wait(bench, &bench->n_results);
        ck_assert_uint_eq(bench->n_results, 1);
}

FeedRequest bench_request(void)
{
        FeedRequest request = {
                .base = "DC=corp,DC=example",
                .scope = FEED_SUBTREE,
                .filter = "(objectClass=user)",
                .is_paged = true,
                .page_size = 1000,
                .show_deleted = true,
                .domain_scope = true,
                .timeout = 30,
        };

        attribute_set_add(&request.attributes, ATTRIBUTE_OBJECT_CLASS);
        attribute_set_add(&request.attributes, ATTRIBUTE_OBJECT_GUID);
        attribute_set_add(&request.attributes, ATTRIBUTE_USN_CHANGED);
        attribute_set_add(&request.attributes, ATTRIBUTE_MAIL);
        attribute_set_add(&request.attributes, ATTRIBUTE_PROXY_ADDRESSES);
        return request;
}

unsigned bench_read_all(Bench *bench, unsigned page_size)
{
        FeedRequest request = bench_request();
        unsigned total = 0;

        request.page_size = page_size;
        do {
                bench_search(bench, &request);
                ck_assert_int_eq(bench->result.code, 0);
                ck_assert(bench->result.has_page_control);
                ck_assert(!bench->result.is_referral);
                total += bench->n_entries;
                request.cookie = bench->result.cookie;
        } while (request.cookie.size > 0);

        return total;
}
