/* SPDX-License-Identifier: MIT */
#include "daemon/connect.h"

#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "daemon/attempt.h"
#include "daemon/handle.h"
#include "daemon/krb5-context.h"
#include "daemon/monotonic.h"
#include "daemon/steps.h"

/*
 * The loop's half of an attempt. The thread's half is steps.c; they share the Attempt, which belongs to the thread
 * while it runs. An attempt is one thread, or two one after the other where DNS must be asked for servers first: the
 * choice among them is the loop's.
 */
struct Connect {
        sd_event *event;
        Discover *discover;
        ConnectDone done;
        void *userdata;

        Attempt *attempt;
        int (*step)(Attempt *attempt); /* what the thread does */
        pthread_t thread;
        bool is_running; /* the thread exists */
        int finished_fd; /* written to by the thread as its last act */
        sd_event_source *finished;
        sd_event_source *deadline;
        bool is_cancelled;
        bool is_late; /* the deadline came first */

        int64_t started;
        char *target;
        ConnectResult result;
};

/* The one attempt of this process; only the loop's thread looks at it. */
static Connect *running;

int connect_prepare(void)
{
        int r;

        /* libldap asks for this host's own full name while it sets itself up, and DNS may be silent. */
        r = dns_prepare();
        if (r < 0)
                return r;

        r = handle_prepare();
        if (r < 0)
                return r;

        return krb5_context_prepare();
}

bool connect_is_busy(void)
{
        return running;
}

const char *connect_failure_code(ConnectFailure failure)
{
        static const char *const codes[] = {
#define CONNECT_FAILURE_CODE(name, code, meaning) [CONNECT_##name] = code,
                CONNECT_FAILURE_TABLE(CONNECT_FAILURE_CODE)
#undef CONNECT_FAILURE_CODE
        };

        return codes[failure];
}

const char *connect_phase_name(ConnectPhase phase)
{
        static const char *const names[] = {
                [CONNECT_PHASE_LOOKUP] = "DNS lookup",  [CONNECT_PHASE_RESOLVE] = "name resolution",
                [CONNECT_PHASE_TCP] = "TCP connection", [CONNECT_PHASE_TLS] = "TLS",
                [CONNECT_PHASE_KERBEROS] = "Kerberos",  [CONNECT_PHASE_BIND] = "bind",
                [CONNECT_PHASE_DONE] = "done",
        };

        return names[phase];
}

static void *connect_thread(void *userdata)
{
        Connect *connect = userdata;

        (void)connect->step(connect->attempt);
        (void)eventfd_write(connect->finished_fd, 1);
        return NULL;
}

/* Signals are the loop's: its signalfd works only while no thread takes them. */
static int connect_run(Connect *connect, int (*step)(Attempt *attempt))
{
        sigset_t all, former;
        int r;

        connect->step = step;
        sigfillset(&all);
        pthread_sigmask(SIG_SETMASK, &all, &former);
        r = pthread_create(&connect->thread, NULL, connect_thread, connect);
        pthread_sigmask(SIG_SETMASK, &former, NULL);
        if (r != 0)
                return -r;

        connect->is_running = true;
        (void)pthread_setname_np(connect->thread, "scand-connect");
        return 0;
}

static void connect_join(Connect *connect)
{
        if (!connect->is_running)
                return;

        (void)pthread_join(connect->thread, NULL);
        connect->is_running = false;
}

static uint16_t service_port(const DomainConfig *config)
{
        return config->tls == TLS_LDAPS ? 636 : 389;
}

static int set_target(Connect *connect, const Target *target)
{
        Attempt *attempt = connect->attempt;
        int r;

        target_done(&attempt->target);
        r = target_copy(target, &attempt->target);
        if (r < 0)
                return r;

        if (attempt->target.port == 0)
                attempt->target.port = service_port(&attempt->config);

        free(connect->target);
        connect->target = target_format(&attempt->target);
        return connect->target ? 0 : -ENOMEM;
}

/* Chooses and goes: to DNS, or to a server. */
static int connect_advance(Connect *connect)
{
        const Target *target;
        int r;

        r = discover_choose(connect->discover, monotonic_ms(), &target);
        if (r < 0)
                return r;

        if (r == DISCOVER_LOOKUP) {
                connect->attempt->phase = CONNECT_PHASE_LOOKUP;
                return connect_run(connect, steps_lookup);
        }

        r = set_target(connect, target);
        if (r < 0)
                return r;

        return connect_run(connect, steps_connect);
}

/* Tells how far it came. What an interrupted library says is beside the point, so it is not quoted. */
static void judge_interrupted(Connect *connect)
{
        Attempt *attempt = connect->attempt;
        ConnectFailure failure = CONNECT_TIMEOUT;

        if (connect->is_cancelled) {
                attempt_set_failure(attempt, CONNECT_CANCELLED, "given up");
                return;
        }

        if (attempt->phase == CONNECT_PHASE_LOOKUP || attempt->phase == CONNECT_PHASE_RESOLVE)
                failure = CONNECT_DNS;
        if (attempt->phase == CONNECT_PHASE_KERBEROS)
                failure = CONNECT_KDC_UNREACHABLE;

        attempt_set_failure(attempt, failure, "no answer in time, during %s",
                            connect_phase_name(attempt->phase));
}

