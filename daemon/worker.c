/* SPDX-License-Identifier: MIT */
#include "daemon/worker.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

struct Worker {
        StoreWorker of_store;
        pthread_t thread;
        bool is_running;
        int finished_fd;
        void (*work)(void *argument);
        void *argument;
};

static void *worker_thread(void *userdata)
{
        Worker *worker = userdata;

        worker->work(worker->argument);
        (void)eventfd_write(worker->finished_fd, 1);
        return NULL;
}

/* Signals are the loop's. */
static bool worker_start(void *userdata, void (*work)(void *argument), void *argument)
{
        Worker *worker = userdata;
        sigset_t all, former;
        int r;

        if (worker->is_running)
                return false;

        worker->work = work;
        worker->argument = argument;
        sigfillset(&all);
        pthread_sigmask(SIG_SETMASK, &all, &former);
        r = pthread_create(&worker->thread, NULL, worker_thread, worker);
        pthread_sigmask(SIG_SETMASK, &former, NULL);
        if (r != 0)
                return false;

        worker->is_running = true;
        (void)pthread_setname_np(worker->thread, "scand-store");
        return true;
}

static bool worker_wait(void *userdata, int milliseconds)
{
        Worker *worker = userdata;
        struct pollfd poll_fd = { .fd = worker->finished_fd, .events = POLLIN };
        eventfd_t n;

        if (!worker->is_running)
                return true;
        if (milliseconds >= 0) {
                if (poll(&poll_fd, 1, milliseconds) <= 0)
                        return false;
        }

        (void)pthread_join(worker->thread, NULL);
        (void)eventfd_read(worker->finished_fd, &n);
        worker->is_running = false;
        return true;
}

int worker_new(Worker **ret)
{
        _cleanup_(worker_freep) Worker *worker = calloc(1, sizeof(*worker));

        if (!worker)
                return -ENOMEM;

        worker->of_store = (StoreWorker){ worker_start, worker_wait, worker };
        worker->finished_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
        if (worker->finished_fd < 0)
                return -errno;

        *ret = TAKE_PTR(worker);
        return 0;
}

Worker *worker_free(Worker *worker)
{
        if (!worker)
                return NULL;

        (void)worker_wait(worker, -1);
        if (worker->finished_fd >= 0)
                (void)close(worker->finished_fd);
        free(worker);
        return NULL;
}

const StoreWorker *worker_of_store(const Worker *worker)
{
        return &worker->of_store;
}
