/* SPDX-License-Identifier: MIT */
#include "daemon/interrupt.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "daemon/monotonic.h"

int interrupt_init(Interrupt *interrupt, int64_t deadline)
{
        int fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);

        if (fd < 0)
                return -errno;

        *interrupt = (Interrupt){ .event_fd = fd, .deadline = deadline, .guard = -1 };
        pthread_mutex_init(&interrupt->lock, NULL);
        return 0;
}

void interrupt_done(Interrupt *interrupt)
{
        interrupt_clear_guard(interrupt);
        close(interrupt->event_fd);
        pthread_mutex_destroy(&interrupt->lock);
}

void interrupt_raise(Interrupt *interrupt)
{
        pthread_mutex_lock(&interrupt->lock);
        interrupt->is_raised = true;
        if (interrupt->guard >= 0)
                (void)shutdown(interrupt->guard, SHUT_RDWR);
        pthread_mutex_unlock(&interrupt->lock);

        (void)eventfd_write(interrupt->event_fd, 1);
}

bool interrupt_is_raised(Interrupt *interrupt)
{
        bool is_raised;

        pthread_mutex_lock(&interrupt->lock);
        is_raised = interrupt->is_raised;
        pthread_mutex_unlock(&interrupt->lock);
        return is_raised;
}

int interrupt_set_guard(Interrupt *interrupt, int fd)
{
        int guard = fcntl(fd, F_DUPFD_CLOEXEC, 3), former, r = 0;

        if (guard < 0)
                return -errno;

        pthread_mutex_lock(&interrupt->lock);
        if (interrupt->is_raised) {
                former = guard;
                r = -ECANCELED;
        } else {
                former = interrupt->guard;
                interrupt->guard = guard;
        }
        pthread_mutex_unlock(&interrupt->lock);

        if (former >= 0)
                close(former);

        return r;
}

void interrupt_clear_guard(Interrupt *interrupt)
{
        int guard;

        pthread_mutex_lock(&interrupt->lock);
        guard = interrupt->guard;
        interrupt->guard = -1;
        pthread_mutex_unlock(&interrupt->lock);

        if (guard >= 0)
                close(guard);
}

int interrupt_poll(Interrupt *interrupt, int fd, short events, int64_t until)
{
        struct pollfd fds[] = {
                { .fd = interrupt->event_fd, .events = POLLIN },
                { .fd = fd, .events = events },
        };

        if (until == 0 || until > interrupt->deadline)
                until = interrupt->deadline;

        for (;;) {
                int64_t left = until - monotonic_ms();
                int n = poll(fds, 2, left <= 0 ? 0 : left > INT_MAX ? INT_MAX : (int)left);

                if (n < 0 && errno != EINTR)
                        return -errno;
                if (n > 0)
                        return fds[0].revents ? -ECANCELED : 0;
                if (n == 0 && left <= 0)
                        return -ETIMEDOUT;
        }
}