static void tell_discover(Connect *connect)
{
        ConnectFailure failure = connect->attempt->failure;

        /* How the lookup went it knows already. */
        if (connect->step == steps_lookup || failure == CONNECT_CANCELLED)
                return;

        if (failure == CONNECT_OK)
                discover_succeeded(connect->discover);
        else
                discover_failed(connect->discover, monotonic_ms());
}

static void connect_finish(Connect *connect)
{
        Attempt *attempt = connect->attempt;

        if (connect->is_cancelled || connect->is_late)
                judge_interrupted(connect);
        if (attempt->failure == CONNECT_OK)
                attempt->phase = CONNECT_PHASE_DONE;

        tell_discover(connect);
        connect->deadline = sd_event_source_disable_unref(connect->deadline);
        connect->finished = sd_event_source_disable_unref(connect->finished);
        running = NULL;

        connect->result = (ConnectResult){
                .failure = attempt->failure,
                .phase = attempt->phase,
                .target = connect->target,
                .host = attempt->target.host,
                .address = attempt->address,
                .text = buffer_string(&attempt->text) ?: "no memory",
                .n_servers = (unsigned)discover_n_servers(connect->discover),
                .milliseconds = (unsigned)(monotonic_ms() - connect->started),
        };
        connect->done(connect, &connect->result, connect->userdata);
}

/* The lookup is over: what it found is taken, or an older list stays. 0, or negative: there is no server to try. */
static int take_lookup(Connect *connect)
{
        Attempt *attempt = connect->attempt;
        int64_t now = monotonic_ms();

        if (attempt->failure == CONNECT_OK && !connect->is_late)
                return discover_learned(connect->discover, attempt->records.records,
                                        attempt->records.n_records, attempt->site, now);

        discover_lookup_failed(connect->discover, now);
        if (connect->is_late || discover_n_servers(connect->discover) == 0)
                return -EIO;

        attempt->failure = CONNECT_OK;
        return 0;
}

/* After the lookup a server is tried in what is left of the time. True: a thread runs. */
static bool continue_after_lookup(Connect *connect)
{
        int r;

        if (connect->step != steps_lookup || connect->is_cancelled)
                return false;

        r = take_lookup(connect);
        if (r == 0)
                r = connect_advance(connect);
        if (r < 0 && connect->attempt->failure == CONNECT_OK)
                (void)attempt_fail_errno(connect->attempt, r, "connection");

        return r == 0;
}

static int on_finished(sd_event_source *source, int fd, uint32_t events, void *userdata)
{
        Connect *connect = userdata;
        eventfd_t ignored;

        (void)eventfd_read(fd, &ignored);
        connect_join(connect); /* its last act was the event: this does not wait */

        if (!continue_after_lookup(connect))
                connect_finish(connect);

        return 0;
}

static int on_deadline(sd_event_source *source, uint64_t usec, void *userdata)
{
        Connect *connect = userdata;

        connect->is_late = true;
        interrupt_raise(&connect->attempt->interrupt);
        return 0;
}

static int connect_watch(Connect *connect, unsigned timeout)
{
        int r;

        connect->finished_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
        if (connect->finished_fd < 0)
                return -errno;

        r = sd_event_add_io(connect->event, &connect->finished, connect->finished_fd, EPOLLIN,
                            on_finished, connect);
        if (r < 0)
                return r;

        r = sd_event_add_time_relative(connect->event, &connect->deadline, CLOCK_MONOTONIC,
                                       (uint64_t)timeout * 1000000, 0, on_deadline, connect);
        if (r < 0)
                return r;

        (void)sd_event_source_set_description(connect->finished, "connect-finished");
        (void)sd_event_source_set_description(connect->deadline, "connect-deadline");
        return 0;
}

int connect_start(sd_event *event, Discover *discover, const ConnectSettings *settings,
                  ConnectDone done, void *userdata, Connect **ret)
{
        _cleanup_(connect_freep) Connect *connect = NULL;
        int r;

        if (running)
                return -EBUSY;

        connect = calloc(1, sizeof(*connect));
        if (!connect)
                return -ENOMEM;

        *connect = (Connect){
                .event = sd_event_ref(event),
                .discover = discover,
                .done = done,
                .userdata = userdata,
                .finished_fd = -1,
                .started = monotonic_ms(),
        };

        r = attempt_new(settings, connect->started + (int64_t)settings->timeout * 1000,
                        &connect->attempt);
        if (r < 0)
                return r;

        r = connect_watch(connect, settings->timeout);
        if (r < 0)
                return r;

        r = connect_advance(connect);
        if (r < 0)
                return r;

        running = connect;
        *ret = TAKE_PTR(connect);
        return 0;
}

void connect_cancel(Connect *connect)
{
        if (!connect->is_running)
                return;

        connect->is_cancelled = true;
        interrupt_raise(&connect->attempt->interrupt);
}

struct ldap *connect_take(Connect *connect)
{
        assert(connect->result.failure == CONNECT_OK);

        return TAKE_PTR(connect->attempt->handle);
}

Connect *connect_free(Connect *connect)
{
        if (!connect)
                return NULL;

        if (connect->is_running)
                interrupt_raise(&connect->attempt->interrupt);
        connect_join(connect);
        if (running == connect)
                running = NULL;

        sd_event_source_disable_unref(connect->finished);
        sd_event_source_disable_unref(connect->deadline);
        if (connect->finished_fd >= 0)
                close(connect->finished_fd);
        sd_event_unref(connect->event);
        attempt_free(connect->attempt);
        free(connect->target);
        free(connect);
        return NULL;
}
