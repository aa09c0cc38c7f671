/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * How the loop ends what a connecting thread waits for. Our own waits watch a descriptor; a library that reads a socket
 * of ours is woken by shutting down a duplicate of it, the guard. Both end at once and leave the thread to return by
 * itself: nothing is detached or killed.
 */

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

typedef struct Interrupt {
        int event_fd;         /* readable once raised */
        int64_t deadline;     /* milliseconds of CLOCK_MONOTONIC, for the thread's own waits */
        pthread_mutex_t lock; /* over the rest */
        bool is_raised;
        int guard; /* a duplicate of the socket a library may be waiting on; -1: none */
} Interrupt;

int interrupt_init(Interrupt *interrupt, int64_t deadline); /* 0 or negative errno */
void interrupt_done(Interrupt *interrupt);                  /* after the thread was joined */

/* The loop's side. Any number of times. */
void interrupt_raise(Interrupt *interrupt);

/* The thread's side. */

bool interrupt_is_raised(Interrupt *interrupt);

/*
 * From now on interrupt_raise() shuts this socket down. Replaces the former guard. 0, -ECANCELED if it was raised
 * already, or another negative errno; the descriptor stays the caller's.
 */
int interrupt_set_guard(Interrupt *interrupt, int fd);
void interrupt_clear_guard(Interrupt *interrupt);

/*
 * Waits until fd has one of the events, not beyond `until` nor beyond the deadline (milliseconds of CLOCK_MONOTONIC; 0:
 * the deadline alone counts). 0, -ETIMEDOUT, -ECANCELED, or another negative errno.
 */
int interrupt_poll(Interrupt *interrupt, int fd, short events, int64_t until);
